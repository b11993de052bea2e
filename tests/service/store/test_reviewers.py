"""Reviewers sign in until they sign out, are shut out, or their session ends."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from schemas.review import ReviewerRole
from service.store.reviewers import Reviewers
from service.store.tenants import Tenants

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def reviewers(database):
    with database.write() as session:
        tenant = Tenants(session).ensure("label", NOW)
        found = Reviewers(session)
        found.add(tenant.id, name="Ines", password_hash="hash", role=ReviewerRole.REVIEWER, now=NOW)
        yield found


def sign_in(reviewers, token="t1", for_s=60):
    reviewer = reviewers.by_name("INES")
    reviewers.sign_in(reviewer, token_sha256=token, now=NOW, expires_at=NOW + timedelta(seconds=for_s))
    return reviewer


def test_names_are_unique_whatever_their_case(reviewers):
    with pytest.raises(IntegrityError):
        reviewers.add(
            reviewers.by_name("ines").tenant_id, name="INES", password_hash="h", role=ReviewerRole.SENIOR, now=NOW
        )


def test_a_session_ends_by_itself(reviewers):
    reviewer = sign_in(reviewers)
    assert reviewers.signed_in("t1", NOW) == reviewer
    assert reviewers.signed_in("t1", NOW + timedelta(seconds=60)) is None
    assert reviewers.signed_in("t2", NOW) is None


def test_signing_out_ends_one_session_and_being_shut_out_all(reviewers):
    sign_in(reviewers, "t1")
    sign_in(reviewers, "t2")
    reviewers.sign_out("t1")
    assert reviewers.signed_in("t1", NOW) is None
    assert reviewers.signed_in("t2", NOW) is not None
    assert reviewers.disable("ines", NOW)
    assert reviewers.signed_in("t2", NOW) is None
    assert reviewers.by_name("ines") is None
