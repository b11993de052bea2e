"""What stands: the newest judgement of every track, and the cases that follow, one for each cause.

A farm of fifty accounts is one cause, and so is a sender whose forty tracks broke three rules: whatever is queued for
the senders of one ring goes into one case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.verdict import Action, Judgement, Priority


@dataclass(slots=True)
class Case:
    """Everything queued for one ring."""

    senders: frozenset[str]
    action: Action = Action.NONE
    priority: Priority | None = None
    tracks: int = 0
    rules: set[str] = field(default_factory=set)


class Standing:
    """Newest judgements by track."""

    def __init__(self) -> None:
        self._by_track: dict[str, tuple[str, Judgement]] = {}
        self.cases: list[Case] = []

    def put(self, track_id: str, sender_id: str, judgement: Judgement) -> None:
        """The newest judgement of a track stands."""
        self._by_track[track_id] = (sender_id, judgement)

    def withdraw(self, track_id: str) -> None:
        """A track that was taken back has no verdict any more."""
        self._by_track.pop(track_id, None)

    def settle(self, ring_of: Callable[[str], frozenset[str]]) -> None:
        """Open the cases: one for every ring with something in the queue."""
        cases: dict[frozenset[str], Case] = {}
        for sender_id, judgement in self._by_track.values():
            if judgement.priority is None:
                continue
            ring = ring_of(sender_id)
            case = cases.setdefault(ring, Case(ring))
            case.tracks += 1
            case.action = max(case.action, judgement.action, key=lambda action: action.rank)
            case.priority = min(filter(None, (case.priority, judgement.priority)), key=lambda value: value.value)
            case.rules.update(fired.rule for fired in judgement.fired if fired.action.rank >= Action.QUEUE.rank)
        self.cases = list(cases.values())

    @property
    def action(self) -> Action:
        return max((judgement.action for _, judgement in self._by_track.values()), default=Action.NONE, key=_rank)

    @property
    def priority(self) -> Priority | None:
        return min((case.priority for case in self.cases if case.priority), default=None, key=lambda value: value.value)

    @property
    def labels(self) -> list[str]:
        return sorted({label for _, judgement in self._by_track.values() for label in judgement.labels})

    def reasons(self) -> dict[str, int]:
        """Rules that fired, with the number of tracks."""
        counts: dict[str, int] = {}
        for _, judgement in self._by_track.values():
            for fired in judgement.fired:
                counts[fired.rule] = counts.get(fired.rule, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def by_sender(self) -> dict[str, str]:
        """Strongest action and priority on the tracks of each sender, ``none`` and ``label`` without a priority."""
        actions: dict[str, Action] = {}
        priorities: dict[str, Priority] = {}
        for sender_id, judgement in self._by_track.values():
            actions[sender_id] = max(actions.get(sender_id, Action.NONE), judgement.action, key=_rank)
            if judgement.priority is not None:
                known = priorities.get(sender_id, judgement.priority)
                priorities[sender_id] = min(known, judgement.priority, key=lambda value: value.value)
        return {
            sender: f"{action.value}:{priorities[sender].value}" if sender in priorities else action.value
            for sender, action in actions.items()
        }


def _rank(action: Action) -> int:
    return action.rank
