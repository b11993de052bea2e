"""Rule sets by hash."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.rule_sets import RuleSetRow


class RuleSets:
    def __init__(self, session: Session) -> None:
        self._session = session

    def remember(self, rule_set_hash: str, source: str, now: datetime) -> None:
        """Keep the source of a rule set, so that what it judged can be replayed. Again does nothing."""
        if self._session.get(RuleSetRow, rule_set_hash) is not None:
            return
        insert = insert_or(self._session, RuleSetRow).values(hash=rule_set_hash, source=source, first_used_at=now)
        self._session.execute(insert.on_conflict_do_nothing(index_elements=["hash"]))

    def source(self, rule_set_hash: str) -> str | None:
        row = self._session.get(RuleSetRow, rule_set_hash)
        return row.source if row is not None else None
