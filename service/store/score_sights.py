"""Who has seen what the machine says of which case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.score_sights import ScoreSight


class ScoreSights:
    def __init__(self, session: Session) -> None:
        self._session = session

    def saw(self, case_ids: Sequence[str], person: str, now: datetime) -> None:
        """Somebody was shown these cases with their scores; the first time is kept."""
        if case_ids:
            rows = [{"case_id": case_id, "person": person, "seen_at": now} for case_id in case_ids]
            insert = insert_or(self._session, ScoreSight).values(rows)
            self._session.execute(insert.on_conflict_do_nothing(index_elements=["case_id", "person"]))

    def has_seen(self, case_id: str, person: str) -> bool:
        return self._session.get(ScoreSight, (case_id, person)) is not None
