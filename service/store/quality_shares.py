"""How much of a tenant's work is looked at once more."""

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.quality import SharesIn
from service.store.inserting import insert_or
from service.store.tables.quality import QualityShare

NOTHING = SharesIn(second_looks=0.0, unflagged=0.0)


def share_of(session: Session, tenant_id: str) -> SharesIn:
    """What is set; nothing of the work where nobody set anything."""
    row = session.get(QualityShare, tenant_id)
    return SharesIn(second_looks=row.second_looks, unflagged=row.unflagged) if row is not None else NOTHING


def set_shares(session: Session, tenant_id: str, said: SharesIn, *, by: str, now: datetime) -> None:
    """From now on so much; what was drawn before stays asked for."""
    values = {**said.model_dump(), "changed_by": by, "changed_at": now}
    insert = insert_or(session, QualityShare).values(tenant_id=tenant_id, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["tenant_id"], set_=values))
