"""``earmark admin``: tenants, API keys, reviewers. Speaks to the database itself: nobody has a key before the first."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.tables.api_keys import ApiKey
    from service.store.tables.tenants import Tenant

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]


def register(app: typer.Typer) -> None:
    admin = typer.Typer(no_args_is_help=True, help="Tenants, API keys and reviewers, in the database.")
    tenants = typer.Typer(no_args_is_help=True, help="Who delivers: one tenant sees nothing of another.")
    tenants.command("create")(create_tenant)
    tenants.command("list")(list_tenants)
    tenants.command("limit")(limit_tenant)
    keys = typer.Typer(no_args_is_help=True, help="What a tenant's programs open the service with.")
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    admin.add_typer(tenants, name="tenant")
    admin.add_typer(keys, name="key")
    people = typer.Typer(no_args_is_help=True, help="Who works at the console.")
    people.command("create")(create_reviewer)
    people.command("list")(list_reviewers)
    people.command("disable")(disable_reviewer)
    admin.add_typer(people, name="reviewer")
    app.add_typer(admin, name="admin")


def create_tenant(name: Annotated[str, typer.Argument(help="Its name, unique.")], as_json: AsJson = False) -> None:
    """Make a tenant; one that exists is left as it is."""
    from service.store.clock import utc_now
    from service.store.tenants import Tenants

    with _session() as session:
        _show({"id": Tenants(session).ensure(name, utc_now()).id, "name": name}, as_json)


def list_tenants(as_json: AsJson = False) -> None:
    """All tenants."""
    from service.store.tenants import Tenants

    with _session() as session:
        for tenant in Tenants(session).all():
            _show({"id": tenant.id, "name": tenant.name}, as_json)


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
    with _session() as session:
        tenant = _tenant(session, name)
        tenant.requests_per_minute, tenant.tracks_per_day = requests_per_minute, tracks_per_day
        _show({"name": name, "requests_per_minute": requests_per_minute, "tracks_per_day": tracks_per_day}, as_json)


def create_key(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="What the key may do; repeat it. All but admin, if left out.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    as_json: AsJson = False,
) -> None:
    """Make an API key and show it, once: only its hash is kept."""
    from service.auth.keys import new_key
    from service.auth.scopes import Scope
    from service.store.api_keys import ApiKeys
    from service.store.clock import utc_now

    known = [scope.value for scope in Scope]
    wanted = scopes or [scope for scope in known if scope != Scope.ADMIN]
    if unknown := sorted(set(wanted) - set(known)):
        raise typer.BadParameter(f"there is no scope {', '.join(unknown)}; there are {', '.join(known)}")
    with _session() as session:
        owner = _tenant(session, tenant)
        fresh = new_key()
        row = ApiKeys(session).add(
            owner.id, name=name, prefix=fresh.prefix, sha256=fresh.sha256, scopes=wanted, now=utc_now()
        )
        shown = {"id": row.id, "tenant": tenant, "scopes": row.scopes, "key": fresh.key}
    if as_json:
        _show(shown, as_json)
    else:
        typer.echo(fresh.key)
        typer.echo(f"{row.id}: {', '.join(row.scopes)}. The key is shown this once.", err=True)


def list_keys(tenant: Annotated[str, typer.Argument(help="The tenant's name.")], as_json: AsJson = False) -> None:
    """The keys of a tenant, by their public prefix."""
    from service.store.api_keys import ApiKeys

    with _session() as session:
        for key in ApiKeys(session).of_tenant(_tenant(session, tenant).id):
            _show(_described(key), as_json)


def revoke_key(key_id: Annotated[str, typer.Argument(metavar="KEY_ID")], as_json: AsJson = False) -> None:
    """Make a key open nothing from now on."""
    from service.store.api_keys import ApiKeys
    from service.store.clock import utc_now

    with _session() as session:
        key = ApiKeys(session).revoke(key_id, utc_now())
        if key is None:
            typer.echo(f"earmark: there is no key {key_id}", err=True)
            raise typer.Exit(1)
        _show(_described(key), as_json)


def create_reviewer(
    tenant: Annotated[str, typer.Argument(help="The tenant whose cases they see.")],
    name: Annotated[str, typer.Argument(help="The name they sign in with.")],
    role: Annotated[str, typer.Option(help="auditor, reviewer, senior, policy_owner or administrator.")] = "reviewer",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for, if left out.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Let a person sign in at the console."""
    from sqlalchemy.exc import IntegrityError

    from schemas.review import ReviewerRole
    from service.console.passwords import hash_password
    from service.store.clock import utc_now
    from service.store.reviewers import Reviewers

    if role not in list(ReviewerRole):
        raise typer.BadParameter(f"there is no role {role}; there are {', '.join(ReviewerRole)}")
    try:
        hashed = hash_password(password)
        with _session() as session:
            reviewer = Reviewers(session).add(
                _tenant(session, tenant).id, name=name, password_hash=hashed, role=ReviewerRole(role), now=utc_now()
            )
            _show({"id": reviewer.id, "name": reviewer.name, "role": role}, as_json)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    except IntegrityError:
        typer.echo(f"earmark: somebody is called {name.lower()} already", err=True)
        raise typer.Exit(1) from None


def list_reviewers(as_json: AsJson = False) -> None:
    """Everybody who may or might sign in."""
    from service.store.reviewers import Reviewers

    with _session() as session:
        for one in Reviewers(session).all():
            state = "disabled" if one.disabled_at else "active"
            _show({"id": one.id, "name": one.name, "role": one.role.value, "state": state}, as_json)


def disable_reviewer(name: Annotated[str, typer.Argument(help="The name they sign in with.")]) -> None:
    """Shut a person out at once; what they decided stays on record."""
    from service.store.clock import utc_now
    from service.store.reviewers import Reviewers

    with _session() as session:
        if not Reviewers(session).disable(name, utc_now()):
            typer.echo(f"earmark: there is no reviewer {name}", err=True)
            raise typer.Exit(1)


@contextmanager
def _session() -> "Iterator[Session]":
    from sqlalchemy.exc import OperationalError

    from service.settings import Settings
    from service.store.database import Database

    settings = Settings()
    database = Database.open(settings.database)
    try:
        database.migrate()
        with database.write() as session:
            yield session
    except OperationalError as error:
        typer.echo(f"earmark: the database cannot be used: {str(error).splitlines()[0]}", err=True)
        raise typer.Exit(1) from error
    finally:
        database.dispose()


def _tenant(session: "Session", name: str) -> "Tenant":
    from service.store.tenants import Tenants

    tenant = Tenants(session).by_name(name)
    if tenant is None:
        typer.echo(f"earmark: there is no tenant {name!r}; make it with 'earmark admin tenant create'", err=True)
        raise typer.Exit(1)
    return tenant


def _described(key: "ApiKey") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def _show(record: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
    else:
        typer.echo(
            "  ".join(
                ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                for value in record.values()
                if value
            )
        )
