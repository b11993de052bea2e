"""Delivering by hand: a track with its declaration, a manifest with its audio; large files go ahead in pieces."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.settings import Settings
from service.store.database import Database
from service.store.deliveries import Deliveries
from service.store.tables.jobs import JobKind
from service.store.tables.tracks import Track
from service.store.tracks import Tracks
from tests.service.api.caller import AUDIO, new_tenant
from tests.service.api.serving import serve
from tests.service.console.integrating import backend, client
from tests.service.console.signing import HERE, PASSWORD, person, sign_in
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context

__all__ = ["backend", "client"]
PAGE = "/console/deliver"
SAID = {"title": "Night Drive", "artists": "Ada; Ben", "isrc": "QZEM62600001", "upc": "036000291452"}


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=sqlite_url, max_audio_bytes=100_000)


def tracks(backend: Backend, tenant: str = "Northern Lights") -> list[Track]:
    tenant_id = new_tenant(backend, tenant)
    with backend.database.read() as session:
        return list(Tracks(session).newest(tenant_id, limit=10))


def send(client: TestClient, said: dict[str, object], audio: bytes | None = AUDIO) -> tuple[int, str]:
    files = {"audio": ("night drive.wav", audio, "audio/wav")} if audio is not None else {"audio": ("", b"")}
    answer = client.post(f"{PAGE}/track", data=said, files=files, headers=HERE)
    return answer.status_code, answer.text


def test_a_track_is_delivered_with_its_declaration_on_one_page(client: TestClient, backend: Backend) -> None:
    said = SAID | {"recording": "PARTLY", "parts": ["vocals"], "lyrics": "NONE", "persona": "human"}
    status, shown = send(client, said)
    assert status == 200
    assert "The track is stored" in shown
    assert "Night Drive" in shown
    (track,) = tracks(backend)
    with backend.database.read() as session:
        metadata = Tracks(session).metadata(track.id)
    declared = {facet.value: level.value for facet, level in metadata.declared_ai.items()}
    assert (declared["VOCALS"], declared["LYRICS"]) == ("PARTLY", "NONE")
    assert declared.get("COMPOSITION", "UNDECLARED") == "UNDECLARED", "an open answer is no statement"
    assert [artist.name for artist in metadata.artists] == ["Ada", "Ben"]
    assert (metadata.isrc, metadata.release.upc) == ("QZEM62600001", "036000291452")


@pytest.mark.parametrize(
    ("change", "audio", "told"),
    [
        ({"isrc": "nonsense"}, AUDIO, "isrc"),
        ({"title": ""}, AUDIO, "title"),
        ({"recording": "PARTLY"}, AUDIO, "say which parts"),
        ({"recording": "<b>"}, AUDIO, "recording"),
        ({}, None, "choose the recording"),
        ({}, b"", "choose the recording"),
        ({}, b"x" * 100_001, "may have 100000 bytes at most"),
        ({"title": "x" * 2_001}, AUDIO, "may have 2000 bytes at most"),
        ({"audio_upload": "upl_none"}, AUDIO, "there is no such upload"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: TestClient, backend: Backend, change: dict[str, object], audio: bytes | None, told: str
) -> None:
    status, shown = send(client, SAID | change, audio)
    assert status in (413, 422), shown
    assert told in shown
    assert "<b>" not in shown
    assert tracks(backend) == []
    assert list((backend.settings.data_dir / "blobs" / "staging").glob("*")) == []


def test_what_was_typed_stays_when_something_is_wrong(client: TestClient) -> None:
    _, shown = send(client, SAID | {"isrc": "nonsense", "lyrics": "ALL"})
    assert 'value="Night Drive"' in shown
    assert re.search(r'name="lyrics" value="ALL"[^>]* checked', shown)


def test_a_manifest_with_its_audio_becomes_a_batch_and_says_what_became_of_it(
    client: TestClient, backend: Backend, settings: Settings
) -> None:
    rows = b"file,title,artists,declared_ai.VOCALS\na.wav,Low Water,Ada,ALL\nb.wav,High Water,Ada,NONE\n"
    parts = [("file", ("manifest.csv", rows, "text/csv")), ("file", ("a.wav", AUDIO, "audio/wav"))]
    answer = client.post(f"{PAGE}/batch", files=parts, headers=HERE)
    assert answer.status_code == 200
    assert "It is stored" in answer.text
    context = Context(settings)
    work_through(context, JobKind.INGEST, ingest, batch=1)
    context.close()
    shown = client.get(answer.url.path).text
    assert "ResourceMissing" in shown
    assert [track.title for track in tracks(backend)] == ["Low Water"]
    assert client.post(f"{PAGE}/batch", files=[("file", ("a.zip", b"no zip"))], headers=HERE).status_code == 422


def test_other_roles_and_other_tenants_see_nothing(client: TestClient, backend: Backend) -> None:
    send(client, SAID)
    answer = client.post(f"{PAGE}/batch", files=[("file", ("manifest.csv", b"file\n"))], headers=HERE)
    place = answer.url.path
    person(backend, "sam", ReviewerRole.SENIOR)
    person(backend, "eve", ReviewerRole.INTEGRATOR, tenant="Somebody Else")
    sign_in(client, "sam")
    assert client.get(PAGE).status_code == 403
    assert send(client, SAID)[0] == 403
    sign_in(client, "eve")
    assert client.get(place).status_code == 404
    assert "Night Drive" not in client.get(PAGE).text
    foreign = client.post(f"{PAGE}/track", data=SAID, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403


def test_a_large_recording_goes_ahead_in_pieces_in_a_real_browser(
    browser: Browser, sqlite_url: str, tmp_path: Path
) -> None:
    """Over a service that cuts the connection once in the middle."""
    large = tmp_path / "large.wav"
    large.write_bytes(b"RIFF" + bytes(17 * 1024 * 1024))
    database = Database.open(sqlite_url)
    backend = Backend(Settings(data_dir=tmp_path / "data"), database, None)  # type: ignore[arg-type]
    person(backend, "ida", ReviewerRole.INTEGRATOR)
    with serve(tmp_path / "data", sqlite_url) as served:
        context = browser.new_context(base_url=served.url)
        page = context.new_page()
        page.goto("/console/")
        page.get_by_label("Name").fill("ida")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.goto(PAGE)
        pieces: list[str] = []
        page.on("request", lambda request: pieces.append(request.url) if request.method == "PATCH" else None)
        cut: list[bool] = []

        def cut_once(route: object) -> None:
            if route.request.method == "PATCH" and len(pieces) == 3 and not cut:  # type: ignore[attr-defined]
                cut.append(True)
                route.abort()  # type: ignore[attr-defined]
            else:
                route.continue_()  # type: ignore[attr-defined]

        page.route("**/console/deliver/uploads/*", cut_once)
        page.get_by_label("Recording").set_input_files(large)
        page.get_by_label("Title", exact=True).fill("Long Night")
        page.get_by_label("Main artists").fill("Ada")
        page.get_by_role("button", name="Deliver the track").click()
        page.get_by_text("The track is stored").wait_for(timeout=240_000)
        page.screenshot(path=tmp_path / "deliver.png", full_page=True)
        context.close()
    assert cut
    assert len(pieces) >= 6
    with database.read() as session:
        (track,) = Tracks(session).newest(new_tenant(backend, "Northern Lights"), limit=5)
        assert Deliveries(session).page(track.tenant_id) == []
    stored = tmp_path / "data" / "blobs" / "sha256" / track.audio_sha256[:2] / track.audio_sha256
    assert stored.read_bytes() == large.read_bytes()
    database.dispose()
