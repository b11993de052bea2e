import hashlib
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from service.settings import Settings
from service.store.blobs import BlobStorage, Swept
from tests.processes import processes

DATA = bytes(range(256)) * 400
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def storage(tmp_path):
    return BlobStorage.open((tmp_path / "blobs with space").as_uri())


def put(storage, data=DATA):
    with storage.stage() as staged:
        staged.write(data)
        return staged.commit()


def files(tmp_path):
    return sorted(path for path in tmp_path.rglob("*") if path.is_file())


def sweep(storage, after_s=100.0, known=()):
    now = datetime.now(UTC) + timedelta(seconds=200)
    return storage.sweep(now, 200 - after_s, lambda hashes: set(hashes) & set(known))


def test_a_file_is_stored_under_its_hash_and_read_back(storage):
    with storage.stage() as staged:
        for start in range(0, len(DATA), 7_000):
            staged.write(DATA[start : start + 7_000])
        assert staged.size == len(DATA)
        assert staged.commit() == (SHA256, len(DATA))
    assert b"".join(storage.read(SHA256)) == DATA
    assert storage.read_range(SHA256, 10, 5) == DATA[10:15]
    assert storage.size(SHA256) == len(DATA)
    with storage.local_path(SHA256) as path:
        assert path.read_bytes() == DATA


def test_the_same_content_is_there_once(storage, tmp_path):
    assert put(storage) == put(storage)
    assert len(files(tmp_path)) == 1


def test_an_upload_that_breaks_off_leaves_nothing(storage, tmp_path):
    with pytest.raises(ConnectionError), storage.stage() as staged:
        staged.write(DATA)
        raise ConnectionError
    assert files(tmp_path) == []


def test_after_its_end_an_upload_takes_nothing_more(storage):
    staged = storage.stage()
    staged.commit()
    staged.abort()
    with pytest.raises(ValueError):
        staged.write(b"more")
    with pytest.raises(ValueError):
        staged.commit()
    assert storage.exists(hashlib.sha256().hexdigest())


def test_content_that_is_not_there_is_not_found(storage):
    assert not storage.exists(SHA256)
    storage.delete(SHA256)
    with pytest.raises(FileNotFoundError):
        list(storage.read(SHA256))
    with pytest.raises(FileNotFoundError):
        storage.read_range(SHA256, 0, 1)
    with pytest.raises(FileNotFoundError), storage.local_path(SHA256):
        pass


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA256.upper(), SHA256 + "\n", f"{SHA256[:-1]}/"])
def test_no_name_but_a_hash_is_looked_for(storage, name):
    with pytest.raises(ValueError):
        storage.exists(name)
    with pytest.raises(ValueError), storage.local_path(name):
        pass


def test_a_sweep_takes_what_nobody_refers_to_once_it_is_old(storage):
    put(storage)
    kept, _ = put(storage, b"kept")
    staged = storage.stage()
    staged.write(b"broken off")
    assert sweep(storage, after_s=-10, known=[kept]) == Swept(stages=0, orphans=0)
    assert sweep(storage, after_s=100, known=[kept]) == Swept(stages=1, orphans=1)
    assert [sha256 for sha256, _ in storage.contents()] == [kept]
    staged.abort()


def test_content_that_is_delivered_again_is_young_again(storage):
    put(storage)
    with storage.local_path(SHA256) as path:
        os.utime(path, (1, 1))
    put(storage)
    now = datetime.now(UTC)
    assert storage.sweep(now, 60, lambda hashes: set()) == Swept(stages=0, orphans=0)


def test_a_sweep_during_deliveries_of_the_same_content_loses_none(storage):
    """The sweep sees the old file; by the time it takes it away the content may have been delivered anew."""
    over, lost = threading.Event(), []

    def deliver_again():
        for _ in range(60):
            put(storage)
            with storage.local_path(SHA256) as path:
                os.utime(path, (1, 1))
            put(storage)
            if not storage.exists(SHA256):
                lost.append(1)
        over.set()

    thread = threading.Thread(target=deliver_again)
    thread.start()
    while not over.is_set():
        storage.sweep(datetime.now(UTC), 60, lambda hashes: set())
    thread.join()
    put(storage)
    assert storage.exists(SHA256)


def _die_while_staging(url, ready):
    staged = BlobStorage.open(url).stage()
    staged.write(DATA)
    ready.set()
    signal.pause()


def test_a_process_killed_while_it_writes_leaves_nothing_under_a_final_name(tmp_path):
    url = (tmp_path / "blobs").as_uri()
    context = processes()
    ready = context.Event()
    process = context.Process(target=_die_while_staging, args=(url, ready))
    process.start()
    assert ready.wait(60)
    process.kill()
    process.join()
    storage = BlobStorage.open(url)
    assert list(storage.contents()) == []
    assert sweep(storage) == Swept(stages=1, orphans=0)
    assert files(tmp_path) == []


def test_uploads_at_once_do_not_disturb_each_other(storage, tmp_path):
    def upload(number):
        for size in range(20):
            put(storage, bytes([number % 3]) * (size + 1))

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 60
    for sha256, _ in storage.contents():
        assert hashlib.sha256(b"".join(storage.read(sha256))).hexdigest() == sha256


@pytest.fixture
def bucket(tmp_path, s3_settings):
    """A bucket of a real S3 server: uploads are staged here and sent there."""
    settings = Settings(**s3_settings, data_dir=tmp_path)
    return BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)


def test_a_bucket_keeps_files_like_the_disk_does(bucket, tmp_path):
    assert put(bucket) == put(bucket) == (SHA256, len(DATA))
    assert files(tmp_path) == []
    assert [sha256 for sha256, _ in bucket.contents()] == [SHA256]
    assert bucket.read_range(SHA256, 10, 5) == DATA[10:15]
    with bucket.local_path(SHA256) as path:
        assert path.read_bytes() == DATA
    assert files(tmp_path) == []
    with pytest.raises(FileNotFoundError), bucket.local_path(hashlib.sha256(b"other").hexdigest()):
        pass


def test_a_bucket_keeps_what_is_delivered_again_while_it_is_swept(bucket):
    put(bucket)

    def known(hashes):
        time.sleep(1.1)  # a bucket tells whole seconds
        put(bucket)
        return set()

    before = datetime.now(UTC)
    assert bucket.sweep(before, 0, known) == Swept(stages=0, orphans=0)
    assert bucket.exists(SHA256)


def test_a_bucket_is_swept_too(bucket, tmp_path):
    kept, _ = put(bucket, b"kept")
    put(bucket)
    bucket.stage().write(b"broken off")
    assert sweep(bucket, known=[kept]) == Swept(stages=1, orphans=1)
    assert bucket.exists(kept) and not bucket.exists(SHA256)
    assert files(tmp_path) == []
