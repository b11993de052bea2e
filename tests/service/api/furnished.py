"""An application with one tenant's things in it: something of everything that a route can name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from schemas.quality import GoldenIn
from schemas.review import ReasonCode, ReviewerRole
from schemas.verdict import Action
from service.api.backend import Backend
from service.app import create_app
from service.auth.scopes import Scope
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.database import Database
from service.store.golden_cases import GoldenCases
from service.store.reviewers import Reviewers
from service.store.second_looks import SecondLooks
from tests.service.api.caller import Caller, new_tenant, track_metadata
from tests.service.api.judging import judge

CANARY = "Zugvogel-Kanarienvogel"
"""Stands in every text of the tenant whose things must not be seen."""

TUS = {"Tus_Resumable": "1.0.0"}
"""Without it, routes of uploads would not look at anything else."""


@dataclass
class House:
    """An application with one tenant's things in it; ``ids`` are what its routes name."""

    backend: Backend
    client: TestClient
    owner: Caller
    ids: dict[str, str]

    def caller(self, tenant: str, *scopes: Scope) -> Caller:
        return Caller.with_key(self.client, self.backend, new_tenant(self.backend, tenant), scopes)

    @property
    def secrets(self) -> list[str]:
        """What no answer to anybody else may hold."""
        return [CANARY, *self.ids.values()]


@contextmanager
def furnished(database_url: str, folder: Path) -> Iterator[House]:
    """Such an application on a migrated database, its files in the folder."""
    settings = Settings(data_dir=folder / "data", max_metadata_bytes=200_000)
    database = Database.open(database_url)
    backend = Backend(settings, database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend), raise_server_exceptions=False) as client:
        owner = Caller.with_key(client, backend, new_tenant(backend, CANARY), [Scope.ADMIN])
        release = {"title": CANARY, "upc": "036000291452", "release_date": "2999-01-01"}
        said = track_metadata(title=CANARY, artists=[{"name": CANARY}], client_reference=CANARY, release=release)
        track_id = owner.deliver(said).json()["id"]
        case_id = judge(backend, track_id)
        clause = owner.get(f"/v1/cases/{case_id}").json()["policy"]
        decided = owner.send(
            "POST",
            "/v1/decisions",
            {
                "case_id": case_id,
                "action": "none",
                "policy_clause": clause,
                "reason": "ai_not_confirmed",
                "note": CANARY,
            },
        )
        other_id = owner.deliver(track_metadata(title=CANARY)).json()["id"]
        second = judge(backend, other_id)
        many = {"case_ids": [second], "action": "none", "reason": "other", "note": CANARY}
        batch = owner.send("POST", "/v1/decision-batches", many).json()["id"]
        notice = {"kind": "spam", "track_id": track_id, "role": "user", "name": CANARY, "email": "a@b.example"}
        noticed = owner.send("POST", "/v1/reports", notice | {"statement": CANARY * 2, "good_faith": True})
        appeal = owner.send("POST", "/v1/appeals", {"track_id": track_id, "text": CANARY}).json()["id"]
        handed = client.post(
            f"/v1/appeals/{appeal}/files", files={"files": (f"{CANARY}.txt", CANARY.encode())}, headers=owner.headers
        )
        hook = {"url": f"https://{CANARY.lower()}.example/", "description": CANARY}
        known = GoldenIn(action=Action.NONE, reason=ReasonCode.OTHER, why=CANARY, looks=1)
        with database.write() as session:
            GoldenCases(session, owner.tenant_id).put(case_id, known, by=CANARY, now=utc_now())
            look_id = SecondLooks(session, owner.tenant_id).next_for("nobody", utc_now())
        assert look_id is not None
        with database.write() as session:
            made = Reviewers(session).add(
                owner.tenant_id, name="canary", password_hash="-", role=ReviewerRole.REVIEWER, now=utc_now()
            )
            house_person = made.id
        ids = {
            "look_id": look_id,
            "person_id": house_person,
            "track_id": track_id,
            "other_id": other_id,
            "release_id": owner.get("/v1/releases").json()["items"][0]["id"],
            "case_id": case_id,
            "appeal_id": appeal,
            "file_id": handed.json()[0]["id"],
            "batch_id": batch,
            "report_id": noticed.json()["id"],
            "decision_id": decided.json()["id"],
            "upload_id": owner.send("POST", "/v1/uploads", **TUS, Upload_Length="5").headers["location"].split("/")[-1],
            "delivery_id": delivery_of(owner),
            "webhook_id": owner.send("POST", "/v1/webhooks", hook).json()["id"],
        }
        yield House(backend, client, owner, ids)
    database.dispose()


def delivery_of(owner: Caller) -> str:
    files = {"file": ("manifest.csv", f"file,title,artists\na.wav,{CANARY},{CANARY}\n".encode(), "text/csv")}
    answer = owner.client.post("/v1/deliveries", files=files, headers=owner.headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])
