"""Hostile and broken deliveries: each a clear problem or a clean state, the service unharmed, nothing half-stored."""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from service import local
from tests.acceptance.setups import fresh_service
from tests.running import Running
from tests.sounds import music, write_audio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
TEN_HOURS_S = 36_000
SLOW_RATE_HZ = 8_000


@dataclass(frozen=True)
class Case:
    """One bad delivery and what must come of it: a state with a word of its reason, or a refusal that names a field."""

    name: str
    audio: Callable[[Path], Path]
    metadata: dict[str, Any] = field(default_factory=dict)
    state: str | None = None
    status: int | None = None
    says: str = ""


def check(shared: Path, console: Console) -> list[str]:
    """Deliver everything bad, then something good."""
    with fresh_service("sqlite+filesystem") as service:
        folder = service.folder / "bad"
        folder.mkdir()
        plain = write_audio(folder / "plain.mp3", music(20, seed=9), bit_rate_kbps=128)
        table = Table("delivery", "answer", "what it says", "", box=None, pad_edge=False, header_style="bold")
        faults = []
        for case in _cases(plain):
            answer, says, well = _outcome(service, case, case.audio(folder))
            table.add_row(case.name, answer, says[:150], "[green]well" if well else "[red]wrong")
            if not well:
                faults.append(f"{case.name}: {answer}, {says}")
        answer, says, well = _another_tenants_track(service, plain)
        table.add_row("another tenant's id", answer, says, "[green]well" if well else "[red]wrong")
        faults += [] if well else [f"another tenant's id: {answer}"]
        console.print(table)
        faults += _left_behind(service, console)
    return faults


def _cases(plain: Path) -> list[Case]:
    return [
        Case(
            "a PNG named .wav", lambda f: _bytes(f / "png.wav", b"\x89PNG\r\n\x1a\n" + bytes(5000)), state="unreadable"
        ),
        Case("zero bytes", lambda f: _bytes(f / "zero.wav", b""), status=422, says="empty"),
        Case("a WAV header announcing 4 GB", _wav_of_4_gb, state="unreadable", says="announces"),
        Case("a 10-hour FLAC of silence", _ten_hours, state="unreadable", says="long"),
        Case("1 Hz sample rate", lambda f: _wav(f / "slow.wav", rate_hz=1), state="unreadable", says="sample rate"),
        Case("a truncated MP3", lambda f: _truncated(f, plain), state="decided", says="broke off"),
        Case("a title of 100,000 characters", lambda _: plain, {"title": "<b>" * 33_334}, status=422, says="title"),
        Case("a malformed ISRC", lambda _: plain, {"isrc": "QZEM-26-1"}, status=422, says="isrc"),
        Case("a wrong UPC digit", lambda _: plain, {"release": {"upc": "885016204076"}}, status=422, says="upc"),
        Case("an unknown facet", lambda _: plain, {"declared_ai": {"DRUMS": "ALL"}}, status=422, says="DRUMS"),
        Case("a plain track after all that", lambda _: plain, state="decided"),
    ]


def _outcome(service: Running, case: Case, audio: Path) -> tuple[str, str, bool]:
    """Answer, what it says, and whether that is what it must be."""
    manifest = {"title": case.name, "artists": [{"name": "Bad Inputs"}], **case.metadata}
    key = {"Authorization": f"Bearer {local.read(service.folder / local.KEY)}"}
    with audio.open("rb") as stream:
        response = httpx.post(
            f"{service.address}/v1/tracks",
            data={"metadata": json.dumps(manifest)},
            files={"audio": (audio.name, stream)},
            headers=key,
            timeout=300,
        )
    if response.status_code != httpx.codes.ACCEPTED:
        says = response.text
        is_problem = response.headers["content-type"] == "application/problem+json" and len(says) < 5000
        well = is_problem and response.status_code == case.status and case.says.lower() in says.lower()
        return str(response.status_code), says, well
    track_id = response.json()["id"]
    with service.client() as client:
        track = _settled(client.track, track_id)
    says = (track.get("reason") or {}).get("detail") or (track.get("evidence") or {}).get("truncated") or ""
    return track["state"], says, track["state"] == case.state and case.says.lower() in says.lower()


def _settled(read: Callable[[str], dict[str, Any]], track_id: str) -> dict[str, Any]:
    from tests.waiting import until

    seen: dict[str, Any] = {}

    def settled() -> bool:
        seen.update(read(track_id))
        return seen["state"] not in ("received", "analysing") and not seen["pending"]

    until(settled, f"{track_id} is settled", longest_s=300)
    return seen


def _another_tenants_track(service: Running, plain: Path) -> tuple[str, str, bool]:
    mine = service.earmark("deliver", plain, "--json").lines[0]["track_id"]
    service.earmark("admin", "tenant", "create", "stranger")
    key = service.earmark("admin", "key", "create", "stranger", "--json").lines[0]["key"]
    headers = {"Authorization": f"Bearer {key}"}
    known = httpx.get(f"{service.address}/v1/tracks/{mine}", headers=headers)
    guessed = httpx.get(f"{service.address}/v1/tracks/{mine[:-4]}0000", headers=headers)
    same = known.json().get("detail") == guessed.json().get("detail")
    return str(known.status_code), known.text, known.status_code == guessed.status_code == 404 and same


def _left_behind(service: Running, console: Console) -> list[str]:
    """Staged files, stored files without a row, rows without a file."""
    blobs = service.folder / "blobs"
    staged = [path.name for path in (blobs / "staging").glob("*") if path.is_file()]
    stored = {path.name for path in blobs.rglob("*") if path.is_file() and len(path.name) == 64}
    rows = service.count("SELECT count(*) FROM blob")
    tracks = service.count("SELECT count(*) FROM track")
    twice = service.stands_twice()
    console.print(
        f"left behind: {len(staged)} staged files; {len(stored)} contents, {rows} rows of them, {tracks} tracks"
    )
    faults = [f"staged: {name}" for name in staged] + [f"{what} stand twice: {found}" for what, found in twice.items()]
    if len(stored) != rows:
        faults.append(f"{len(stored)} contents are stored, {rows} have a row")
    return faults


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _wav(path: Path, *, rate_hz: int, announced: int | None = None) -> Path:
    data = np.zeros(2000, np.int16).tobytes()
    size = announced if announced is not None else len(data)
    header = b"RIFF" + struct.pack("<I", min(0xFFFFFFFF, size + 36)) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16) + b"data" + struct.pack("<I", size)
    return _bytes(path, header + data)


def _wav_of_4_gb(folder: Path) -> Path:
    return _wav(folder / "huge.wav", rate_hz=44_100, announced=0xFFFFFFF0)


def _truncated(folder: Path, plain: Path) -> Path:
    content = plain.read_bytes()
    return _bytes(folder / "truncated.mp3", content[: len(content) * 2 // 5 + 13])


def _ten_hours(folder: Path) -> Path:
    """A real FLAC stream of ten hours, at a rate that keeps the making of it short."""
    import av

    path = folder / "ten-hours.flac"
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SLOW_RATE_HZ, layout="mono")
        block = 1 << 16
        silence = np.zeros((1, block), np.int16)
        for start in range(0, TEN_HOURS_S * SLOW_RATE_HZ, block):
            frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SLOW_RATE_HZ, start, Fraction(1, SLOW_RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
