"""Names of files that strangers send do nothing and hide nothing, on every page that shows one."""

import html
import json

import pytest
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.auth.scopes import Scope
from service.inert import inert
from service.settings import Settings
from service.store.tables.attachments import Attachment
from service.store.tables.jobs import JobKind
from service.store.tables.track_revisions import TrackRevision
from tests.service.api.caller import AUDIO, Caller, new_tenant, track_metadata
from tests.service.api.judging import judge
from tests.service.console.integrating import backend, client
from tests.service.console.signing import HERE, person, sign_in
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context

__all__ = ["backend", "client"]

MARKUP = "<img src=x onerror=alert(1)>.wav"
BIDI = "\u202egnp.\u2066live\u2069\u200b.wav"
LONG = "W" * 5_000 + ".wav"
NAMES = {"markup": MARKUP, "script": "<script>alert(1)<script>.wav", "bidi": BIDI, "long": LONG, "quote": "'\"><b>.wav"}
named = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


@pytest.fixture
def settings(tmp_path, sqlite_url) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=sqlite_url)


@pytest.fixture
def caller(client: TestClient, backend: Backend) -> Caller:
    return Caller.with_key(client, backend, new_tenant(backend, "Northern Lights"), list(Scope))


def does_nothing(shown: str) -> None:
    for bad in ("<img src=x", "<script>alert", "'\"><b>", "\u202e", "\u2066", "\u200b", "W" * 400):
        assert bad not in shown, bad


def is_inert(shown: str, name: str) -> None:
    """The name is on the page, cut, with what turns or hides characters made visible; nothing of it is markup."""
    does_nothing(shown)
    assert inert(name)[:20] in html.unescape(shown)


@named
def test_a_case_names_its_file(client: TestClient, backend: Backend, caller: Caller, name: str) -> None:
    """Whatever is stored: the name is set behind the back of intake, which would have taken away the worst."""
    track = caller.delivered()
    case = judge(backend, track)
    with backend.database.write() as session:
        session.query(TrackRevision).filter_by(track_id=track).update({"audio_file_name": name})
    person(backend, "ines", ReviewerRole.REVIEWER)
    sign_in(client, "ines")
    is_inert(client.get(f"/console/cases/{case}").text, name)


@named
def test_intake_takes_the_name_as_text_or_refuses_it(
    client: TestClient, backend: Backend, caller: Caller, name: str
) -> None:
    files = {"metadata": (None, json.dumps(track_metadata())), "audio": (name, AUDIO, "audio/wav")}
    answer = client.post("/v1/tracks", files=files, headers=caller.headers)
    assert answer.status_code == (400 if name == LONG else 202), answer.text
    if name != LONG:
        kept = caller.get(f"/v1/tracks/{answer.json()['id']}").json()["audio"]["file_name"]
        assert len(kept) <= 300
        does_nothing(html.escape(kept))


@named
def test_an_appeal_names_the_files_that_were_handed_in(
    client: TestClient, backend: Backend, caller: Caller, name: str
) -> None:
    track = caller.delivered()
    judge(backend, track)
    appeal = caller.send("POST", "/v1/appeals", {"track_id": track, "text": "Mine."}).json()["id"]
    handed = client.post(f"/v1/appeals/{appeal}/files", files={"files": ("a.txt", b"text")}, headers=caller.headers)
    assert handed.status_code == 201, handed.text
    with backend.database.write() as session:
        assert session.query(Attachment).update({"name": name}) == 1
    person(backend, "sam", ReviewerRole.SENIOR)
    sign_in(client, "sam")
    is_inert(client.get(f"/console/appeals/{appeal}").text, name)


@named
def test_a_batch_names_its_files(
    client: TestClient, backend: Backend, settings: Settings, caller: Caller, name: str
) -> None:
    quoted = name.replace('"', '""')
    rows = f'file,title,artists,declared_ai.VOCALS\n"{quoted}",Low Water,Ada,ALL\n'.encode()
    sign_in(client, "ida")
    answer = client.post("/console/deliver/batch", files=[("file", ("manifest.csv", rows, "text/csv"))], headers=HERE)
    assert answer.status_code == 200
    context = Context(settings)
    work_through(context, JobKind.INGEST, ingest, batch=1)
    context.close()
    is_inert(client.get(answer.url.path).text, name)


@named
def test_a_page_of_an_upload_that_is_refused_says_its_name_inertly(client: TestClient, name: str) -> None:
    sign_in(client, "ida")
    answer = client.post("/console/deliver/batch", files=[("file", (name, b"x"))], headers=HERE)
    assert answer.status_code < 500
    does_nothing(answer.text)
