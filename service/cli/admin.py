"""``earmark admin``: tenants, API keys, reviewers. Speaks to the database itself: nobody has a key before the first."""

from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import artist_keys, daily_figures, fingerprint_index, parties, people, references
from service.cli.people import AsJson, database_session, show, tenant_named

if TYPE_CHECKING:
    from service.store.tables.api_keys import ApiKey


def register(app: typer.Typer) -> None:
    admin = typer.Typer(no_args_is_help=True, help="Tenants, API keys and reviewers, in the database.")
    tenants = typer.Typer(no_args_is_help=True, help="Who delivers: one tenant sees nothing of another.")
    tenants.command("create")(create_tenant)
    tenants.command("list")(list_tenants)
    tenants.command("limit")(limit_tenant)
    tenants.command("publishing")(set_publishing)
    keys = typer.Typer(no_args_is_help=True, help="What a tenant's programs open the service with.")
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    admin.add_typer(tenants, name="tenant")
    admin.add_typer(keys, name="key")
    people.register(admin)
    artist_keys.register(admin)
    references.register(admin)
    parties.register(admin)
    fingerprint_index.register(admin)
    daily_figures.register(admin)
    app.add_typer(admin, name="admin")


def create_tenant(name: Annotated[str, typer.Argument(help="Its name, unique.")], as_json: AsJson = False) -> None:
    """Make a tenant; one that exists is left as it is."""
    from service.store.clock import utc_now
    from service.store.tenants import Tenants

    with database_session() as session:
        show({"id": Tenants(session).ensure(name, utc_now()).id, "name": name}, as_json)


def list_tenants(as_json: AsJson = False) -> None:
    """All tenants."""
    from service.store.tenants import Tenants

    with database_session() as session:
        for tenant in Tenants(session).all():
            said = {"id": tenant.id, "name": tenant.name, "publishes_detections": tenant.publishes_detections}
            show(said, as_json)


def limit_tenant(
    name: Annotated[str, typer.Argument(help="The tenant's name.")],
    requests_per_minute: Annotated[
        int | None, typer.Option(min=0, help="Requests a minute; 0: any number; left out: as the settings say.")
    ] = None,
    tracks_per_day: Annotated[
        int | None, typer.Option(min=0, help="Tracks a day; 0: any number; left out: as the settings say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a tenant limits of its own. What is left out is as the settings say."""
    with database_session() as session:
        tenant = tenant_named(session, name)
        tenant.requests_per_minute, tenant.tracks_per_day = requests_per_minute, tracks_per_day
        show({"name": name, "requests_per_minute": requests_per_minute, "tracks_per_day": tracks_per_day}, as_json)


def set_publishing(
    name: Annotated[str, typer.Argument(help="The tenant's name.")],
    detections: Annotated[
        bool, typer.Option("--detections/--no-detections", help="Whether the public card may show what analysis found.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say what of a tenant's tracks the public card shows, besides what was declared and confirmed.

    Detections are off unless switched on here. Even then one is shown only after a request for a declaration told the
    uploader of it, the time to reply ran out, and nobody declared, appealed or decided. Off takes all of them back.
    """
    with database_session() as session:
        tenant_named(session, name).publishes_detections = detections
        show({"name": name, "publishes_detections": detections}, as_json)


def create_key(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="What the key may do; repeat it. All but admin, if left out.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    reviewer: Annotated[
        str | None, typer.Option(help="Whose own key it is: it opens no more than their role, and acts in their name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and show it, once: only its hash is kept.

    A reviewer's own key opens what their role opens at the console; what must be decided by a person, such as an
    appeal, is decided through the API with such a key alone.
    """
    from service.auth.keys import new_key
    from service.auth.scopes import Scope
    from service.store.api_keys import ApiKeys
    from service.store.clock import utc_now

    known = [scope.value for scope in Scope]
    wanted = scopes or [scope for scope in known if reviewer or scope != Scope.ADMIN]
    if unknown := sorted(set(wanted) - set(known)):
        raise typer.BadParameter(f"there is no scope {', '.join(unknown)}; there are {', '.join(known)}")
    with database_session() as session:
        owner = tenant_named(session, tenant)
        fresh = new_key()
        row = ApiKeys(session).add(
            owner.id,
            name=name,
            prefix=fresh.prefix,
            sha256=fresh.sha256,
            scopes=wanted,
            now=utc_now(),
            reviewer_id=people.colleague(session, owner.id, reviewer) if reviewer else None,
        )
        shown = {"id": row.id, "tenant": tenant, "scopes": row.scopes, "key": fresh.key}
    if as_json:
        show(shown, as_json)
    else:
        typer.echo(fresh.key)
        typer.echo(f"{row.id}: {', '.join(row.scopes)}. The key is shown this once.", err=True)


def list_keys(tenant: Annotated[str, typer.Argument(help="The tenant's name.")], as_json: AsJson = False) -> None:
    """The keys of a tenant, by their public prefix."""
    from service.store.api_keys import ApiKeys

    with database_session() as session:
        for key in ApiKeys(session).of_tenant(tenant_named(session, tenant).id):
            show(_described(key), as_json)


def revoke_key(key_id: Annotated[str, typer.Argument(metavar="KEY_ID")], as_json: AsJson = False) -> None:
    """Make a key open nothing from now on."""
    from service.store.api_keys import ApiKeys
    from service.store.clock import utc_now

    with database_session() as session:
        key = ApiKeys(session).revoke(key_id, utc_now())
        if key is None:
            typer.echo(f"earmark: there is no key {key_id}", err=True)
            raise typer.Exit(1)
        show(_described(key), as_json)


def _described(key: "ApiKey") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
