"""The people of one tenant, changed by its administrators, with a record of each change."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.people import PeopleChange, PersonChangeIn, PersonOut, SecondFactor
from schemas.review import ReviewerRole
from service.store.claims import Claims
from service.store.reviewers import Reviewers
from service.store.second_factors import SecondFactors
from service.store.tables.people_changes import PeopleChangeRow
from service.store.tables.reviewers import Reviewer


class PeopleConflict(Exception):
    """The change would lock people out, or there is nothing to change; the message says why."""


class People:
    def __init__(self, session: Session, tenant_id: str) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def all(self) -> list[PersonOut]:
        """Everybody, by name; those who were shut out last."""
        query = select(Reviewer).where(Reviewer.tenant_id == self._tenant_id)
        rows = self._session.scalars(query.order_by(Reviewer.disabled_at.is_not(None), Reviewer.name))
        return [person_out(row) for row in rows]

    def get(self, person_id: str) -> PersonOut | None:
        query = select(Reviewer).where(Reviewer.id == person_id, Reviewer.tenant_id == self._tenant_id)
        row = self._session.scalars(query).one_or_none()
        return person_out(row) if row is not None else None

    def change(self, person_id: str, said: PersonChangeIn, *, by: str, now: datetime) -> PersonOut:
        """Change somebody's role, shut them out or let them in, or forget their one-time codes; all of it or nothing.

        They are signed out, and what they have in hand is free for others. Nobody changes their own account, and the
        last administrator stays one. Raises :class:`PeopleConflict`, and ``NoResultFound`` where there is nobody such.
        """
        # all administrators under lock, so that two of them cannot shut out each other at once
        leads = select(Reviewer).where(
            Reviewer.tenant_id == self._tenant_id, Reviewer.role == ReviewerRole.ADMINISTRATOR
        )
        administrators = self._session.scalars(leads.order_by(Reviewer.id).with_for_update()).all()
        query = select(Reviewer).where(Reviewer.id == person_id, Reviewer.tenant_id == self._tenant_id)
        row = self._session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
        if row.name == by:
            raise PeopleConflict("nobody changes their own account; another administrator may")
        loses = said.active is False or said.role not in (None, ReviewerRole.ADMINISTRATOR)
        others = [one for one in administrators if one.id != row.id and one.disabled_at is None]
        if loses and row.role is ReviewerRole.ADMINISTRATOR and row.disabled_at is None and not others:
            raise PeopleConflict("this is the last administrator")
        self._apply(row, said, by, now)
        return person_out(row)

    def changes(self, *, limit: int = 100) -> Sequence[PeopleChangeRow]:
        """What was changed, the newest first."""
        query = select(PeopleChangeRow).where(PeopleChangeRow.tenant_id == self._tenant_id)
        return self._session.scalars(query.order_by(PeopleChangeRow.seq.desc()).limit(limit)).all()

    def _apply(self, row: Reviewer, said: PersonChangeIn, by: str, now: datetime) -> None:
        done: list[tuple[PeopleChange, str]] = []
        if said.role is not None and said.role is not row.role:
            done.append((PeopleChange.ROLE, f"{row.role.value} to {said.role.value}"))
            row.role = said.role
        if said.active is False and row.disabled_at is None:
            done.append((PeopleChange.SHUT_OUT, ""))
            row.disabled_at = now
        if said.active and row.disabled_at is not None:
            done.append((PeopleChange.LET_IN, ""))
            row.disabled_at = None
        if said.reset_second_factor and row.totp_secret is not None:
            done.append((PeopleChange.SECOND_FACTOR_RESET, ""))
            SecondFactors(self._session).reset(row)
        if not done:
            raise PeopleConflict("this is as it is already: nothing was changed")
        Reviewers(self._session).sign_out_everywhere(row)
        Claims(self._session, self._tenant_id).release_all(row.name)
        for change, detail in done:
            self._session.add(
                PeopleChangeRow(
                    tenant_id=self._tenant_id,
                    person=row.name,
                    change=change,
                    detail=detail,
                    changed_by=by,
                    changed_at=now,
                )
            )
        self._session.flush()


def person_out(row: Reviewer) -> PersonOut:
    factor = SecondFactor.PROVIDER if row.oidc_subject else SecondFactor.NONE
    return PersonOut(
        id=row.id,
        name=row.name,
        role=row.role,
        second_factor=SecondFactor.CODES if row.totp_since is not None else factor,
        last_seen_at=row.last_seen_at,
        disabled_at=row.disabled_at,
        created_at=row.created_at,
    )
