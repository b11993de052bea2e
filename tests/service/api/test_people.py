"""A person's own key opens what the key and the role open, as long as both last."""

import pytest

from schemas.review import ReviewerRole
from service.auth.keys import new_key
from service.auth.scopes import Scope
from service.store.api_keys import ApiKeys
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from tests.service.api.caller import Caller
from tests.service.console.signing import person


def own_key(client, backend, reviewer, scopes=tuple(Scope)):
    made = new_key()
    with backend.database.write() as session:
        ApiKeys(session).add(
            reviewer.tenant_id,
            name="own",
            prefix=made.prefix,
            sha256=made.sha256,
            scopes=scopes,
            now=utc_now(),
            reviewer_id=reviewer.id,
        )
    return Caller(client, reviewer.tenant_id, made.key)


def may_decide(caller):
    answer = caller.send("POST", "/v1/decisions", {})
    assert answer.status_code in (403, 422)
    return answer.status_code == 422


@pytest.mark.parametrize("role", ReviewerRole)
def test_a_role_opens_no_more_through_the_api_than_at_the_console(client, backend, role):
    caller = own_key(client, backend, person(backend, role=role))
    assert may_decide(caller) == role.may_decide
    assert caller.get("/v1/cases").status_code == 200


def test_a_key_opens_no_more_than_it_was_given(client, backend):
    ines = person(backend, role=ReviewerRole.ADMINISTRATOR)
    assert not may_decide(own_key(client, backend, ines, [Scope.CASES_READ]))


def test_a_key_follows_its_persons_role_and_ends_with_them(client, backend):
    caller = own_key(client, backend, person(backend))
    assert may_decide(caller)
    with backend.database.write() as session:
        Reviewers(session).change_role("ines", ReviewerRole.AUDITOR)
    assert not may_decide(caller)
    with backend.database.write() as session:
        Reviewers(session).disable("ines", utc_now())
    assert caller.get("/v1/cases").status_code == 401
