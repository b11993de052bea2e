"""The table of roles."""

from schemas.review import ReviewerRole
from service.auth.roles import ROLE_SCOPES, role_allows
from service.auth.scopes import Scope


def test_every_role_is_in_the_table_and_may_read():
    assert set(ROLE_SCOPES) == set(ReviewerRole)
    assert all(role_allows(role, Scope.CASES_READ) for role in ReviewerRole)


def test_who_may_decide_is_said_once():
    assert {role for role in ReviewerRole if role_allows(role, Scope.CASES_DECIDE)} == {
        role for role in ReviewerRole if role.may_decide
    }


def test_an_auditor_changes_nothing():
    assert all(scope.value.endswith(":read") for scope in ROLE_SCOPES[ReviewerRole.AUDITOR])


def test_nobody_but_an_administrator_has_everything():
    assert [role for role in ReviewerRole if role_allows(role, Scope.ADMIN)] == [ReviewerRole.ADMINISTRATOR]
