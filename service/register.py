"""The operator's register: what is known before anything is delivered, in the lines of the scenario format.

``reference`` lines name protected artists, registered recordings, banned payouts, ISRC registrants, chart titles,
editorial playlists and franchises; ``account`` lines name senders with their store profiles, registrants, contracts
and past. A registered recording is found by its ISRC in the group of what its owner delivered.
"""

from dataclasses import dataclass, field
from pathlib import Path

from service.facts.register import SenderRecord
from service.facts.registry import Registry
from service.simulation.lines import AccountLine, ReferenceLine, ScenarioError, read_lines
from service.simulation.world import register


@dataclass(frozen=True, slots=True)
class Register:
    """What the lines say. ``senders`` is ``None`` where no sender is listed at all: then nobody keeps such a list."""

    registry: Registry = field(default_factory=Registry)
    senders: dict[str, SenderRecord] | None = None


def read_register(path: Path | None) -> Register:
    """Read the register; without a path it is empty.

    :raises ScenarioError: where a line is none of the format, with file, line and field
    :raises OSError: where the file cannot be read
    """
    if path is None:
        return Register()
    registry = Registry()
    senders: dict[str, SenderRecord] = {}
    for number, line in enumerate(read_lines(path), 1):
        if isinstance(line, ReferenceLine):
            if line.kind == "artist_key" and (line.artist_id is None or line.key_sha256 is None):
                raise ScenarioError(
                    f"{path}: entry {number}: an artist_key needs artist_id and key_sha256, never the key"
                )
            register(line, registry)
        elif isinstance(line, AccountLine):
            senders[line.id] = _record(line)
        else:
            raise ScenarioError(f"{path}: entry {number}: a register holds lines of type 'reference' and 'account'")
    return Register(registry, senders or None)


def _record(line: AccountLine) -> SenderRecord:
    return SenderRecord(
        name=line.name,
        tier=line.tier,
        created_at=line.created_at,
        prior_tracks=line.prior_tracks,
        links=frozenset(line.artist_links or ()),
        registrants=frozenset(line.isrc_registrants or ()),
        contracts=tuple(line.contracts or ()),
        confirmed_fine=float(line.confirmed_ok or 0),
        confirmed_spam=float(line.confirmed_spam or 0),
    )
