"""Facts of the ISRC: which recordings were delivered under it, and whose registrant's code it carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.facts import IdentifierFacts
from service.facts.names import fold


@dataclass
class IsrcBook:
    """Recordings by ISRC, in order of acceptance. Noise is not entered: its fingerprints are not reliable."""

    recordings: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """ISRC to the recordings (by group) that were delivered under it, each with its first sender."""

    def enter(self, isrc: str | None, recording: str | None, sender: str | None) -> None:
        if isrc is not None and recording is not None:
            self.recordings.setdefault(isrc, {}).setdefault(recording, sender)

    def knows(self, isrc: str | None) -> bool:
        return isrc is not None and isrc in self.recordings

    def facts(
        self,
        isrc: str | None,
        recording: str | None,
        *,
        sender: str,
        fresh: bool,
        own_registrants: frozenset[str],
        registrant_owner: Mapping[str, str],
        owners_named: str,
        same: Callable[[str], str],
    ) -> IdentifierFacts:
        """Facts as of now, this delivery entered. ``owners_named``: P-line, label and sender, as text; ``same``: from a
        recording to the one that stands for all of its kind.

        A foreign code is nothing by itself (a licence keeps the owner's ISRC), unless the recording is new to
        everybody and nothing names the owner.
        """
        if isrc is None:
            return IdentifierFacts(isrc_of_another=False, foreign_registrant=False)
        under = {same(other): who for other, who in reversed(self.recordings.get(isrc, {}).items())}
        recording = same(recording) if recording is not None else None
        owner = registrant_owner.get(isrc[:5])
        foreign = fresh and owner is not None and isrc[:5] not in own_registrants
        return IdentifierFacts(
            isrc_recordings=len(under) if under else None,
            isrc_of_another=recording is not None
            and any(other != recording and who not in (None, sender) for other, who in under.items()),
            foreign_registrant=foreign and fold(owner or "") not in fold(owners_named or "?"),
        )
