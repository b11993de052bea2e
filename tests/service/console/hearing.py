"""Recordings to hear: a piece, a faster copy of it under other names, and what a decoder left its lines in."""

import json
from pathlib import Path

import numpy as np
import soxr

from tests.sounds import RATE_HZ, SUNO_COMMENT, Sound, music, strided_decoder, write_audio, write_comment

SPEED, CUT_S, LENGTH_S = 1.06, 3.0, 24.0
DENIED = dict.fromkeys(("VOCALS", "INSTRUMENTATION", "POST_PRODUCTION"), "NONE")


def write_delivery(folder: Path) -> Path:
    """A folder with its manifest: the original, its copy at another speed from the fourth second on, and the lines."""
    original = music(LENGTH_S, seed=11)
    sounds: dict[str, Sound] = {
        "Quiet Harbour": original,
        "Loud Harbour": np.ascontiguousarray(soxr.resample(original[int(CUT_S * RATE_HZ) :], RATE_HZ, RATE_HZ / SPEED)),
        "Glass Orchard": strided_decoder(music(LENGTH_S, seed=12), seed=4),
    }
    rows = []
    for number, (title, sound) in enumerate(sounds.items(), start=1):
        name = f"{number}.mp3"
        write_audio(folder / name, sound, bit_rate_kbps=256)
        if title == "Loud Harbour":
            write_comment(folder / name, SUNO_COMMENT)
        sender = {"id": f"harbour label {number}", "payout_hash": f"payout {number}"}
        rows.append(
            {
                "file": name,
                "title": title,
                "artists": [{"name": f"Artist {number}"}],
                "isrc": f"QZEM6260000{number}",
                "declared_ai": DENIED,
                "sender": sender,
            }
        )
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
