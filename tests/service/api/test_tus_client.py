"""Resumable uploads by somebody else's client (tuspy), through connections that break and a service that is killed."""

import hashlib
import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from service.store.database import Database
from tests.cutting_proxy import cutting_proxy
from tests.service.api.caller import track_metadata
from tests.service.api.serving import Served, serve

SIZE = 3_000_000
PIECE = 256 * 1024
NAME = "filename bmlnaHQgZHJpdmUud2F2"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "night drive.wav"
    path.write_bytes(random.Random(8).randbytes(SIZE))
    return path


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'earmark.db'}"
    database = Database.open(url)
    database.migrate()
    database.dispose()
    return url


def uploader(url: str, served: Served, recording: Path, **options: Any) -> Any:
    client = TusClient(f"{url}/v1/uploads", headers=served.headers)
    return client.uploader(
        str(recording), chunk_size=PIECE, metadata={"filename": recording.name}, retries=50, retry_delay=0.05, **options
    )


def delivered_sha256(served: Served, upload_url: str) -> str:
    """SHA-256 of the audio of a track that is made of the upload."""
    parts = {"metadata": json.dumps(track_metadata()), "audio_upload": upload_url.rsplit("/", 1)[-1]}
    files = {name: (None, value) for name, value in parts.items()}
    answer = httpx.post(f"{served.url}/v1/tracks", files=files, headers=served.headers, timeout=60)
    assert answer.status_code == 202, answer.text
    track = httpx.get(f"{served.url}/v1/tracks/{answer.json()['id']}", headers=served.headers).json()
    assert track["audio"]["size_bytes"] == SIZE
    assert track["audio"]["file_name"] == "night drive.wav"
    return str(track["audio"]["sha256"])


@pytest.mark.parametrize("checksums", [False, True])
def test_a_file_arrives_whole_over_a_connection_that_breaks_ten_times(
    tmp_path: Path, database_url: str, recording: Path, checksums: bool
) -> None:
    cuts = sorted(random.Random(1).sample(range(10_000, SIZE), 10))
    with serve(tmp_path / "data", database_url) as served, cutting_proxy(served.port, cuts) as proxy:
        sending = uploader(proxy.url, served, recording, upload_checksum=checksums)
        sending.upload()
        assert proxy.done == 10
        assert delivered_sha256(served, sending.url) == hashlib.sha256(recording.read_bytes()).hexdigest()


def test_a_file_arrives_whole_through_a_service_that_is_killed_on_the_way(
    tmp_path: Path, database_url: str, recording: Path
) -> None:
    with serve(tmp_path / "data", database_url) as first:
        sending = uploader(first.url, first, recording)
        for _ in range(5):
            sending.upload_chunk()
        killer = threading.Timer(0.02, first.process.kill)
        killer.start()
        try:
            sending.retries = 0
            while first.process.poll() is None:
                sending.upload_chunk()
        except Exception as error:  # what tuspy makes of a dead server depends on the moment
            assert first.process.wait(30) != 0, error
        url = sending.url
    with serve(tmp_path / "data", database_url, port=first.port, key=first.key) as second:
        client = TusClient(f"{second.url}/v1/uploads", headers=second.headers)
        resumed = client.uploader(str(recording), chunk_size=PIECE, url=url)
        assert resumed.get_offset() >= 5 * PIECE
        resumed.upload()
        assert delivered_sha256(second, url) == hashlib.sha256(recording.read_bytes()).hexdigest()


def test_a_bucket_serves_as_well_as_a_disk(
    tmp_path: Path, database_url: str, recording: Path, s3_settings: dict[str, str]
) -> None:
    cuts = [SIZE // 3, SIZE // 2]
    with serve(tmp_path / "data", database_url, **s3_settings) as served:
        with cutting_proxy(served.port, cuts) as proxy:
            sending = uploader(proxy.url, served, recording)
            sending.upload()
            assert proxy.done == 2
        assert delivered_sha256(served, sending.url) == hashlib.sha256(recording.read_bytes()).hexdigest()
        assert not list((tmp_path / "data").rglob("*.part")), "nothing is kept on this machine"


def test_of_two_who_send_the_same_bytes_at_once_one_is_believed(
    tmp_path: Path, database_url: str, recording: Path
) -> None:
    with serve(tmp_path / "data", database_url) as served:
        headers = served.headers | {"Tus-Resumable": "1.0.0"}
        begun = httpx.post(
            f"{served.url}/v1/uploads", headers=headers | {"Upload-Length": str(SIZE), "Upload-Metadata": NAME}
        )
        place = served.url + begun.headers["location"]
        statuses: list[int] = []

        def send() -> None:
            kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
            body = recording.read_bytes()
            statuses.append(httpx.patch(place, content=body, headers=headers | kind, timeout=60).status_code)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
            time.sleep(0.002)
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [204, 409, 409, 409]
        assert delivered_sha256(served, place) == hashlib.sha256(recording.read_bytes()).hexdigest()
