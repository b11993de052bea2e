"""Audio files as nobody should send them: truncated, with bits flipped, spliced, with headers that lie, as bombs.

Made from a seed, so that a file that did harm can be made again by its number.
"""

import gzip
import random
import struct
from collections.abc import Callable
from pathlib import Path

from tests.sounds import music, tone, write_audio

Mutation = Callable[[random.Random, list[bytes]], bytes]


def originals(folder: Path) -> dict[str, list[bytes]]:
    """Two short recordings in each format, by suffix."""
    found: dict[str, list[bytes]] = {}
    for suffix in ("wav", "flac", "mp3", "ogg", "opus", "m4a", "aiff"):
        rate = {"bit_rate_kbps": 96} if suffix in ("mp3", "ogg", "opus", "m4a") else {}
        files = [
            write_audio(folder / f"{name}.{suffix}", sound, **rate)
            for name, sound in (("a", music(2.0, seed=1)), ("b", tone(1.5)))
        ]
        found[suffix] = [path.read_bytes() for path in files]
    return found


def truncated(random: random.Random, files: list[bytes]) -> bytes:
    """Broken off anywhere, the first bytes included."""
    return files[0][: random.randrange(len(files[0]))]


def flipped(random: random.Random, files: list[bytes]) -> bytes:
    """One to two hundred bits are wrong."""
    data = bytearray(files[0])
    for _ in range(random.choice([1, 5, 200])):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def flipped_head(random: random.Random, files: list[bytes]) -> bytes:
    """Bytes of the first two hundred are others: where headers are."""
    data = bytearray(files[0])
    for _ in range(random.choice([1, 3, 20])):
        data[random.randrange(min(200, len(data)))] = random.randrange(256)
    return bytes(data)


def spliced(random: random.Random, files: list[bytes]) -> bytes:
    """The beginning of one file and the end of another, of another format perhaps."""
    first, second = random.choice(files), random.choice(files)
    return first[: random.randrange(len(first))] + second[random.randrange(len(second)) :]


def repeated(random: random.Random, files: list[bytes]) -> bytes:
    """A stretch of it comes many times over."""
    start = random.randrange(len(files[0]))
    return files[0][:start] + files[0][start : start + random.randrange(1, 500)] * 200 + files[0][start:]


def blanked(random: random.Random, files: list[bytes]) -> bytes:
    """A stretch of it is zeroes, or ones, or noise."""
    start = random.randrange(len(files[0]))
    length = random.randrange(1, len(files[0]))
    filling = random.choice([bytes(length), b"\xff" * length, random.randbytes(length)])
    return files[0][:start] + filling + files[0][start + length :]


def lying(random: random.Random, files: list[bytes]) -> bytes:
    """A four-byte number of its head says something else, as often something enormous."""
    data = bytearray(files[0])
    place = random.randrange(4, min(120, len(data) - 4))
    wrong = random.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, random.randrange(2**32)])
    data[place : place + 4] = struct.pack(random.choice("<>") + "I", wrong)
    return bytes(data)


def bomb(random: random.Random, files: list[bytes]) -> bytes:
    """Little that announces or unfolds into much: a header of four gigabytes, tags of millions, a packed gigabyte."""
    kind = random.randrange(4)
    if kind == 0:
        rate, channels = random.choice([1, 8000, 4_000_000_000]), random.choice([1, 2, 65_535])
        form = struct.pack("<HHIIHH", 1, channels, rate, rate, 2, 16)
        return b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + form + b"data\xf0\xff\xff\xff" + bytes(5000)
    if kind == 1:
        return b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"TXXX\x7f\x7f\x7f\x7f\0\0" * 5000 + files[0]
    if kind == 2:
        return gzip.compress(bytes(50_000_000), 9)
    return files[0][:100] + b"\0" * 3_000_000


MUTATIONS: tuple[Mutation, ...] = (
    truncated,
    flipped,
    flipped_head,
    spliced,
    repeated,
    blanked,
    lying,
    bomb,
)


def mutants(
    count: int, sources: dict[str, list[bytes]], *, seed: int = 20261120, first: int = 0
) -> list[tuple[str, bytes]]:
    """So many files from number ``first`` on, of every format and every mutation in turn: a name that says what was
    done, and the bytes."""
    made = []
    suffixes = sorted(sources)
    for number in range(first, first + count):
        chance = random.Random(f"{seed} {number}")
        mutation = MUTATIONS[number % len(MUTATIONS)]
        suffix = suffixes[number // len(MUTATIONS) % len(suffixes)]
        files = list(sources[suffix])
        if mutation is spliced:
            files += [data for each in sources.values() for data in each]
        made.append((f"{number:04}_{mutation.__name__}.{suffix}", mutation(chance, files)))
    return made
