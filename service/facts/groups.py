"""Groups of the same recording, as fingerprints found them: who delivered it, in order of acceptance."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schemas.recording_groups import LEAST_SHARE
from service.facts.recording import GroupMember

GROUPING_OVERLAP = LEAST_SHARE
"""Share of a track that a match has to cover where the length of the other recording is not told."""


@dataclass
class RecordingGroups:
    """Union-find over recording ids, with the members that were delivered. Noise and silence do not come in."""

    _parent: dict[str, str] = field(default_factory=dict)
    _members: dict[str, list[GroupMember]] = field(default_factory=dict)

    def find(self, recording: str) -> str:
        """The id that stands for the recording's group."""
        root = recording
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while self._parent.get(recording, recording) != root:
            self._parent[recording], recording = root, self._parent[recording]
        return root

    def join(self, one: str, other: str) -> str:
        """Make one group of two; returns the id that stands for it, which is that of ``other``."""
        small, root = self.find(one), self.find(other)
        if small != root:
            self._parent[small] = root
            moved = self._members.pop(small, [])
            if moved:
                merged = [*self._members.get(root, []), *moved]
                self._members[root] = sorted(merged, key=lambda member: member.accepted_seq)
        return root

    def members(self, recording: str) -> list[GroupMember]:
        """The members in order of acceptance."""
        return self._members.get(self.find(recording), [])

    def withdraw(self, recording: str, sender_id: str, isrc: str | None) -> None:
        """A sender took back what it delivered under an ISRC."""
        members = self.members(recording)
        for place, member in enumerate(members):
            if member.sender_id == sender_id and member.isrc == isrc:
                members[place] = replace(member, withdrawn=True)

    def enter(self, recording: str, members: Iterable[GroupMember]) -> None:
        self._members.setdefault(self.find(recording), []).extend(members)
