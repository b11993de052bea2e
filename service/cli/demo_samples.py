"""The recordings of ``earmark demo``: made on the spot, each with what a good service answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifiers.training import sounds
from classifiers.training.files import write_audio, write_comment

LENGTH_S = 32.0
NOISE_SLICES = 12
NOISE_SLICE_S = 31.0
AUDIBLE = ("VOCALS", "INSTRUMENTATION", "COMPOSITION", "LYRICS", "POST_PRODUCTION")


def make_samples(folder: Path, say: Callable[[str], None]) -> Path:
    """Write the recordings and their ``manifest.jsonl`` into ``folder`` and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [*_pieces(folder, say), *_noise_set(folder, say)]
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        manifest.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return folder


def _pieces(folder: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    say("playing three pieces")
    plain, second, third = (sounds.music(LENGTH_S, seed=seed) for seed in (1, 2, 3))
    say("passing two of them through a neural decoder")
    decoded = [sounds.strided_decoder(piece, seed=4) for piece in (second, third)]
    write_audio(folder / "01_quiet-harbour.flac", plain)
    write_audio(folder / "02_glass-orchard.flac", decoded[0])
    write_audio(folder / "03_paper-satellite.flac", decoded[1])
    write_audio(folder / "04_lantern-mile.mp3", sounds.music(LENGTH_S, seed=6), bit_rate_kbps=256)
    write_audio(folder / "05_first-frost.mp3", sounds.music(LENGTH_S, seed=7), bit_rate_kbps=256)
    write_comment(folder / "05_first-frost.mp3", "made with suno; created=2026-05-01T12:00:00Z")
    write_audio(folder / "06_harbour-at-rest.mp3", plain, bit_rate_kbps=128)
    return [
        _row(1, "01_quiet-harbour.flac", "Quiet Harbour", "Ines Hallgren", "NONE", "none"),
        _row(2, "02_glass-orchard.flac", "Glass Orchard", "Bram Oduya", "NONE", "queue", "ai_detected", "ai_mismatch"),
        _row(
            3, "03_paper-satellite.flac", "Paper Satellite", "Ferro Lane", "ALL", "label", "ai_declared", "ai_detected"
        ),
        _row(4, "04_lantern-mile.mp3", "Lantern Mile", "Vale & Tide", "ALL", "label", "ai_declared"),
        _row(5, "05_first-frost.mp3", "First Frost", "Mara Quill", "NONE", "queue", "ai_mismatch", "ai_provenance"),
        _row(6, "06_harbour-at-rest.mp3", "Harbour at Rest", "Calm Waters Co", "NONE", "queue", "duplicate_recording"),
    ]


def _noise_set(folder: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Noise sold by one sender in numbered slices just over the thirty seconds that earn a royalty.

    A few of them are welcome and only labelled as what they are; with the tenth it is bulk, and those before it are
    part of that.
    """
    say(f"cutting {NOISE_SLICES} slices of noise")
    rows = []
    for number in range(1, NOISE_SLICES + 1):
        name = f"{number + 6:02d}_rain-for-sleep-{number}.ogg"
        write_audio(folder / name, sounds.noise(NOISE_SLICE_S, "pink", seed=100 + number))
        row = _row(
            number + 6, name, f"Rain for Sleep {number}", "Sleep Harbor", "UNDECLARED", "queue", "functional_audio"
        )
        rows.append({**row, "sender": {"id": "sleep-harbor-media"}})
    return rows


def _row(number: int, file: str, title: str, artist: str, level: str, action: str, *labels: str) -> dict[str, Any]:
    return {
        "file": file,
        "title": title,
        "artists": [{"name": artist, "role": "MainArtist"}],
        "isrc": f"QZEMX26{number:05d}",
        "release": {"title": title, "type": "Single", "label": "Demonstration"},
        "language": "zxx",
        "sender": {"id": artist},
        "declared_ai": dict.fromkeys(AUDIBLE, level),
        "expected": {"action": action, "labels": list(labels)},
    }
