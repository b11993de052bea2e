"""``/v1/people``: administrators change accounts; the last of them stays one."""

from datetime import timedelta

import pytest

from schemas.people import PersonChangeIn
from schemas.review import ReviewerRole
from service.auth.scopes import Scope
from service.console.sessions import token_sha256
from service.store.clock import utc_now
from service.store.people import People, PeopleConflict
from service.store.reviewers import Reviewers
from tests.service.api.caller import Caller
from tests.service.console.signing import person


@pytest.fixture
def admin(client, backend, caller):
    return Caller.with_key(client, backend, caller.tenant_id, [Scope.ADMIN])


def test_people_are_listed_and_changed_with_a_record(admin, backend):
    ines = person(backend, "ines")
    person(backend, "adam", ReviewerRole.ADMINISTRATOR)
    [adam, listed] = admin.get("/v1/people").json()
    assert (adam["name"], listed["name"], listed["second_factor"], listed["last_seen_at"]) == (
        "adam",
        "ines",
        "none",
        None,
    )
    changed = admin.send("PATCH", f"/v1/people/{ines.id}", {"role": "senior", "active": False})
    assert changed.json()["role"] == "senior" and changed.json()["disabled_at"]
    assert admin.send("PATCH", f"/v1/people/{ines.id}", {"active": False}).status_code == 409
    assert admin.send("PATCH", f"/v1/people/{ines.id}", {"active": True}).json()["disabled_at"] is None
    assert admin.send("PATCH", f"/v1/people/{ines.id}", {"role": "king"}).status_code == 422
    assert admin.send("PATCH", "/v1/people/rev_x", {"active": False}).status_code == 404
    with backend.database.read() as session:
        record = [(one.person, one.change.value, one.detail) for one in People(session, admin.tenant_id).changes()]
    assert record == [("ines", "let_in", ""), ("ines", "shut_out", ""), ("ines", "role", "reviewer to senior")]


def test_the_last_administrator_stays_one(admin, backend):
    adam = person(backend, "adam", ReviewerRole.ADMINISTRATOR)
    for change in ({"active": False}, {"role": "auditor"}):
        answer = admin.send("PATCH", f"/v1/people/{adam.id}", change)
        assert answer.status_code == 409 and "last administrator" in answer.json()["detail"]
    person(backend, "berta", ReviewerRole.ADMINISTRATOR)
    assert admin.send("PATCH", f"/v1/people/{adam.id}", {"role": "auditor"}).status_code == 200


def test_another_tenants_people_do_not_exist(stranger, client, backend, admin):
    ines = person(backend, "ines")
    other = Caller.with_key(client, backend, stranger.tenant_id, [Scope.ADMIN])
    assert other.get("/v1/people").json() == []
    assert other.send("PATCH", f"/v1/people/{ines.id}", {"role": "senior"}).status_code == 404


def test_last_seen_is_kept_to_the_minute_and_signing_in_is_being_seen(backend):
    ines, now = person(backend, "ines"), utc_now()
    with backend.database.write() as session:
        Reviewers(session).sign_in(
            ines, token_sha256=token_sha256("t"), now=now, expires_at=now + timedelta(minutes=30)
        )
        Reviewers(session).put_off(token_sha256("t"), now + timedelta(hours=1), now=now + timedelta(minutes=5))
        [seen] = People(session, ines.tenant_id).all()
    assert seen.last_seen_at == now + timedelta(minutes=5)


def test_nobody_changes_their_own_account(backend):
    adam = person(backend, "adam", ReviewerRole.ADMINISTRATOR)
    person(backend, "berta", ReviewerRole.ADMINISTRATOR)
    with backend.database.write() as session, pytest.raises(PeopleConflict, match="their own"):
        People(session, adam.tenant_id).change(
            adam.id, PersonChangeIn(role=ReviewerRole.AUDITOR), by="adam", now=utc_now()
        )
