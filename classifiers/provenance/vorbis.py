"""Vorbis comments in FLAC, Ogg Vorbis and Opus files."""

from collections.abc import Iterator
from typing import BinaryIO

from classifiers.provenance.fields import MAX_FIELD_BYTES, MAX_FIELDS, Field, FieldKind, decoded

_NAMES = {
    "comment": FieldKind.COMMENT, "comments": FieldKind.COMMENT, "description": FieldKind.COMMENT,
    "encoder": FieldKind.ENCODER, "encoded_by": FieldKind.ENCODER, "encoded-by": FieldKind.ENCODER,
    "encoding": FieldKind.ENCODER, "software": FieldKind.ENCODER, "url": FieldKind.URL, "contact": FieldKind.URL,
    "website": FieldKind.URL, "woas": FieldKind.URL, "source": FieldKind.URL, "purl": FieldKind.URL,
}  # fmt: skip
_SAYS_ANYTHING = ("title", "artist", "album", "lyric", "picture", "performer", "composer", "genre", "version")
_MAX_PACKET = 1 << 23
_MAX_PAGES = 4_000


def flac_fields(file: BinaryIO, start: int) -> Iterator[Field]:
    """Fields of a FLAC stream whose ``fLaC`` stands at ``start``."""
    file.seek(start + 4)
    for _ in range(128):
        head = file.read(4)
        if len(head) < 4:
            return
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 4:
            yield from comment_fields(file.read(size), "FLAC")
        else:
            file.seek(size, 1)
        if head[0] & 0x80:
            return


def ogg_fields(file: BinaryIO) -> Iterator[Field]:
    """Fields of the first stream of an Ogg file: its second packet."""
    packet = _second_packet(file)
    for mark in (b"\x03vorbis", b"OpusTags"):
        if packet.startswith(mark):
            yield from comment_fields(packet[len(mark) :], "Ogg")


def _second_packet(file: BinaryIO) -> bytes:
    file.seek(0)
    serial, index, packet = b"", 0, bytearray()
    for _ in range(_MAX_PAGES):
        head = file.read(27)
        if len(head) < 27 or head[:4] != b"OggS":
            return bytes(packet)
        lacing = file.read(head[26])
        body = file.read(sum(lacing))
        serial = serial or head[14:18]
        if head[14:18] != serial:
            continue
        position = 0
        for length in lacing:
            if index == 1:
                packet += body[position : position + length]
            position += length
            if length < 255:
                index += 1
            if index > 1 or len(packet) > _MAX_PACKET:
                return bytes(packet)
    return bytes(packet)


def comment_fields(data: bytes, container: str) -> Iterator[Field]:
    """Fields of a Vorbis comment header (vendor string, then ``NAME=value`` pairs); stops where it breaks off."""
    vendor_length = int.from_bytes(data[:4], "little")
    yield Field(FieldKind.ENCODER, f"{container} vendor", decoded(data[4 : 4 + vendor_length]))
    position = 8 + vendor_length
    for _ in range(MAX_FIELDS):
        length = int.from_bytes(data[position : position + 4], "little")
        if position + 4 > len(data) or length == 0:
            return
        entry = data[position + 4 : position + 4 + min(length, MAX_FIELD_BYTES)]
        position += 4 + length
        name, equals, value = entry.partition(b"=")
        label = decoded(name[:100]).lower()
        if equals and not any(word in label for word in _SAYS_ANYTHING):
            yield Field(_NAMES.get(label, FieldKind.USER), f"{container} {label.upper()}", decoded(value), label)
