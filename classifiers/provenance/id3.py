"""ID3v2 tags (2.2, 2.3, 2.4) and the comment of ID3v1: comments, encoder settings, links and user-defined fields.

Frames are walked by their headers; pictures and everything else that is not wanted is passed over unread. Compressed
and encrypted frames are left alone: nothing is ever inflated.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from classifiers.provenance.fields import MAX_FIELD_BYTES, MAX_FIELDS, Field, FieldKind, decoded

_FRAMES = {
    "COMM": FieldKind.COMMENT, "COM": FieldKind.COMMENT, "TSSE": FieldKind.ENCODER, "TSS": FieldKind.ENCODER,
    "TENC": FieldKind.ENCODER, "TEN": FieldKind.ENCODER, "TXXX": FieldKind.USER, "TXX": FieldKind.USER,
    "WOAS": FieldKind.URL, "WAS": FieldKind.URL, "WOAF": FieldKind.URL, "WAF": FieldKind.URL,
    "WOAR": FieldKind.URL, "WAR": FieldKind.URL, "WXXX": FieldKind.URL, "WXX": FieldKind.URL,
    "WCOM": FieldKind.URL, "WCM": FieldKind.URL,
}  # fmt: skip
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_MAX_UNSYNCHRONISED = 1 << 22


def id3v2_fields(file: BinaryIO, start: int) -> Iterator[Field]:
    """Fields of the tag that begins at ``start``; nothing where there is none."""
    file.seek(start)
    head = file.read(10)
    if len(head) < 10 or head[:3] != b"ID3" or head[3] not in (2, 3, 4):
        return
    version, flags = head[3], head[5]
    position, end = start + 10, start + 10 + _syncsafe(head[6:10])
    if flags & 0x80 and version < 4:  # the whole tag is unsynchronised: its sizes count what is there afterwards
        body = file.read(min(end - position, _MAX_UNSYNCHRONISED)).replace(b"\xff\x00", b"\xff")
        file, position, end = BytesIO(body), 0, len(body)
    if flags & 0x40 and version > 2:
        position += _extended_header(file, position, version)
    yield from _frames(file, position, end, version)


def _extended_header(file: BinaryIO, position: int, version: int) -> int:
    file.seek(position)
    size = file.read(4)
    return _syncsafe(size) if version == 4 else int.from_bytes(size, "big") + 4


def _frames(file: BinaryIO, position: int, end: int, version: int) -> Iterator[Field]:
    name_length, head_length = (3, 6) if version == 2 else (4, 10)
    for _ in range(MAX_FIELDS):
        file.seek(position)
        head = file.read(head_length)
        name = head[:name_length].decode("latin-1")
        if len(head) < head_length or not name.strip("\0") or position + head_length > end:
            return
        size = _syncsafe(head[4:8]) if version == 4 else int.from_bytes(head[name_length : 2 * name_length], "big")
        position += head_length + size
        packed = version > 2 and head[9] & (0x0C if version == 4 else 0xC0)
        kind = _FRAMES.get(name)
        if kind and not packed and 0 < size <= MAX_FIELD_BYTES:
            data = file.read(size)
            if version == 4 and head[9] & 0x02:
                data = data.replace(b"\xff\x00", b"\xff")
            if version == 4 and head[9] & 0x01:
                data = data[4:]
            yield from _field(name, kind, data)


def _field(name: str, kind: FieldKind, data: bytes) -> Iterator[Field]:
    location = f"ID3 {name}"
    if name[0] == "W" and not name.startswith("WX"):
        yield Field(kind, location, decoded(data.split(b"\0", 1)[0]))
        return
    encoding, body = _ENCODINGS.get(data[0]), data[1:]
    if encoding is None:
        return
    if name.startswith("COM"):
        _, text = _split(body[3:], encoding)
        yield Field(kind, location, text)
    elif name.startswith("TX"):
        label, text = _split(body, encoding)
        yield Field(kind, location, text, label)
    elif name.startswith("WX"):
        width = 2 if encoding.startswith("utf-16") else 1
        end = _terminator(body, width)
        yield Field(kind, location, decoded(body[end + width :]))
    else:
        yield Field(kind, location, body.decode(encoding, "replace").replace("\0", " "))


def _split(body: bytes, encoding: str) -> tuple[str, str]:
    """The two strings of a frame that holds a description and a text."""
    width = 2 if encoding.startswith("utf-16") else 1
    end = _terminator(body, width)
    first, second = body[:end], body[end + width :]
    return first.decode(encoding, "replace"), second.decode(encoding, "replace").replace("\0", " ").strip()


def _terminator(body: bytes, width: int) -> int:
    for position in range(0, len(body) - width + 1, width):
        if not any(body[position : position + width]):
            return position
    return len(body)


def _syncsafe(data: bytes) -> int:
    size = 0
    for byte in data:
        size = size << 7 | byte & 0x7F
    return size


def id3v1_fields(file: BinaryIO, size: int) -> Iterator[Field]:
    """The comment of an ID3v1 tag, the last 128 bytes of a file: thirty characters, so cut off in most cases."""
    file.seek(max(0, size - 128))
    tag = file.read(128)
    if len(tag) == 128 and tag[:3] == b"TAG":
        yield Field(FieldKind.COMMENT, "ID3v1 comment", decoded(tag[97:127].split(b"\0", 1)[0]))
