"""Watched folders on a disk and in a bucket: taken whole, once, and answered; nothing leads out of them."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.deliveries import Deliveries
from service.watching.watcher import Round
from tests.deliveries import tenant
from tests.service.api.caller import AUDIO
from tests.service.api.test_deliveries import BOTH, OTHER, ern, zipped
from tests.service.watching.houses import House, put_batch, status
from workers.lifecycle import Context


def test_a_complete_batch_is_taken_and_acknowledged_in_its_folder(house: House) -> None:
    put_batch(house)
    assert house.watched() == Round(taken=1, answered=1)
    ((row, report),) = house.deliveries()
    assert (row.state.value, row.source) == ("done", f"{house.address}/N_1")
    assert {track.isrc for track in house.tracks()} == {"QZEM62600001", "QZEM62600002"}
    ((name, answer),) = house.answers().items()
    assert name.startswith("N_1/acknowledgements/ACK_2") and name.endswith("_036000291452.xml")
    assert status(answer) == ("SuccessfullyIngestedByReleaseDistributor", ["FileOK"])
    assert report.messages[0].file == "R1/R1.xml"


@pytest.mark.parametrize("house", ["on_disk", "on_postgres", "in_bucket"], indirect=True)
def test_nothing_is_taken_or_answered_twice(house: House) -> None:
    put_batch(house)
    house.watched()
    before = house.got()
    assert house.watched() == Round()
    assert house.got() == before
    assert len(house.deliveries()) == 1


def test_a_batch_waits_for_its_sender_to_say_that_it_is_complete(house: House) -> None:
    put_batch(house, complete=False)
    assert house.watched() == Round()
    assert house.deliveries() == []
    house.put("N_1/BatchComplete_1.xml", b"")
    assert house.watched().taken == 1


def test_release_by_release_a_message_in_the_folder_itself_is_enough(house: House) -> None:
    put_batch(house, "N_036000291452_20261127083000000", files={"036000291452.xml": ern(), **BOTH}, complete=False)
    assert house.watched().taken == 1
    assert len(house.tracks()) == 2


def test_what_is_missing_or_wrong_is_told_and_goes_on_when_it_comes(house: House) -> None:
    right = {"QZEM62600001": hashlib.sha256(AUDIO).hexdigest()}
    put_batch(house, files={"R1/R1.xml": ern(hashes=right), "R1/resources/QZEM62600001.wav": OTHER})
    house.watched()
    (first,) = house.answers().values()
    assert status(first) == (
        "ProcessingErrorAtReleaseDistributor",
        ["SignatureOrHashSumWrongOrMissing", "ResourceMissing"],
    )
    house.put("N_1/R1/resources/QZEM62600002.wav", OTHER)
    house.watched()
    house.put("N_1/R1/resources/QZEM62600001.wav", AUDIO)
    house.watched()
    assert len(house.tracks()) == 2
    said = sorted(house.answers().items())
    assert [status(answer)[1] for _, answer in said] == [
        ["SignatureOrHashSumWrongOrMissing", "ResourceMissing"],
        ["SignatureOrHashSumWrongOrMissing"],
        ["FileOK"],
    ]
    assert len(house.deliveries()) == 1


def test_another_message_under_the_same_name_is_another_message(house: House) -> None:
    put_batch(house, files={"R1/R1.xml": ern("M1"), **{f"R1/{n}": c for n, c in BOTH.items()}})
    house.watched()
    house.put("N_1/R1/R1.xml", ern("M2", created="2026-11-02T10:00:00Z", title="New"))
    assert house.watched().taken == 1
    assert {track.title for track in house.tracks()} == {"New 1", "New 2"}
    assert len(house.answers()) == 2


def test_a_manifest_makes_a_batch_and_gets_a_table_back(house: House) -> None:
    rows = b"file,title,artists\na.wav,Low Water,Ada\nb.wav,High Water,Ada\n=cmd.wav,,Ada\n"
    house.put("monday/manifest.csv", rows)
    house.put("monday/a.wav", AUDIO)
    house.watched()
    house.put("monday/b.wav", OTHER)
    house.watched()
    assert {track.title for track in house.tracks()} == {"Low Water", "High Water"}
    tables = [content.decode().splitlines() for _, content in sorted(house.answers().items())]
    assert [[line.split(",")[2] for line in table[1:]] for table in tables] == [
        ["FileOK", "ResourceMissing", "MetadataMissing"],
        ["FileOK", "FileOK", "MetadataMissing"],
    ]
    assert tables[-1][3].startswith("4,'=cmd.wav,"), "no spreadsheet takes a file's name for a formula"


def test_an_archive_is_a_batch(house: House) -> None:
    house.put("week.zip", zipped({"R1/R1.xml": ern(), **{f"R1/{n}": c for n, c in BOTH.items()}}))
    assert house.watched() == Round(taken=1, answered=1)
    assert len(house.tracks()) == 2
    (name,) = house.answers()
    assert name.startswith("acknowledgements/ACK_")


def test_an_archive_that_leads_out_of_itself_is_refused_and_told(house: House) -> None:
    house.put("slip.zip", zipped({"R1.xml": ern(), "../../outside.xml": b"<x/>"}))
    assert house.watched() == Round(refused=1, answered=1)
    assert house.watched() == Round(), "and told once"
    ((row, report),) = house.deliveries()
    assert row.state.value == "refused"
    assert report.messages[0].faults[0].detail == "../../outside.xml: a file's path must not lead out of the batch"
    ((name, answer),) = house.answers().items()
    assert name.startswith("acknowledgements/") and name.endswith("_slip.xml")
    assert status(answer) == ("ProcessingErrorAtReleaseDistributor", ["NewReleaseMessageInvalid"])
    house.put("slip.zip", zipped({"R1.xml": ern(), **BOTH}))
    house.watched()
    assert len(house.tracks()) == 2, "a sound one in its place is taken"


def test_what_holds_nothing_that_is_understood_is_told(house: House) -> None:
    put_batch(house, files={"notes.txt": b"hello"})
    house.watched()
    (answer,) = house.answers().values()
    assert status(answer)[1] == ["NewReleaseMessageInvalid"]
    assert b"neither an ERN message" in answer


def test_hidden_and_unfinished_files_are_left_alone(house: House) -> None:
    put_batch(house, files={"m.xml": ern(), **BOTH, ".DS_Store": b"x", "more.wav.filepart": b"half"})
    house.watched()
    ((row, _),) = house.deliveries()
    context = Context(house.settings)
    with context.database.read() as session:
        names = {file.name for file in Deliveries(session).files(row.id)}
    context.close()
    assert names == {"m.xml", "BatchComplete_1.xml", *BOTH}


def test_two_tenants_may_have_batches_of_the_same_name(house: House) -> None:
    put_batch(house)
    house.watched()
    context = Context(house.settings)
    with context.database.write() as session:
        other = tenant(session, "Somebody Else").id
    context.close()
    assert house.round(other).taken == 1
    assert len(house.deliveries()) == 1


def test_one_bad_batch_keeps_no_other_waiting(on_disk: House) -> None:
    put_batch(on_disk, "good")
    (on_disk.folder / os.fsdecode(b"bad\xff")).mkdir()
    (on_disk.folder / os.fsdecode(b"bad\xff") / "manifest.csv").write_bytes(b"file\n")
    (on_disk.folder / "worse").mkdir()
    (on_disk.folder / "worse" / os.fsdecode(b"x\xff.xml")).write_bytes(b"<x/>")
    assert on_disk.watched() == Round(taken=1, refused=1, answered=2, troubled=1)
    assert len(on_disk.tracks()) == 2


@pytest.mark.parametrize("what", ["file", "folder", "pipe"])
def test_links_and_pipes_are_refused_and_named(on_disk: House, tmp_path: Path, what: str) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(AUDIO)
    put_batch(on_disk, files={"m.xml": ern(isrcs=("QZEM62600001",))}, complete=False)
    place = on_disk.folder / "N_1" / "resources"
    if what == "folder":
        (tmp_path / "elsewhere").mkdir()
        secret.rename(tmp_path / "elsewhere" / "QZEM62600001.wav")
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        link = place / "QZEM62600001.wav"
        link.symlink_to(secret) if what == "file" else os.mkfifo(link)
    on_disk.put("N_1/BatchComplete_1.xml", b"")
    assert on_disk.watched().refused == 1
    assert on_disk.tracks() == []
    ((_, report),) = on_disk.deliveries()
    expected = "only plain files are allowed" if what == "pipe" else "links are not allowed"
    assert expected in report.messages[0].faults[0].detail


def test_a_batch_that_is_a_link_is_no_batch(on_disk: House, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "m.xml").write_bytes(ern())
    (on_disk.folder / "N_1").symlink_to(tmp_path / "elsewhere")
    assert on_disk.watched() == Round()


def test_a_link_in_place_of_the_answers_leads_nowhere(on_disk: House, tmp_path: Path) -> None:
    put_batch(on_disk)
    (tmp_path / "elsewhere").mkdir()
    (on_disk.folder / "N_1" / "acknowledgements").symlink_to(tmp_path / "elsewhere")
    on_disk.round()
    on_disk.work()
    assert on_disk.round().troubled == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert len(on_disk.tracks()) == 2, "and the batch is taken all the same"


def test_a_file_that_is_still_written_is_not_taken(on_disk: House) -> None:
    on_disk.settle_s = 60
    on_disk.put("now/manifest.csv", b"file,title,artists\na.wav,Low Water,Ada\n")
    assert on_disk.watched() == Round()
    on_disk.ahead_s = 100
    assert on_disk.watched().taken == 1
    on_disk.ahead_s = 0
    on_disk.put("now/a.wav", AUDIO)
    os.utime(on_disk.folder / "now/a.wav", (1, 1))
    assert on_disk.watched().taken == 0, "a time of writing that was set back says nothing"
    assert on_disk.tracks() == []
    on_disk.ahead_s = 100
    assert on_disk.watched().taken == 1
    assert [track.audio_sha256 for track in on_disk.tracks()] == [hashlib.sha256(AUDIO).hexdigest()]


def test_too_many_files_and_too_large_batches_are_refused(on_disk: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.watching.watcher.MAX_FILES", 2)
    put_batch(on_disk)
    assert on_disk.watched().refused == 1
    monkeypatch.undo()
    on_disk.settings = on_disk.settings.model_copy(update={"max_upload_bytes": 10})
    put_batch(on_disk, "N_2")
    assert on_disk.watched().refused >= 1
    assert on_disk.tracks() == []


def test_a_batch_that_was_cleared_away_is_not_made_again(on_disk: House) -> None:
    import shutil

    put_batch(on_disk)
    on_disk.round()
    on_disk.work()
    shutil.rmtree(on_disk.folder / "N_1")
    on_disk.round()
    assert list(on_disk.folder.iterdir()) == []


def test_a_bucket_holds_names_that_no_disk_would(in_bucket: House, s3_settings: dict[str, str]) -> None:
    """Keys are any text: those that lead elsewhere must neither be taken nor keep others from being taken."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=s3_settings["storage_endpoint"],
        region_name="us-east-1",
        aws_access_key_id="earmark",
        aws_secret_access_key="earmark",
    )
    bucket = s3_settings["storage_url"].split("/")[2]
    put_batch(in_bucket, "good")
    for key in ("in/bad/../../etc/passwd", "in/bad//manifest.csv", "in/bad2/BatchComplete_\x01.xml", "in/folder/"):
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert in_bucket.watched().taken == 1
    assert len(in_bucket.tracks()) == 2
    told = [
        report.messages[0].faults[0].detail for row, report in in_bucket.deliveries() if row.state.value == "refused"
    ]
    assert any("is no path" in detail for detail in told)


@pytest.mark.usefixtures("zipped_links")
def test_links_in_archives_are_refused(on_disk: House) -> None:
    assert on_disk.watched() == Round(refused=1, answered=1)


@pytest.fixture
def zipped_links(on_disk: House) -> Iterator[None]:
    with zipfile.ZipFile(on_disk.folder / "links.zip", "w") as archive:
        link = zipfile.ZipInfo("resources/a.wav")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("m.xml", ern())
    yield
