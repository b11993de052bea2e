"""Messages and batches over HTTP, through the worker that applies them: whole, in order, once, and nobody else's."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lxml import etree

from schemas.review import TrackState
from service.api.backend import Backend
from service.store.tables.jobs import JobKind
from service.store.tracks import Tracks
from tests.service.api.caller import AUDIO, Caller
from workers.ingest import ingest
from workers.ledger import work_through
from workers.lifecycle import Context

OTHER = AUDIO + b"another take"


@pytest.fixture
def work(backend: Backend) -> Iterator[Callable[[], int]]:
    """Look into every delivery that is due, as a worker does; how many that were."""
    url = backend.database.engine.url.render_as_string(hide_password=False)
    context = Context(backend.settings.model_copy(update={"database_url": url}))
    yield lambda: work_through(context, JobKind.INGEST, ingest, batch=1)
    context.close()


def ern(
    message_id: str = "M1",
    *,
    isrcs: tuple[str, ...] = ("QZEM62600001", "QZEM62600002"),
    created: str = "2026-11-01T10:00:00Z",
    title: str = "Low Water",
    ai: str = "Partly",
    hashes: dict[str, str] | None = None,
    deal: str = "<DealTerms><ValidityPeriod><StartDate>2026-01-01</StartDate></ValidityPeriod></DealTerms>",
    control: str = "LiveMessage",
    files: bool = True,
    cover: str | None = None,
) -> bytes:
    picture, recordings = "", ""
    if cover is not None:
        digest = f"<HashSum><Algorithm>SHA-256</Algorithm><HashSumValue>{cover}</HashSumValue></HashSum>"
        picture = f"""<Image><ResourceReference>A9</ResourceReference><Type>FrontCoverImage</Type>
          <ResourceId><ProprietaryId>C1</ProprietaryId></ResourceId><TechnicalDetails><DeliveryFile>
          <File><URI>resources/cover.png</URI>{digest if cover else ""}</File>
          </DeliveryFile></TechnicalDetails></Image>"""
    for number, isrc in enumerate(isrcs, start=1):
        stated = (hashes or {}).get(isrc)
        algorithm = "MD5" if stated and len(stated) == 32 else "SHA-256"
        digest = f"<HashSum><Algorithm>{algorithm}</Algorithm><HashSumValue>{stated}</HashSumValue></HashSum>"
        file = (
            "<TechnicalDetails><DeliveryFile><File>"
            f"<URI>resources/{isrc}.wav</URI>{digest if stated else ''}</File></DeliveryFile></TechnicalDetails>"
        )
        recordings += f"""<SoundRecording><ResourceReference>A{number}</ResourceReference>
          <SoundRecordingEdition><ResourceId><ISRC>{isrc}</ISRC></ResourceId>
            {file if files else ""}</SoundRecordingEdition>
          <DisplayTitleText>{title} {number}</DisplayTitleText>
          <DisplayArtist><ArtistPartyReference>PA</ArtistPartyReference>
            <DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>
          <Contributor><ContributorPartyReference>PA</ContributorPartyReference>
            <Role><Value>Lyricist</Value></Role><AiContribution>{ai}</AiContribution></Contributor></SoundRecording>"""
    group = "".join(
        f"<ResourceGroupContentItem><ReleaseResourceReference>A{n}</ReleaseResourceReference></ResourceGroupContentItem>"
        for n in range(1, len(isrcs) + 1)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
      <ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432" AvsVersionId="9">
      <MessageHeader><MessageThreadId>T1</MessageThreadId><MessageId>{message_id}</MessageId>
        <MessageSender><PartyId>PADPIDA2013042401U</PartyId></MessageSender>
        <MessageCreatedDateTime>{created}</MessageCreatedDateTime>
        <MessageControlType>{control}</MessageControlType></MessageHeader>
      <PartyList><Party><PartyReference>PA</PartyReference><PartyName><FullName>Ada</FullName></PartyName></Party></PartyList>
      <ResourceList>{recordings}{picture}</ResourceList>
      <ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Single</ReleaseType>
        <ReleaseId><ICPN>036000291452</ICPN></ReleaseId><DisplayTitleText>{title}</DisplayTitleText>
        <ResourceGroup>{group}</ResourceGroup></Release></ReleaseList>
      <DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal>{deal}</Deal></ReleaseDeal></DealList>
      </ern:NewReleaseMessage>""".encode()


PURGE = b"""<ern:PurgeReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432"><MessageHeader><MessageId>P1</MessageId>
  <MessageSender><PartyId>PADPIDA2013042401U</PartyId></MessageSender>
  <MessageCreatedDateTime>2026-11-09T10:00:00Z</MessageCreatedDateTime></MessageHeader>
  <PurgedRelease><ReleaseId><ICPN>036000291452</ICPN></ReleaseId></PurgedRelease></ern:PurgeReleaseMessage>"""
BOTH = {"resources/QZEM62600001.wav": AUDIO, "resources/QZEM62600002.wav": OTHER}


def send(caller: Caller, files: dict[str, bytes], place: str = "/v1/deliveries", key: str | None = None) -> Any:
    parts = [("file", (name, content, "application/octet-stream")) for name, content in files.items()]
    headers = caller.headers | ({"Idempotency-Key": key} if key else {})
    return caller.client.post(place, files=parts, headers=headers)


def zipped(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def delivered(caller: Caller, work: Callable[[], int], files: dict[str, bytes]) -> Any:
    answer = send(caller, files)
    assert answer.status_code == 202, answer.text
    work()
    return caller.get(f"/v1/deliveries/{answer.json()['id']}").json()


def live(caller: Caller) -> dict[str, dict[str, Any]]:
    """The caller's tracks that were not withdrawn, whole, by ISRC."""
    items = caller.get("/v1/tracks").json()["items"]
    standing = [item for item in items if item["state"] != TrackState.WITHDRAWN.value]
    found = {item["isrc"]: caller.get(f"/v1/tracks/{item['id']}").json() for item in standing}
    assert len(found) == len(standing), "each recording is there once"
    return found


def test_a_message_with_its_audio_becomes_a_release_with_its_tracks(caller: Caller, work: Callable[[], int]) -> None:
    hashes = {
        "QZEM62600001": hashlib.sha256(AUDIO).hexdigest().upper(),
        "QZEM62600002": hashlib.md5(OTHER).hexdigest(),
    }
    found = delivered(
        caller, work, {"release/message.xml": ern(hashes=hashes)} | {f"release/{n}": c for n, c in BOTH.items()}
    )
    (message,) = found["messages"]
    assert (found["state"], message["state"], message["faults"]) == ("done", "applied", [])
    tracks = live(caller)
    assert message["releases"][0]["tracks"] == {isrc: track["id"] for isrc, track in tracks.items()}
    first = tracks["QZEM62600001"]
    assert first["declaration"]["LYRICS"] == "PARTLY"
    assert first["declaration"]["VOCALS"] == "UNDECLARED"
    assert first["metadata"]["release"]["upc"] == "036000291452"
    assert first["audio"]["sha256"] == hashlib.sha256(AUDIO).hexdigest()
    assert caller.get("/v1/releases").json()["items"][0]["upc"] == "036000291452"


def test_missing_audio_is_waited_for_and_nothing_is_half_applied(caller: Caller, work: Callable[[], int]) -> None:
    found = delivered(caller, work, {"m.xml": ern(), "resources/QZEM62600001.wav": AUDIO})
    (message,) = found["messages"]
    assert (found["state"], message["faults"][0]["status"]) == ("waiting", "ResourceMissing")
    assert message["faults"][0]["file"] == "resources/QZEM62600002.wav"
    assert live(caller) == {}
    place = f"/v1/deliveries/{found['id']}"
    assert send(caller, {"QZEM62600002.wav": OTHER}, f"{place}/files").status_code == 202
    work()
    assert caller.get(place).json()["state"] == "done"
    assert set(live(caller)) == {"QZEM62600001", "QZEM62600002"}


def test_a_resumable_upload_brings_what_is_missing(caller: Caller, work: Callable[[], int]) -> None:
    import base64

    found = delivered(caller, work, {"m.xml": ern(isrcs=("QZEM62600001",))})
    pairs = {"filename": "resources/QZEM62600001.wav", "delivery": found["id"]}
    said = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    headers = caller.headers | {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(AUDIO)),
        "Upload-Metadata": said,
        "Content-Type": "application/offset+octet-stream",
    }
    assert caller.client.post("/v1/uploads", content=AUDIO, headers=headers).status_code == 201
    work()
    assert caller.get(f"/v1/deliveries/{found['id']}").json()["state"] == "done"
    assert live(caller)["QZEM62600001"]["audio"]["size_bytes"] == len(AUDIO)


def test_a_wrong_hash_sum_is_waited_out_and_told(caller: Caller, work: Callable[[], int]) -> None:
    right = hashlib.sha256(OTHER).hexdigest()
    message = ern(isrcs=("QZEM62600001",), hashes={"QZEM62600001": right})
    found = delivered(caller, work, {"m.xml": message, "resources/QZEM62600001.wav": AUDIO})
    assert found["messages"][0]["faults"][0]["status"] == "SignatureOrHashSumWrongOrMissing"
    assert live(caller) == {}
    send(caller, {"resources/QZEM62600001.wav": OTHER}, f"/v1/deliveries/{found['id']}/files")
    work()
    assert live(caller)["QZEM62600001"]["audio"]["sha256"] == right


def test_updates_apply_in_the_order_of_their_making(caller: Caller, work: Callable[[], int]) -> None:
    """Sent in one zip in the wrong order, and an older one once more afterwards."""
    old = ern("M1", title="Old")
    new = ern("M2", title="New", created="2026-11-02T10:00:00Z", isrcs=("QZEM62600001",), ai="None", files=False)
    found = delivered(caller, work, {"batch.zip": zipped({"1_new.xml": new, "2_old.xml": old} | BOTH)})
    assert {each["message_id"]: each["state"] for each in found["messages"]} == {"M1": "applied", "M2": "applied"}
    tracks = live(caller)
    assert [track["title"] for track in tracks.values()] == ["New 1"], "what the update lacks is withdrawn"
    assert (tracks["QZEM62600001"]["revision"], tracks["QZEM62600001"]["declaration"]["LYRICS"]) == (2, "NONE")
    late = delivered(caller, work, {"m.xml": ern("M0", title="Oldest", created="2026-10-01T10:00:00Z")} | BOTH)
    assert late["messages"][0]["state"] == "superseded"
    assert [track["title"] for track in live(caller).values()] == ["New 1"]


def test_the_same_message_twice_changes_nothing(caller: Caller, work: Callable[[], int]) -> None:
    delivered(caller, work, {"m.xml": ern()} | BOTH)
    before = live(caller)
    again = delivered(caller, work, {"m.xml": ern()} | BOTH)
    assert again["messages"][0]["state"] == "duplicate"
    assert live(caller) == before
    same = delivered(caller, work, {"m.xml": ern("M9", created="2026-11-09T10:00:00Z")} | BOTH)
    assert same["messages"][0]["state"] == "applied"
    assert [track["revision"] for track in live(caller).values()] == [1, 1], "and the same content is no revision"


def test_a_resent_message_brings_the_audio_that_the_first_lacked(caller: Caller, work: Callable[[], int]) -> None:
    first = delivered(caller, work, {"m.xml": ern()})
    delivered(caller, work, {"m.xml": ern()} | BOTH)
    work()
    assert caller.get(f"/v1/deliveries/{first['id']}").json()["state"] == "done"
    assert len(live(caller)) == 2


def test_a_takedown_withdraws_and_a_return_needs_no_audio(caller: Caller, work: Callable[[], int]) -> None:
    delivered(caller, work, {"m.xml": ern()} | BOTH)
    ended = "<DealTerms><ValidityPeriod><EndDate>2026-11-02</EndDate></ValidityPeriod></DealTerms>"
    down = delivered(caller, work, {"m.xml": ern("M2", created="2026-11-03T10:00:00Z", deal=ended, files=False)})
    assert down["messages"][0]["releases"][0]["taken_down"]
    assert live(caller) == {}
    delivered(caller, work, {"m.xml": ern("M3", created="2026-11-04T10:00:00Z", files=False)})
    assert {track["revision"] for track in live(caller).values()} == {1}
    delivered(caller, work, {"m.xml": PURGE})
    assert live(caller) == {}


def test_a_new_release_without_deals_is_told_so(caller: Caller, work: Callable[[], int]) -> None:
    message = ern().replace(b"DealList>", b"Nothing>")
    found = delivered(caller, work, {"m.xml": message} | BOTH)
    assert (found["state"], found["messages"][0]["faults"][0]["status"]) == ("refused", "NoDealInNewReleaseMessage")
    delivered(caller, work, {"m.xml": ern()} | BOTH)
    assert len(live(caller)) == 2, "the same message with its deals is taken"
    gone = ern("M2", created="2026-11-03T10:00:00Z").replace(b"DealList>", b"Nothing>")
    assert delivered(caller, work, {"m.xml": gone})["messages"][0]["state"] == "applied"
    assert live(caller) == {}


def test_a_test_message_makes_nothing(caller: Caller, work: Callable[[], int]) -> None:
    found = delivered(caller, work, {"m.xml": ern(control="TestMessage")} | BOTH)
    assert (found["state"], found["messages"][0]["state"]) == ("done", "test")
    assert live(caller) == {}


def test_a_worker_that_dies_half_way_leaves_nothing_half_done(
    caller: Caller, work: Callable[[], int], monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    """Killed after the first of two tracks was written: the next worker finds the message as it was."""
    made = 0
    accept = Tracks.accept

    def dies(self: Tracks, **said: Any) -> Any:
        nonlocal made
        made += 1
        if made == 2:
            raise SystemExit
        return accept(self, **said)

    monkeypatch.setattr(Tracks, "accept", dies)
    answer = send(caller, {"m.xml": ern()} | BOTH)
    with pytest.raises(SystemExit):
        work()
    assert live(caller) == {}
    monkeypatch.undo()
    from datetime import timedelta

    from service.store.clock import utc_now
    from service.store.jobs import Jobs

    with backend.database.write() as session:
        Jobs(session).release_expired(utc_now() + timedelta(hours=1))
    work()
    assert len(live(caller)) == 2
    assert caller.get(f"/v1/deliveries/{answer.json()['id']}").json()["state"] == "done"


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.jsonl"])
def test_a_spreadsheet_with_its_audio(caller: Caller, work: Callable[[], int], name: str) -> None:
    rows = {
        "manifest.csv": "file,title,artists,isrc,declared_ai.VOCALS\na.wav,One,Ada;Bo,QZEM62600001,ALL\n"
        "b.wav,Two,Ada,QZEM62600002,\nc.wav,,Ada,,\n",
        "manifest.jsonl": '{"file": "a.wav", "title": "One", "artists": [{"name": "Ada"}], "isrc": "QZEM62600001", '
        '"declared_ai": {"VOCALS": "ALL"}}\n{"file": "b.wav", "title": "Two", "artists": [{"name": "Ada"}], '
        '"isrc": "QZEM62600002"}\n{"file": "c.wav", "title": "", "artists": [{"name": "Ada"}]}\n',
    }[name]
    found = delivered(caller, work, {name: rows.encode(), "a.wav": AUDIO})
    assert [bool(row["track_id"]) for row in found["rows"]] == [True, False, False]
    assert [row["fault"] and row["fault"]["status"] for row in found["rows"]] == [
        None, "ResourceMissing", "MetadataMissing",
    ]  # fmt: skip
    send(caller, {"b.wav": OTHER}, f"/v1/deliveries/{found['id']}/files")
    work()
    tracks = live(caller)
    assert set(tracks) == {"QZEM62600001", "QZEM62600002"}
    assert tracks["QZEM62600001"]["declaration"]["VOCALS"] == "ALL"


def test_the_same_request_is_done_once(caller: Caller, work: Callable[[], int]) -> None:
    first = send(caller, {"m.xml": ern()} | BOTH, key="k")
    again = send(caller, {"m.xml": ern()} | BOTH, key="k")
    assert first.json() == again.json()
    assert send(caller, {"m.xml": ern("M2")} | BOTH, key="k").status_code == 422
    assert work() == 1


def test_a_delivery_is_nobody_elses(caller: Caller, stranger: Caller, work: Callable[[], int]) -> None:
    found = delivered(caller, work, {"m.xml": ern()})
    place = f"/v1/deliveries/{found['id']}"
    assert send(stranger, BOTH, f"{place}/files").status_code == 404
    assert stranger.get(place).status_code == stranger.get(f"{place}/acknowledgement").status_code == 404
    assert stranger.get("/v1/deliveries").json()["items"] == []
    own = delivered(stranger, work, {"m.xml": ern()} | BOTH)
    assert own["messages"][0]["state"] == "applied", "another tenant's message of the same id is another message"
    assert live(caller) == {}


def test_the_acknowledgement_says_what_became_of_each_message(caller: Caller, work: Callable[[], int]) -> None:
    found = delivered(caller, work, {"m.xml": ern(), "resources/QZEM62600001.wav": AUDIO})
    answer = caller.get(f"/v1/deliveries/{found['id']}/acknowledgement")
    root = etree.fromstring(answer.content)
    assert etree.QName(root).namespace == "http://ddex.net/xml/ern-c-sftp/18"
    assert root.findtext("ReleaseStatus/ReleaseId/ICPN") == "036000291452" or root.findtext(".//ProprietaryId")
    assert root.findtext("ReleaseStatus/ReleaseStatus") == "ProcessingErrorAtReleaseDistributor"
    assert root.findtext("ReleaseStatus/ProposedActionType") == "ResendXmlAndResources"
    assert root.findtext("ReleaseStatus/AffectedResource/ISRC") == "QZEM62600002"
    assert root.findtext("ReleaseStatus/Acknowledgement/MessageStatus/Status") == "ResourceMissing"
    send(caller, {"QZEM62600002.wav": OTHER}, f"/v1/deliveries/{found['id']}/files")
    work()
    root = etree.fromstring(caller.get(f"/v1/deliveries/{found['id']}/acknowledgement").content)
    assert root.findtext("ReleaseStatus/ReleaseStatus") == "SuccessfullyIngestedByReleaseDistributor"
    assert root.findtext("ReleaseStatus/Acknowledgement/MessageStatus/Status") == "FileOK"


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
ROOT = b'<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432">'
HOSTILE: list[tuple[dict[str, bytes], str]] = [
    ({"m.xml": BOMB}, "invalid-message"),
    ({"m.xml": EXTERNAL}, "invalid-message"),
    ({"m.xml": ROOT + b"<a>" * 5000}, "invalid-message"),
    ({"m.xml": b""}, "invalid-message"),
    ({"m.xml": b"\xff\xfe" + ROOT}, "invalid-message"),
    ({"m.xml": b'<?xml version="1.0" encoding="UTF-7"?>' + ROOT + b"</ern:NewReleaseMessage>"}, "invalid-message"),
    ({"m.xml": ROOT + b"</ern:NewReleaseMessage>"}, "invalid-message"),
    ({"m.xml": b"<html/>"}, "invalid-message"),
    ({"../../m.xml": ern()}, "invalid-batch"),
    ({"/etc/m.xml": ern()}, "invalid-batch"),
    ({"batch.zip": b"PK no zip"}, "invalid-batch"),
    ({"batch.zip": zipped({"../../etc/passwd": b"x"})}, "invalid-batch"),
    ({"batch.zip": zipped({"C:\\x.xml": b"x"})}, "invalid-batch"),
    ({"batch.zip": zipped({"a/b\x1f.xml": b"x"})}, "invalid-batch"),
    ({"batch.zip": zipped({"zeros.wav": b"\0" * 80_000_000})}, "invalid-batch"),
    ({"batch.zip": zipped({"/".join("a" * 20): b"x"})}, "invalid-batch"),
    ({"batch.zip": zipped({"m.xml": BOMB})}, "invalid-message"),
    ({"batch.zip": zipped({"m.xml": ern()})[:-30]}, "invalid-batch"),
]


@pytest.mark.parametrize(("files", "problem"), HOSTILE, ids=lambda value: None)
def test_what_is_hostile_is_refused_and_leaves_nothing(
    caller: Caller, backend: Backend, work: Callable[[], int], files: dict[str, bytes], problem: str
) -> None:
    answer = send(caller, files)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}"), answer.text
    assert caller.get("/v1/deliveries").json()["items"] == []
    assert not list((backend.settings.data_dir / "blobs" / "staging").iterdir())
    assert work() == 0


def test_a_message_alone_may_be_the_body(caller: Caller, work: Callable[[], int]) -> None:
    headers = caller.headers | {"Content-Type": "application/xml"}
    assert caller.client.post("/v1/deliveries", content=ern(), headers=headers).status_code == 202
    refused = caller.client.post(
        "/v1/deliveries", content=b"x", headers=caller.headers | {"Content-Type": "text/plain"}
    )
    assert refused.status_code == 415
    assert work() == 1
