"""``earmark ern ack``: what a receiver would say of messages as they lie on the disk."""

import hashlib
from pathlib import Path

from lxml import etree
from typer.testing import CliRunner

from service.cli import app, register_commands
from tests.service.api.caller import AUDIO
from tests.service.api.test_deliveries import ern

if not app.registered_groups:
    register_commands(app)


def acknowledge(*paths: Path) -> tuple[int, etree._Element]:
    ran = CliRunner().invoke(app, ["ern", "ack", *map(str, paths), "--sender", "PADPIDA2009101501Y"])
    return ran.exit_code, etree.fromstring(ran.stdout_bytes)


def test_a_message_with_its_files_is_all_right(tmp_path: Path) -> None:
    hashes = {"QZEM62600001": hashlib.sha256(AUDIO).hexdigest()}
    (tmp_path / "m.xml").write_bytes(ern(isrcs=("QZEM62600001",), hashes=hashes))
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "QZEM62600001.wav").write_bytes(AUDIO)
    code, root = acknowledge(tmp_path / "m.xml")
    assert (code, root.findtext(".//MessageStatus/Status")) == (0, "FileOK")
    assert root.findtext("MessageHeader/MessageSender/PartyId") == "PADPIDA2009101501Y"
    assert root.findtext("MessageHeader/MessageRecipient/PartyId") == "PADPIDA2013042401U"
    assert root.findtext("ReleaseStatus/ReleaseId/ICPN") == "036000291452"


def test_what_is_missing_wrong_or_unreadable_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.xml").write_bytes(ern(hashes={"QZEM62600001": "0" * 64}))
    (tmp_path / "QZEM62600001.wav").write_bytes(AUDIO)
    (tmp_path / "bad.xml").write_bytes(b"<html/>")
    code, root = acknowledge(tmp_path / "m.xml", tmp_path / "bad.xml")
    assert code == 1
    assert [status.text for status in root.iter("Status")] == [
        "SignatureOrHashSumWrongOrMissing", "ResourceMissing", "NewReleaseMessageInvalid",
    ]  # fmt: skip
    assert [isrc.text for isrc in root.iter("ISRC")] == ["QZEM62600001", "QZEM62600002"]


def test_a_cover_that_the_message_names_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "m.xml").write_bytes(ern(isrcs=("QZEM62600001",), cover=hashlib.sha256(b"picture").hexdigest()))
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "QZEM62600001.wav").write_bytes(AUDIO)
    assert acknowledge(tmp_path / "m.xml")[1].findtext(".//MessageStatus/Status") == "ResourceMissing"
    (tmp_path / "resources" / "cover.png").write_bytes(b"picture")
    assert acknowledge(tmp_path / "m.xml")[0] == 0
