"""Claims on cases, kept: one row a case, changed under the case's lock."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from schemas.review import CaseState
from service import claims
from service.claims import Claim
from service.store.cases import Cases
from service.store.tables.claims import CaseClaim
from service.store.unindexed import unindexed


class NotOpen(Exception):
    """The case is decided or closed: there is nothing to take in hand."""


class Claims:
    """The claims of one tenant."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def take(self, case_id: str, who: str, now: datetime) -> Claim:
        """Take a case in hand. Raises :class:`service.claims.ClaimedByOther`, :class:`NotOpen`, ``NoResultFound``."""
        row = self._locked(case_id)
        claim = claims.take(_of(row), who, secrets.token_hex(16), now)
        self._put(case_id, row, claim)
        return claim

    def extend(self, case_id: str, who: str, now: datetime) -> Claim | None:
        """Keep it in hand; ``None`` where there is no running claim of one's own. Raises as :meth:`take`."""
        row = self._locked(case_id)
        claim = claims.extend(_of(row), who, now)
        if claim is not None:
            self._put(case_id, row, claim)
        return claim

    def release(self, case_id: str, who: str, token: str | None = None) -> bool:
        """Give it back; false where there is nothing of one's own to give back."""
        row = self._row(case_id, lock=True)
        if row is None or not claims.released(_of(row), who, token):
            return False
        self._session.delete(row)
        self._session.flush()
        return True

    def release_all(self, who: str) -> None:
        """Give back everything that somebody holds, who signs out."""
        held = select(CaseClaim).where(CaseClaim.tenant_id == self._tenant_id, CaseClaim.holder == who)
        for row in self._session.scalars(held.with_for_update()).all():
            self._session.delete(row)

    def allow(self, case_id: str, who: str, now: datetime) -> None:
        """Raise :class:`service.claims.ClaimedByOther` where somebody else has it. Lock the case first."""
        claims.allow(_of(self._row(case_id)), who, now)

    def running(self, case_ids: Collection[str], now: datetime) -> dict[str, Claim]:
        """Who has which of these cases."""
        query = select(CaseClaim).where(
            CaseClaim.case_id.in_(case_ids),
            unindexed(CaseClaim.tenant_id) == self._tenant_id,
            CaseClaim.expires_at > now,
        )
        return {row.case_id: _claim(row) for row in self._session.scalars(query)}

    def _locked(self, case_id: str) -> CaseClaim | None:
        case = Cases(self._session).lock(self._tenant_id, case_id)
        if case is None:
            raise NoResultFound(case_id)
        if case.state is not CaseState.OPEN:
            raise NotOpen(f"the case is {case.state.value}")
        return self._row(case_id, lock=True)

    def _row(self, case_id: str, *, lock: bool = False) -> CaseClaim | None:
        query = select(CaseClaim).where(CaseClaim.case_id == case_id, CaseClaim.tenant_id == self._tenant_id)
        query = query.with_for_update() if lock else query
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def _put(self, case_id: str, row: CaseClaim | None, claim: Claim) -> None:
        if row is None:
            row = CaseClaim(case_id=case_id, tenant_id=self._tenant_id)
            self._session.add(row)
        row.holder, row.token, row.claimed_at, row.expires_at = (
            claim.holder,
            claim.token,
            claim.claimed_at,
            claim.expires_at,
        )
        self._session.flush()


def _of(row: CaseClaim | None) -> Claim | None:
    return _claim(row) if row is not None else None


def _claim(row: CaseClaim) -> Claim:
    return Claim(row.holder, row.token, row.claimed_at, row.expires_at)
