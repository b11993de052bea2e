"""How many tracks a tenant may deliver in a day."""

from sqlalchemy.orm import Session

from service.settings import Settings
from service.store.tenants import Tenants


def tracks_a_day(session: Session, settings: Settings, tenant_id: str) -> int:
    """Its own quota, or else that of the settings; 0: any number."""
    tenant = Tenants(session).get(tenant_id)
    own = tenant.tracks_per_day if tenant is not None else None
    return settings.tracks_per_day if own is None else own
