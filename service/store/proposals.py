"""Proposals and figures of rules, kept."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.store.tables.proposals import PolicyProposal, ProposalState, RuleFigure


class Proposals:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, proposal: PolicyProposal) -> PolicyProposal:
        self._session.add(proposal)
        self._session.flush()
        return proposal

    def get(self, proposal_id: str) -> PolicyProposal | None:
        return self._session.get(PolicyProposal, proposal_id)

    def lock(self, proposal_id: str) -> PolicyProposal | None:
        """A proposal that nobody else may change until commit."""
        query = select(PolicyProposal).where(PolicyProposal.id == proposal_id).with_for_update()
        return self._session.scalars(query.execution_options(populate_existing=True)).one_or_none()

    def waiting(self, *, limit: int = 50) -> Sequence[PolicyProposal]:
        """Drafts and what waits for a second person, newest first."""
        states = (ProposalState.DRAFT, ProposalState.PROPOSED)
        query = select(PolicyProposal).where(PolicyProposal.state.in_(states))
        return self._session.scalars(query.order_by(PolicyProposal.id.desc()).limit(limit)).all()

    def answered(self, *, limit: int = 20) -> Sequence[PolicyProposal]:
        """Newest first."""
        states = (ProposalState.IN_FORCE, ProposalState.REFUSED, ProposalState.WITHDRAWN)
        query = select(PolicyProposal).where(PolicyProposal.state.in_(states))
        return self._session.scalars(query.order_by(PolicyProposal.id.desc()).limit(limit)).all()

    def figures(self) -> dict[tuple[str, int], RuleFigure]:
        """By rule and version."""
        return {(row.rule, row.version): row for row in self._session.scalars(select(RuleFigure))}

    def put_figures(self, figures: Iterable[RuleFigure]) -> None:
        """In place of all that were kept."""
        self._session.execute(delete(RuleFigure))
        self._session.add_all(figures)
        self._session.flush()
