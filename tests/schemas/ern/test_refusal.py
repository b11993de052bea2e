"""What is no acceptable ERN message is refused with one reason, however it was made."""

import io

import pytest

from schemas.ern import hardened
from schemas.ern.read import read_message
from schemas.ern.refusal import MessageRefused, RefusalReason
from tests.schemas.ern.messages import message

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>"""
ROOT = b'<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/432">'
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", RefusalReason.EMPTY),
        (b"not xml", RefusalReason.MALFORMED),
        (message()[:-20], RefusalReason.MALFORMED),
        (message().replace(b'"UTF-8"', b'"KLINGON-8"'), RefusalReason.MALFORMED),
        (message().replace(b"Low Water", b"Low \xff Water"), RefusalReason.MALFORMED),
        (BOMB, RefusalReason.DTD),
        (EXTERNAL, RefusalReason.DTD),
        (ROOT + b"<a>" * 5_000, RefusalReason.TOO_DEEP),
        (b"<html/>", RefusalReason.NOT_ERN),
        (message(version="37"), RefusalReason.UNSUPPORTED_VERSION),
        (message().replace(b"NewReleaseMessage", b"CatalogListMessage"), RefusalReason.UNSUPPORTED_MESSAGE),
        (message(header=""), RefusalReason.NO_HEADER),
        (message(header="<MessageHeader></MessageHeader>"), RefusalReason.NO_MESSAGE_ID),
    ],
)
def test_each_kind_of_wrong_message_has_its_reason(content, reason):
    with pytest.raises(MessageRefused) as refused:
        read_message(io.BytesIO(content))
    assert refused.value.reason is reason
    assert refused.value.detail


def test_too_many_elements_are_counted_as_they_come(monkeypatch):
    monkeypatch.setattr(hardened, "MAX_ELEMENTS", 1_000)
    with pytest.raises(MessageRefused) as refused:
        read_message(io.BytesIO(ROOT + b"<b/>" * 1_001))
    assert refused.value.reason is RefusalReason.TOO_MANY_ELEMENTS


def test_more_recordings_than_any_release_has_are_refused(monkeypatch):
    monkeypatch.setattr(hardened, "MAX_RECORDINGS", 5)
    with pytest.raises(MessageRefused, match="more than 5 sound recordings"):
        read_message(io.BytesIO(ROOT + b"<SoundRecording/>" * 6))


def test_a_message_over_the_limit_is_refused_before_it_is_read_whole(monkeypatch):
    monkeypatch.setattr(hardened, "MAX_BYTES", 1_000_000)
    stream = io.BytesIO(ROOT + b" " * 10_000_000)
    with pytest.raises(MessageRefused) as refused:
        read_message(stream)
    assert refused.value.reason is RefusalReason.TOO_LARGE
    assert stream.tell() < 2_000_000
