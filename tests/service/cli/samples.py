"""A small mixed batch for the tests of the whole way: short sounds, with what each should get."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.sounds import SUNO_COMMENT, music, silence, write_audio, write_comment

LENGTH_S = 8.0
AUDIBLE = ("VOCALS", "INSTRUMENTATION", "POST_PRODUCTION")

PLAIN = ("decided", "none", ())
DECLARED = ("decided", "label", ("ai_declared",))
FUNCTIONAL = ("decided", "label", ("functional_audio",))
DUPLICATE = ("decided", "queue", ("duplicate_recording",))
TAGGED = ("decided", "queue", ("ai_mismatch", "ai_provenance"))
UNREADABLE = ("unreadable", None, ())


def write_batch(folder: Path) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
    """Write recordings and ``manifest.jsonl``; returns state, action and labels that each file should get."""
    folder.mkdir(parents=True, exist_ok=True)
    first, second = music(LENGTH_S, seed=1), music(LENGTH_S, seed=2)
    write_audio(folder / "1-first.flac", first)
    write_audio(folder / "2-second.wav", second)
    write_audio(folder / "3-declared.mp3", music(LENGTH_S, seed=3), bit_rate_kbps=192)
    write_audio(folder / "4-silence.ogg", silence(LENGTH_S))
    write_audio(folder / "5-first-again.mp3", first, bit_rate_kbps=128)
    write_comment(write_audio(folder / "6-tagged.mp3", music(LENGTH_S, seed=4), bit_rate_kbps=192), SUNO_COMMENT)
    (folder / "7-picture.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + np.arange(4096, dtype=np.uint8).tobytes())
    (folder / "8-second-same-bytes.wav").write_bytes((folder / "2-second.wav").read_bytes())
    expected = {
        "1-first.flac": PLAIN,
        "2-second.wav": PLAIN,
        "3-declared.mp3": DECLARED,
        "4-silence.ogg": FUNCTIONAL,
        "5-first-again.mp3": DUPLICATE,
        "6-tagged.mp3": TAGGED,
        "7-picture.wav": UNREADABLE,
        "8-second-same-bytes.wav": DUPLICATE,
    }
    rows = [_row(number, name) for number, name in enumerate(expected, start=1)]
    rows[2]["declared_ai"] = dict.fromkeys(AUDIBLE, "ALL")
    rows[5]["declared_ai"] = dict.fromkeys(AUDIBLE, "NONE")
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return expected


def _row(number: int, name: str) -> dict[str, Any]:
    return {
        "file": name,
        "title": f"Title {number}",
        "artists": [{"name": f"Artist {number}"}],
        "isrc": f"QZEM626{number:05d}",
        "declared_ai": {},
        "expected": {"action": "none", "labels": []},
    }
