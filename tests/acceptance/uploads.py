"""A recording of 500 MB in pieces of 8 MB by somebody else's client, its connection cut ten times on the way."""

import hashlib
import json
import random
import resource
import time
from pathlib import Path

import httpx
from rich.console import Console
from tusclient.client import TusClient

from service import local
from tests.acceptance.setups import SETUPS, fresh_service
from tests.cutting_proxy import cutting_proxy
from tests.service.api.caller import track_metadata

SIZE = 500 * 1000 * 1000
PIECE = 8 * 1000 * 1000
CUTS = 10


def check(_shared: Path, console: Console) -> list[str]:
    """Upload it to both sets of servers; what did not arrive whole."""
    faults = []
    for setup in SETUPS:
        with fresh_service(setup) as service:
            path = service.folder / "recording.bin"
            sha256 = _write(path)
            key = local.read(service.folder / local.KEY)
            headers = {"Authorization": f"Bearer {key}"}
            cuts = sorted(random.Random(SIZE).sample(range(PIECE, SIZE), CUTS))
            with cutting_proxy(httpx.URL(service.address).port or 0, cuts) as proxy:
                began, cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
                client = TusClient(f"{proxy.url}/v1/uploads", headers=headers)
                uploader = client.uploader(
                    str(path), chunk_size=PIECE, metadata={"filename": "recording.wav"}, retries=100, retry_delay=0.2
                )
                uploader.upload()
                seconds = time.monotonic() - began
                cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - cpu
            parts = {"metadata": json.dumps(track_metadata()), "audio_upload": uploader.url.rsplit("/", 1)[-1]}
            began = time.monotonic()
            taken = httpx.post(
                f"{service.address}/v1/tracks",
                files={name: (None, value) for name, value in parts.items()},
                headers=headers,
                timeout=300,
            )
            made = time.monotonic() - began
            track = httpx.get(f"{service.address}/v1/tracks/{taken.json()['id']}", headers=headers).json()
            console.print(
                f"{setup}: {SIZE / 1e6:.0f} MB in pieces of {PIECE / 1e6:.0f} MB, {proxy.done} cuts, {seconds:.1f} s "
                f"({cpu:.1f} s CPU of client and proxy); made a track in {made:.1f} s; SHA-256 "
                f"{'the same' if track['audio']['sha256'] == sha256 else 'ANOTHER'}"
            )
            if track["audio"]["sha256"] != sha256 or proxy.done != CUTS:
                faults.append(f"{setup}: the recording did not arrive whole, or was not cut {CUTS} times")
    return faults


def _write(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(500):
            block = random.Random(number).randbytes(SIZE // 500)
            file.write(block)
            digest.update(block)
    return digest.hexdigest()
