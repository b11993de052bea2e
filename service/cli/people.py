"""``earmark admin reviewer`` and ``earmark admin totp``: who works at the console, and how they prove who they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from schemas.review import ReviewerRole
    from service.store.tables.tenants import Tenant

AsJson = Annotated[bool, typer.Option("--json", help="JSON lines on standard output.")]
Name = Annotated[str, typer.Argument(help="The name they sign in with.")]
ROLES = "auditor, reviewer, senior, policy_owner or administrator"


def register(admin: typer.Typer) -> None:
    people = typer.Typer(no_args_is_help=True, help="Who works at the console.")
    people.command("create")(create_reviewer)
    people.command("list")(list_reviewers)
    people.command("role")(change_role)
    people.command("disable")(disable_reviewer)
    admin.add_typer(people, name="reviewer")
    codes = typer.Typer(no_args_is_help=True, help="One-time codes of the people at the console.")
    codes.command("reset")(reset_codes)
    admin.add_typer(codes, name="totp")


def create_reviewer(
    tenant: Annotated[str, typer.Argument(help="The tenant whose cases they see.")],
    name: Name,
    role: Annotated[str, typer.Option(help=f"{ROLES}.")] = "reviewer",
    password: Annotated[str | None, typer.Option(help="At least 10 characters; asked for, if left out.")] = None,
    oidc: Annotated[
        str | None,
        typer.Option(help="Who they are at the identity provider (the `sub` claim): they sign in there alone."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a person sign in at the console, by password or at the identity provider of the settings.

    Examples: earmark admin reviewer create house ines --role senior;
    earmark admin reviewer create house otto --role auditor --oidc 248289761001
    """
    from sqlalchemy.exc import IntegrityError

    from service.auth.passwords import hash_password
    from service.store.clock import utc_now
    from service.store.reviewers import Reviewers

    chosen = _role(role)
    if oidc is None and password is None:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        hashed = hash_password(password) if password is not None else "-"
        with database_session() as session:
            reviewer = Reviewers(session).add(
                tenant_named(session, tenant).id,
                name=name,
                password_hash=hashed,
                role=chosen,
                now=utc_now(),
                oidc_subject=oidc,
            )
            show({"id": reviewer.id, "name": reviewer.name, "role": role}, as_json)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    except IntegrityError:
        typer.echo(f"earmark: somebody is called {name.lower()}, or has this identity, already", err=True)
        raise typer.Exit(1) from None


def list_reviewers(as_json: AsJson = False) -> None:
    """Everybody who may or might sign in."""
    from service.store.reviewers import Reviewers

    with database_session() as session:
        for one in Reviewers(session).all():
            state = "disabled" if one.disabled_at else "active"
            factor = "one-time codes" if one.totp_since else "identity provider" if one.oidc_subject else "none"
            row = {"id": one.id, "name": one.name, "role": one.role.value, "state": state, "second_factor": factor}
            show(row, as_json)


def change_role(
    name: Name, role: Annotated[str, typer.Argument(metavar="ROLE", help=f"{ROLES}.")], as_json: AsJson = False
) -> None:
    """Give a person another role. They are signed out, and their own keys open what the new role does."""
    from service.store.reviewers import Reviewers

    with database_session() as session:
        reviewer = Reviewers(session).change_role(name, _role(role))
        if reviewer is None:
            raise _nobody(name)
        show({"id": reviewer.id, "name": reviewer.name, "role": role}, as_json)


def disable_reviewer(name: Name) -> None:
    """Shut a person out at once, their own keys included; what they decided stays on record."""
    from service.store.clock import utc_now
    from service.store.reviewers import Reviewers

    with database_session() as session:
        if not Reviewers(session).disable(name, utc_now()):
            raise _nobody(name)


def reset_codes(name: Name) -> None:
    """Forget a person's one-time codes and recovery codes, as when a device is lost, and sign them out.

    Make sure first that it is they who ask: from now on their password alone lets them in, until they set up codes
    again.
    """
    from service.store.reviewers import Reviewers
    from service.store.second_factors import SecondFactors

    with database_session() as session:
        reviewer = Reviewers(session).by_name(name)
        if reviewer is None:
            raise _nobody(name)
        SecondFactors(session).reset(reviewer)
        Reviewers(session).sign_out_everywhere(reviewer)


def colleague(session: "Session", tenant_id: str, name: str) -> str:
    """Id of somebody who works for a tenant."""
    from service.store.reviewers import Reviewers

    reviewer = Reviewers(session).by_name(name)
    if reviewer is None or reviewer.tenant_id != tenant_id:
        raise _nobody(name)
    return reviewer.id


def _role(name: str) -> "ReviewerRole":
    from schemas.review import ReviewerRole

    if name not in list(ReviewerRole):
        raise typer.BadParameter(f"there is no role {name}; there are {', '.join(ReviewerRole)}")
    return ReviewerRole(name)


def _nobody(name: str) -> typer.Exit:
    typer.echo(f"earmark: there is no reviewer {name}", err=True)
    return typer.Exit(1)


@contextmanager
def database_session() -> "Iterator[Session]":
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


def tenant_named(session: "Session", name: str) -> "Tenant":
    from service.store.tenants import Tenants

    tenant = Tenants(session).by_name(name)
    if tenant is None:
        typer.echo(f"earmark: there is no tenant {name!r}; make it with 'earmark admin tenant create'", err=True)
        raise typer.Exit(1)
    return tenant


def show(record: dict[str, object], as_json: bool) -> None:
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
