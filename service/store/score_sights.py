"""Who has seen what the machine says of which case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.base import Utc
from service.store.tables.cases import Case
from service.store.tables.score_sights import ScoreSight


class ScoreSights:
    def __init__(self, session: Session) -> None:
        self._session = session

    def saw(self, case_ids: Sequence[str], person: str, now: datetime) -> None:
        """Somebody was shown these cases with their scores; the first time is kept."""
        if case_ids:
            shown = select(Case.id, literal(person), literal(now, Utc)).where(Case.id.in_(case_ids)).order_by(Case.id)
            insert = insert_or(self._session, ScoreSight).from_select(["case_id", "person", "seen_at"], shown)
            self._session.execute(insert.on_conflict_do_nothing(index_elements=["case_id", "person"]))

    def has_seen(self, case_id: str, person: str) -> bool:
        return self._session.get(ScoreSight, (case_id, person)) is not None
