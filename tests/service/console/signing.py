"""People at the console as tests make them, and their forms."""

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import Reviewer
from tests.service.api.caller import new_tenant

PASSWORD = "correct horse battery"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash tells how much work it takes. That of a real one, at each of hundreds of sign-ins, would show nothing more."""
HERE = {"Origin": "http://testserver"}


def person(
    backend: Backend,
    name: str = "ines",
    role: ReviewerRole = ReviewerRole.REVIEWER,
    tenant: str = "Northern Lights",
    oidc_subject: str | None = None,
) -> Reviewer:
    tenant_id = new_tenant(backend, tenant)
    hashed = "-" if oidc_subject else HASHED
    with backend.database.write() as session:
        return Reviewers(session).add(
            tenant_id, name=name, password_hash=hashed, role=role, now=utc_now(), oidc_subject=oidc_subject
        )


def sign_in(client: TestClient, name: str = "ines", password: str = PASSWORD) -> str:
    """Send the form; where it leads."""
    client.cookies.clear()
    form = {"name": name, "password": password}
    answer = client.post("/console/sign-in", data=form, headers=HERE, follow_redirects=False)
    return answer.headers.get("location", str(answer.status_code))


def is_in(client: TestClient) -> bool:
    return client.get("/console/cases", follow_redirects=False).status_code == 200
