"""Tags of WAV and AIFF files: RIFF INFO lists, broadcast extension, AIFF annotations, and ID3 chunks in both."""

from collections.abc import Iterator
from typing import BinaryIO, Literal

from classifiers.provenance.fields import MAX_FIELD_BYTES, MAX_FIELDS, Field, FieldKind, decoded
from classifiers.provenance.id3 import id3v2_fields

_INFO = {
    b"ICMT": FieldKind.COMMENT, b"ISBJ": FieldKind.COMMENT, b"ISFT": FieldKind.ENCODER, b"ITCH": FieldKind.ENCODER,
    b"IENC": FieldKind.ENCODER, b"IURL": FieldKind.URL, b"IWEB": FieldKind.URL,
}  # fmt: skip


def wav_fields(file: BinaryIO, size: int) -> Iterator[Field]:
    """Fields of a RIFF/WAVE file."""
    for name, start, length in _chunks(file, 12, size, "little"):
        if name == b"LIST":
            yield from _info(file, start, min(length, size - start))
        elif name.lower() == b"id3 ":
            yield from id3v2_fields(file, start)
        elif name == b"bext":
            file.seek(start)
            text = file.read(min(length, 288))
            yield Field(FieldKind.COMMENT, "BWF description", decoded(text[:256].split(b"\0", 1)[0]))
            yield Field(FieldKind.ENCODER, "BWF originator", decoded(text[256:288].split(b"\0", 1)[0]))
        elif name == b"_PMX":
            yield Field(FieldKind.USER, "RIFF XMP", _text(file, start, length), "xmp")


def _info(file: BinaryIO, start: int, length: int) -> Iterator[Field]:
    file.seek(start)
    if file.read(4) != b"INFO":
        return
    for name, first, size in _chunks(file, start + 4, start + length, "little"):
        if name in _INFO:
            yield Field(_INFO[name], f"RIFF INFO {name.decode('latin-1')}", _text(file, first, size))


def aiff_fields(file: BinaryIO, size: int) -> Iterator[Field]:
    """Fields of an AIFF or AIFF-C file."""
    for name, start, length in _chunks(file, 12, size, "big"):
        if name == b"ANNO":
            yield Field(FieldKind.COMMENT, "AIFF ANNO", _text(file, start, length))
        elif name.upper() == b"ID3 ":
            yield from id3v2_fields(file, start)


def _text(file: BinaryIO, start: int, length: int) -> str:
    file.seek(start)
    return decoded(file.read(min(length, MAX_FIELD_BYTES))).split("\0", 1)[0]


def _chunks(file: BinaryIO, start: int, end: int, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and length of each chunk; a chunk may promise more than there is."""
    for _ in range(MAX_FIELDS):
        file.seek(start)
        head = file.read(8)
        if len(head) < 8 or start + 8 > end:
            return
        length = int.from_bytes(head[4:], order)
        yield head[:4], start + 8, length
        start += 8 + length + (length & 1)
