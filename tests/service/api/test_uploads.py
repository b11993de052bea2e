import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from service.api.problems import ProblemError
from service.api.uploads import Staged, Upload, UploadLimits, receive_upload
from service.store.blobs import BlobStorage

LIMITS = UploadLimits(metadata=1000, audio=10_000_000, artwork=1000)
AUDIO = bytes(range(256)) * 20_000


def form(*parts: tuple[str, bytes]) -> bytes:
    written = [b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), c) for n, c in parts]
    return b"".join(written) + b"--B--\r\n"


def receive(
    data: bytes,
    stage: Callable[[], Staged],
    read_metadata: Callable[[bytes], Any] = bytes.decode,
    goes_away: type[BaseException] | None = None,
) -> Upload:
    async def arriving() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 65_536):
            yield data[start : start + 65_536]
        if goes_away is not None:
            raise goes_away

    async def run() -> Upload:
        return await receive_upload(arriving(), b"B", limits=LIMITS, stage=stage, read_metadata=read_metadata)

    return asyncio.run(run())


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStorage:
    return BlobStorage.open(str(tmp_path / "blobs"))


@pytest.fixture
def staged(tmp_path: Path) -> Callable[[], list[Path]]:
    """Files that are still staged."""
    return lambda: list((tmp_path / "blobs" / "staging").iterdir())


def test_files_are_whole_in_staging_and_stored_when_asked_for(
    blobs: BlobStorage, staged: Callable[[], list[Path]]
) -> None:
    upload = receive(form(("audio", AUDIO), ("metadata", b"said"), ("artwork", b"PNG")), blobs.stage)
    assert (upload.metadata, list(blobs.contents()), len(staged())) == ("said", [], 2)
    assert upload.store() == {
        "audio": (hashlib.sha256(AUDIO).hexdigest(), len(AUDIO)),
        "artwork": (hashlib.sha256(b"PNG").hexdigest(), 3),
    }
    upload.abort()
    assert len(list(blobs.contents())) == 2
    assert staged() == []


@pytest.mark.parametrize("goes_away", [ConnectionError, asyncio.CancelledError])
def test_a_sender_that_goes_away_leaves_nothing_in_staging(
    blobs: BlobStorage, staged: Callable[[], list[Path]], goes_away: type[BaseException]
) -> None:
    with pytest.raises(goes_away):
        receive(form(("metadata", b"said"), ("audio", AUDIO))[:-2_000_000], blobs.stage, goes_away=goes_away)
    assert staged() == []


def test_metadata_that_comes_last_and_is_wrong_takes_the_audio_with_it(
    blobs: BlobStorage, staged: Callable[[], list[Path]]
) -> None:
    def refuse(data: bytes) -> None:
        assert len(staged()) == 1
        raise ValueError(data)

    with pytest.raises(ValueError, match="wrong"):
        receive(form(("audio", AUDIO), ("metadata", b"wrong")), blobs.stage, refuse)
    assert staged() == []


class OnAFullDisk:
    """Writes to the device that is always full."""

    aborted = 0

    def __init__(self) -> None:
        self._file = os.open("/dev/full", os.O_WRONLY)

    def write(self, data: bytes, /) -> None:
        os.write(self._file, data)

    def commit(self) -> tuple[str, int]:
        raise AssertionError("nothing was written")

    def abort(self) -> None:
        os.close(self._file)
        OnAFullDisk.aborted += 1


def test_a_full_disk_ends_the_upload() -> None:
    OnAFullDisk.aborted = 0
    with pytest.raises(OSError, match="No space left"):
        receive(form(("metadata", b"said"), ("audio", AUDIO)), OnAFullDisk)
    assert OnAFullDisk.aborted == 1


def test_the_whole_form_has_a_limit_too(blobs: BlobStorage) -> None:
    with pytest.raises(ProblemError) as caught:
        receive(form(("metadata", b"said"), ("other", b"\0" * 11_000_000)), blobs.stage)
    assert caught.value.status_code == 413
