"""Every route, tried by everybody with everything: nobody sees another tenant's things, and nothing ends in a 500.

The routes are those of the running application, so a new one is tried without being written down here.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.review import ReviewerRole
from service.auth.scopes import Scope
from service.console import routes as console
from service.console import sessions
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from tests.service.api.caller import Caller
from tests.service.api.furnished import CANARY, TUS, House, furnished

OPEN = ("/healthz", "/readyz", "/metrics", "/public/tracks/{track_id}")

TOLD = ("/problems/not-ready", "/problems/not-offered")
"""Problems with a status of 500 and over that are answers, not accidents."""

CHOICES = {"format": "apple", "rule": "low-and-slow", "proposal_id": "prp_x"}
"""Path parameters that choose a form rather than name a thing."""

BODIES: list[Any] = [
    None,
    {},
    [],
    "text",
    7,
    {"unknown": {"deep": [[[1]]]}},
    {"url": "https://hooks.example.com/", "title": "T", "case_id": "\x00", "dead_letters": True, "note": "\ud800"},
    {"VOCALS": "ALL"},
    {"title": {"a": 10**30}, "events": "x", "enabled": "perhaps", "action": None, "tracks": [None]},
]
QUERIES = [
    "",
    "?cursor=x&limit=1",
    "?limit=-1",
    "?cursor=%F0%9F%8E%B5&state=nothing&isrc=1",
    "?limit=9&limit=x&since=0",
]


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with furnished(sqlite_url, tmp_path) as opened:
        yield opened


def operations(house: House) -> list[tuple[str, str, bool]]:
    """Method, address with the owner's ids in it, and whether it is open to all; what destroys comes last."""
    described = house.client.get("/openapi.json").json()["paths"]
    found = []
    for path, methods in described.items():
        address = path
        for name, value in (house.ids | CHOICES).items():
            address = address.replace("{" + name + "}", value)
        assert "{" not in address, f"{path} names something that this test has none of"
        found += [(method.upper(), address, path in OPEN) for method in methods]
    assert len(found) > 20
    return sorted(found, key=lambda operation: operation[0] == "DELETE")


def check(answer: Any, house: House, secrets: list[str], what: object) -> None:
    assert answer.status_code < 500 or answer.json()["type"] in TOLD, (what, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", (what, answer.text)
    sent = {header.lower() for header in answer.headers}
    assert {"x-content-type-options", "x-request-id", "cache-control"} <= sent, what
    leaked = [secret for secret in secrets if secret in answer.text or secret.lower() in str(answer.headers).lower()]
    assert not leaked, (what, leaked, answer.text)


def test_a_stranger_finds_nothing_of_another_tenant_by_any_route(house: House) -> None:
    """With every scope, the right ids, and every kind of body: each of them is answered as if it did not exist."""
    stranger = house.caller("Stranger", *Scope)
    for method, address, is_open in operations(house):
        for body, query in zip(BODIES, itertools.cycle(QUERIES[:2]), strict=False):
            answer = stranger.send(method, address + query, body, If_Match="*", **TUS)
            check(answer, house, house.secrets, (method, address, body))
            if not is_open and any(value in address for value in house.ids.values()):
                assert answer.status_code in (404, 400, 413, 415, 422), (method, address, body, answer.text)
    assert house.owner.get(f"/v1/tracks/{house.ids['track_id']}").json()["revision"] == 1
    assert house.owner.get(f"/v1/webhooks/{house.ids['webhook_id']}").json()["enabled"]


@pytest.mark.parametrize("who", [*Scope, "nobody", "a key that was never given", "no scope at all"])
def test_every_role_gets_what_its_scope_opens_and_a_plain_refusal_elsewhere(house: House, who: Scope | str) -> None:
    """No answer of any route to any role is a server error, whatever the body and the query are."""
    if isinstance(who, Scope):
        caller = house.caller("Role", who)
    elif who == "no scope at all":
        caller = house.caller("Role")
    else:
        caller = Caller(house.client, "", "em_" + "a" * 12 + "_" + "b" * 43 if "key" in who else "")
    refused = 403 if isinstance(who, Scope) or who == "no scope at all" else 401
    opened = set()
    for method, address, is_open in operations(house):
        for body, query in zip(BODIES, itertools.cycle(QUERIES), strict=False):
            answer = caller.send(method, address + query, body, **TUS)
            check(answer, house, house.secrets, (who, method, address, body, query))
            if answer.status_code in (401, 403):
                assert answer.status_code == refused and not is_open, (who, method, address)
            elif "/problems/malformed-body" not in answer.text:  # told before anybody is asked who they are
                opened.add((method, address))
    closed = {(method, address) for method, address, is_open in operations(house) if not is_open} - opened
    if isinstance(who, Scope):
        assert len(opened) > len(OPEN)
        assert not closed if who is Scope.ADMIN else closed
    else:
        assert len(opened) == len(OPEN)


def test_the_owner_breaks_nothing_with_any_body_on_any_route(house: House) -> None:
    for method, address, _ in operations(house):
        for body, query in [*((body, "") for body in BODIES), *((None, query) for query in QUERIES[1:])]:
            answer = house.owner.send(method, address + query, body, If_Match="*", **TUS)
            check(answer, house, [], (method, address, body, query))


def console_addresses(house: House) -> list[tuple[str, str]]:
    parts = [route.original_router for route in console.router.routes if hasattr(route, "original_router")]
    found = []
    for route in (route for part in parts for route in part.routes):
        address = console.router.prefix + route.path
        for name, value in (house.ids | CHOICES).items():
            address = address.replace("{" + name + "}", value)
        assert "{" not in address, f"{address} names something that this test has none of"
        found += [(method, address) for method in sorted(route.methods)]
    return found


@pytest.mark.parametrize("role", [None, *ReviewerRole])
def test_the_console_shows_nothing_to_nobody_and_nothing_of_others_to_reviewers(
    house: House, role: ReviewerRole | None
) -> None:
    """Signed in at another tenant, or not at all."""
    cookies = {}
    if role is not None:
        with house.backend.database.write() as session:
            reviewers = Reviewers(session)
            tenant_id = new_tenant_in(session, "Stranger")
            person = reviewers.add(tenant_id, name=f"p-{role.value}", password_hash="-", role=role, now=utc_now())
            token = f"token of {role.value}"
            expires_at = utc_now() + sessions.LASTS
            reviewers.sign_in(person, token_sha256=sessions.token_sha256(token), now=utc_now(), expires_at=expires_at)
        cookies = {sessions.COOKIE: token}
    addresses = console_addresses(house)
    assert len(addresses) > 5
    for method, address in addresses:
        for form in ({}, {"action": "none", "note": "x", "case_id": house.ids["case_id"]}):
            headers = {"Origin": "http://testserver"}
            if cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
            answer = house.client.request(
                method, address, data=form if method != "GET" else None, headers=headers, follow_redirects=False
            )
            assert answer.status_code < 500, (role, method, address, answer.text)
            assert CANARY not in answer.text, (role, method, address)
            if role is None and "static" not in address and "sign" not in address:
                assert answer.status_code in (303, 403, 404, 405), (method, address, answer.status_code)


def new_tenant_in(session: Any, name: str) -> str:
    from service.store.tenants import Tenants

    return Tenants(session).ensure(name, utc_now()).id


def test_the_bodies_above_are_json() -> None:
    assert len({json.dumps(body) for body in BODIES}) == len(BODIES)
