"""What stands: the newest judgement of every track, and the cases that follow, one for each cause.

A farm of fifty accounts is one cause, and so is a sender whose forty tracks broke three rules: whatever is queued for
the senders of one ring goes into one case.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.verdict import Action, Priority
from service.rules.ruleset import Evaluated


@dataclass(slots=True)
class Case:
    """Everything queued for one ring."""

    senders: frozenset[str]
    action: Action = Action.NONE
    priority: Priority | None = None
    tracks: int = 0
    rules: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is kept of a judgement: a replay of a hundred thousand tracks needs no traces."""

    sender: str
    action: Action
    priority: Priority | None
    labels: tuple[str, ...]
    rules: tuple[str, ...]
    queued_by: tuple[str, ...]


class Standing:
    """Newest verdicts by track."""

    def __init__(self) -> None:
        self._by_track: dict[str, Verdict] = {}
        self.cases: list[Case] = []

    def put(self, track_id: str, sender_id: str, evaluated: Evaluated) -> None:
        """The newest verdict on a track stands."""
        fired = evaluated.fired()
        self._by_track[track_id] = Verdict(
            sender_id,
            fired[0].then.at_least if fired else Action.NONE,
            fired[0].then.priority if fired else None,
            tuple(sorted({label for rule in fired for label in rule.then.labels})),
            tuple(rule.id for rule in fired),
            tuple(rule.id for rule in fired if rule.then.at_least.rank >= Action.QUEUE.rank),
        )

    def withdraw(self, track_id: str) -> None:
        """A track that was taken back has no verdict any more."""
        self._by_track.pop(track_id, None)

    def settle(self, ring_of: Callable[[str], frozenset[str]]) -> None:
        """Open the cases: one for every ring with something in the queue."""
        cases: dict[frozenset[str], Case] = {}
        for verdict in self._by_track.values():
            if verdict.priority is None:
                continue
            ring = ring_of(verdict.sender)
            case = cases.setdefault(ring, Case(ring))
            case.tracks += 1
            case.action = max(case.action, verdict.action, key=_rank)
            case.priority = min(filter(None, (case.priority, verdict.priority)), key=_urgency)
            case.rules.update(verdict.queued_by)
        self.cases = list(cases.values())

    @property
    def action(self) -> Action:
        return max((verdict.action for verdict in self._by_track.values()), default=Action.NONE, key=_rank)

    @property
    def priority(self) -> Priority | None:
        return min((case.priority for case in self.cases if case.priority), default=None, key=_urgency)

    @property
    def labels(self) -> list[str]:
        return sorted({label for verdict in self._by_track.values() for label in verdict.labels})

    def reasons(self) -> dict[str, int]:
        """Rules that fired, with the number of tracks, the commonest first."""
        counts = Counter(rule for verdict in self._by_track.values() for rule in verdict.rules)
        return dict(counts.most_common())

    def by_sender(self) -> dict[str, str]:
        """Strongest action and most urgent priority on the tracks of each sender, as ``hold:P1`` or ``label``."""
        actions: dict[str, Action] = {}
        priorities: dict[str, Priority] = {}
        for verdict in self._by_track.values():
            sender = verdict.sender
            actions[sender] = max(actions.get(sender, Action.NONE), verdict.action, key=_rank)
            if verdict.priority is not None:
                priorities[sender] = min(priorities.get(sender, verdict.priority), verdict.priority, key=_urgency)
        return {
            sender: f"{action.value}:{priorities[sender].value}" if sender in priorities else action.value
            for sender, action in actions.items()
        }


def _rank(action: Action) -> int:
    return action.rank


def _urgency(priority: Priority) -> str:
    return priority.value
