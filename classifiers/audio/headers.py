"""What a file's own header promises, read without decoding: to tell a broken-off file from a lie.

FFmpeg quietly corrects a WAV header that announces more than the file holds; a sender should be told instead.
"""

import os
from dataclasses import dataclass
from pathlib import Path

MAX_CHUNKS = 1_000
"""Chunks looked at before the search ends: a file of empty chunks must not keep us."""


@dataclass(frozen=True)
class Announced:
    """Bytes of PCM that a RIFF/WAVE header announces, bytes that the file has left for them, and bytes a second."""

    announced_bytes: int
    present_bytes: int
    bytes_per_s: int

    @property
    def announced_s(self) -> float:
        return self.announced_bytes / self.bytes_per_s if self.bytes_per_s else float("inf")

    @property
    def present_s(self) -> float:
        return self.present_bytes / self.bytes_per_s if self.bytes_per_s else 0.0


def wav_announcement(path: Path) -> Announced | None:
    """The promise of a RIFF/WAVE file's ``data`` chunk; None for other files and for a header without one.

    A size of 0xFFFFFFFF, which some tools write when they stream to a pipe, is a promise of 4 GB like any other.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(4) != b"RIFF" or len(file.read(4)) < 4 or file.read(4) != b"WAVE":
            return None
        rate = 0
        for _ in range(MAX_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                return None
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                return Announced(length, max(0, size - file.tell()), rate)
            if head[:4] == b"fmt ":
                rate = int.from_bytes(file.read(12)[8:12], "little")
                file.seek(length - 12, 1)
            else:
                file.seek(length, 1)
            file.seek(length & 1, 1)
    return None


def length_is_estimated(path: Path) -> bool:
    """Whether a decoder can only guess the length: MPEG audio and ADTS streams without a Xing, Info or VBRI header.

    FFmpeg then divides the file's size by the bit rate of the first frames, which is far off for a variable rate.
    """
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            size = 0
            for byte in head[6:10]:
                size = size << 7 | byte & 0x7F
            file.seek(size, 1)
            head = file.read(10)
        if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
            return False
        first_frame = file.read(4096)
    return not any(mark in first_frame for mark in (b"Xing", b"Info", b"VBRI"))


def ogg_lacks_end(path: Path) -> bool:
    """Whether an Ogg file stops before the page that is marked as its last (RFC 3533, header_type 0x04)."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - (1 << 17)))
        tail = file.read()
    last = tail.rfind(b"OggS")
    return last < 0 or last + 6 > len(tail) or not tail[last + 5] & 4
