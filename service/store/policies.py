"""Policy versions: the packs that were put in force, newest last, and what was promoted since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.verdict import RuleStatus
from service.store.tables.policy import PolicyChange, PolicyVersion, RuleBrake

Stamp = tuple[int, int, int]
"""Changes whenever the policy in force or a brake does."""


@dataclass(frozen=True, slots=True)
class PackText:
    """A pack as it was put in force."""

    source: str
    text: str


class Policies:
    def __init__(self, session: Session) -> None:
        self._session = session

    def stamp(self) -> Stamp:
        version = self._session.scalar(select(func.max(PolicyVersion.seq))) or 0
        row = self._session.execute(select(func.max(RuleBrake.id), func.count(RuleBrake.released_at))).one()
        return version, row[0] or 0, row[1]

    def in_force(self) -> PolicyVersion | None:
        """The newest version; nothing where none was ever activated and the packs of the settings are in force."""
        query = select(PolicyVersion).order_by(PolicyVersion.seq.desc()).limit(1)
        return self._session.scalars(query).one_or_none()

    def version(self, seq: int) -> PolicyVersion | None:
        return self._session.get(PolicyVersion, seq)

    def history(self, *, limit: int = 50) -> Sequence[PolicyVersion]:
        """Newest first."""
        return self._session.scalars(select(PolicyVersion).order_by(PolicyVersion.seq.desc()).limit(limit)).all()

    def put_in_force(
        self,
        change: PolicyChange,
        packs: Sequence[PackText],
        statuses: Mapping[str, RuleStatus],
        *,
        rule_set: str,
        note: str,
        by: str,
        now: datetime,
    ) -> PolicyVersion:
        """Make a new version, in force from this transaction's commit on."""
        version = PolicyVersion(
            change=change,
            rule_set=rule_set,
            packs=[{"source": pack.source, "text": pack.text} for pack in packs],
            statuses={rule: status.value for rule, status in sorted(statuses.items())},
            note=note,
            activated_by=by,
            activated_at=now,
        )
        self._session.add(version)
        self._session.flush()
        return version


def packs_of(version: PolicyVersion) -> list[PackText]:
    return [PackText(pack["source"], pack["text"]) for pack in version.packs]


def statuses_of(version: PolicyVersion) -> dict[str, RuleStatus]:
    return {rule: RuleStatus(status) for rule, status in version.statuses.items()}
