"""Tags of MP4 and M4A files: the ``ilst`` atom, with its iTunes comments, encoder and free-form fields."""

from collections.abc import Iterator
from typing import BinaryIO

from classifiers.provenance.fields import MAX_FIELD_BYTES, MAX_FIELDS, Field, FieldKind, decoded

_ATOMS = {
    b"\xa9cmt": FieldKind.COMMENT, b"desc": FieldKind.COMMENT, b"ldes": FieldKind.COMMENT,
    b"\xa9des": FieldKind.COMMENT, b"\xa9too": FieldKind.ENCODER, b"\xa9enc": FieldKind.ENCODER,
    b"\xa9url": FieldKind.URL, b"purl": FieldKind.URL,
}  # fmt: skip
_PATH = (b"moov", b"udta", b"meta", b"ilst")


def mp4_fields(file: BinaryIO, size: int) -> Iterator[Field]:
    """Fields of the first ``moov/udta/meta/ilst`` of a file."""
    start, end = 0, size
    for name in _PATH:
        found = next((atom for atom in _atoms(file, start, end) if atom[0] == name), None)
        if found is None:
            return
        start, end = found[1], found[2]
        if name == b"meta":
            start += 4  # version and flags
    for name, first, last in _atoms(file, start, end):
        if name in _ATOMS:
            yield Field(_ATOMS[name], f"MP4 {name.decode('latin-1')}", _data(file, first, last))
        elif name == b"----":
            names = [_read(file, begin + 4, stop) for part, begin, stop in _atoms(file, first, last) if part == b"name"]
            label = decoded(b"".join(names))
            yield Field(FieldKind.USER, f"MP4 {label[:60]}", _data(file, first, last), label.lower())


def _data(file: BinaryIO, start: int, end: int) -> str:
    return " ".join(
        decoded(_read(file, first + 8, last)) for name, first, last in _atoms(file, start, end) if name == b"data"
    )


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(max(0, min(end - start, MAX_FIELD_BYTES)))


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each atom in a stretch; stops at the first that does not fit."""
    for _ in range(MAX_FIELDS):
        file.seek(start)
        head = file.read(16)
        if len(head) < 8 or start + 8 > end:
            return
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            return
        yield head[4:8], start + header, start + size
        start += size
