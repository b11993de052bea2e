import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, text, update

from classifiers.duplicates.fingerprint import FingerprintCodes
from classifiers.duplicates.frames import RATE_HZ
from classifiers.duplicates.match import compare
from classifiers.duplicates.peaks import TIME_STEP_S, Peaks
from schemas.evidence import Relation
from service.store.blob_rows import Blobs
from service.store.fingerprints import Fingerprints, open_index
from service.store.segments import SegmentIndex
from service.store.tables.fingerprints import FingerprintPosting, FingerprintRow
from service.store.tenants import Tenants
from tests.classifiers.duplicates.songs import heard, noisy, played, song
from tests.deliveries import NOON, sha


@pytest.fixture(scope="module")
def recordings() -> dict[str, FingerprintCodes]:
    sounds = {name: song(seed, 20) for seed, name in enumerate(("first", "second", "third"))}
    return {name: heard(sound, pcm_sha256=sha(f"pcm of {name}")) for name, sound in sounds.items()}


@pytest.fixture
def stocked(database, recordings):
    with database.write() as session:
        for name, codes in recordings.items():
            Blobs(session).record(sha(name), 1, NOON)
            assert Fingerprints(session).add(sha(name), codes)
    return database


def test_a_fingerprint_is_stored_once_and_comes_back(stocked, recordings):
    with stocked.write() as session:
        assert not Fingerprints(session).add(sha("first"), recordings["first"])
    with stocked.read() as session:
        back = Fingerprints(session).load(sha("first"))
        assert back is not None and np.array_equal(back.peaks.time, recordings["first"].peaks.time)
        assert back.pcm_sha256 == sha("pcm of first") and back.matchable
        assert Fingerprints(session).load(sha("unknown")) is None


@pytest.mark.parametrize("speed", [1.0, 0.85, 1.06])
def test_a_copy_finds_its_original_first_at_any_speed(stocked, speed):
    copy = heard(noisy(played(song(1, 20), speed), 15))
    with stocked.read() as session:
        best, *rest = Fingerprints(session).candidates(copy)
    assert best.audio_sha256 == sha("second") and best.hits > 10
    assert best.scale == pytest.approx(speed, rel=0.05) and best.pitch == pytest.approx(12 * np.log2(speed), abs=0.6)
    assert all(other.hits < best.hits / 2 for other in rest)


def test_asked_as_it_is_a_far_copy_is_not_found(stocked):
    copy = heard(played(song(1, 20), 0.82))
    with stocked.read() as session:
        everywhere = Fingerprints(session).candidates(copy)
        plain = Fingerprints(session).candidates(copy, transformed=False)
    assert everywhere[0].hits > 2 * max((other.hits for other in plain), default=0)


def test_the_audio_itself_can_be_left_out_and_the_list_cut(stocked, recordings):
    with stocked.read() as session:
        store = Fingerprints(session)
        assert store.candidates(recordings["third"])[0].audio_sha256 == sha("third")
        assert sha("third") not in {one.audio_sha256 for one in store.candidates(recordings["third"], but=sha("third"))}
        assert len(store.candidates(recordings["third"], 1)) == 1


def test_equal_samples_come_before_everything_else(stocked, recordings):
    retagged = heard(song(7, 20), pcm_sha256=sha("pcm of second"))
    with stocked.read() as session:
        assert Fingerprints(session).candidates(retagged)[0].audio_sha256 == sha("second")


def test_silence_is_stored_without_postings_and_finds_nothing(stocked):
    silence = heard(np.zeros(10 * RATE_HZ), pcm_sha256=sha("pcm of silence"))
    with stocked.write() as session:
        Blobs(session).record(sha("silence"), 1, NOON)
        before = session.scalar(select(func.count()).select_from(FingerprintPosting))
        assert Fingerprints(session).add(sha("silence"), silence)
        assert session.scalar(select(func.count()).select_from(FingerprintPosting)) == before
        assert Fingerprints(session).candidates(silence) == []
        assert Fingerprints(session).load(sha("silence")).matchable is False


def test_what_is_removed_is_found_no_more(stocked, recordings):
    with stocked.write() as session:
        Fingerprints(session).remove(sha("first"))
    with stocked.read() as session:
        store = Fingerprints(session)
        assert store.load(sha("first")) is None
        assert sha("first") not in {one.audio_sha256 for one in store.candidates(recordings["first"])}
        left = session.scalar(select(func.count()).select_from(FingerprintPosting))
        assert left == len(recordings["second"].postings()) + len(recordings["third"].postings())


def test_postings_that_were_lost_are_rebuilt_from_the_fingerprints(stocked, recordings):
    with stocked.write() as session:
        before = session.execute(select(FingerprintPosting.code, FingerprintPosting.fingerprint_id)).all()
        session.execute(text("DELETE FROM fingerprint_posting WHERE code % 3 = 0"))
        Fingerprints(session).unpost()
        assert Fingerprints(session).unposted() == 3
    for expected in (2, 1, 0):
        with stocked.write() as session:
            assert Fingerprints(session).post(at_most=2) == expected
    with stocked.read() as session:
        after = session.execute(select(FingerprintPosting.code, FingerprintPosting.fingerprint_id)).all()
        assert sorted(map(tuple, after)) == sorted(map(tuple, before))


def test_what_an_earlier_algorithm_stored_is_taken_over_and_found(stocked, recordings):
    with stocked.write() as session:
        session.execute(text("DELETE FROM fingerprint_posting"))
        for name, codes in recordings.items():
            audible = codes.peaks.pitch >= 81  # from 180 Hz on
            peaks = Peaks(codes.peaks.time[audible], codes.peaks.pitch[audible] - 81, codes.peaks.strength[audible])
            packed = replace(codes, peaks=peaks).packed()
            session.execute(
                update(FingerprintRow)
                .where(FingerprintRow.audio_sha256 == sha(name))
                .values(packed=packed, algorithm="constellation-1")
            )
        assert Fingerprints(session).add(sha("third"), recordings["third"])  # analysed again meanwhile
    for expected in (2, 1, 0):
        with stocked.write() as session:
            assert Fingerprints(session).renew(at_most=2) == expected
    with stocked.read() as session:
        found = Fingerprints(session).load(sha("first"))
        assert found is not None and compare(recordings["first"], found).relation is Relation.IDENTICAL
        heard_again = replace(recordings["first"], pcm_sha256=None)
        best = Fingerprints(session).candidates(heard_again)[0]
        assert best.audio_sha256 == sha("first") and best.hits > 40
        assert compare(heard_again, found).relation is Relation.SAME_RECORDING


def test_an_add_that_is_rolled_back_leaves_nothing(database, recordings):
    with database.write() as session:
        Blobs(session).record(sha("first"), 1, NOON)
    with pytest.raises(LookupError), database.write() as session:
        Fingerprints(session).add(sha("first"), recordings["first"])
        raise LookupError
    with database.read() as session:
        assert Fingerprints(session).load(sha("first")) is None
        assert session.scalar(select(func.count()).select_from(FingerprintPosting)) == 0


def test_an_index_beside_the_database_is_filled_from_it_and_finds_the_same(stocked, tmp_path):
    copy = heard(noisy(played(song(2, 20), 0.9), 15))
    with SegmentIndex(tmp_path / "index") as index, stocked.read() as session:
        assert Fingerprints(session).lacking(index) == 3
        assert sum(Fingerprints(session).fill(index)) == 3
        assert Fingerprints(session).lacking(index) == 0 and len(index) == 3
        assert Fingerprints(session, index).candidates(copy) == Fingerprints(session).candidates(copy)


def test_with_an_index_beside_it_the_table_stays_empty_until_it_is_asked_for(database, recordings, tmp_path):
    copy = heard(noisy(song(2, 20), 15))
    with SegmentIndex(tmp_path / "index") as index:
        for name, codes in recordings.items():
            with database.write() as session:
                Blobs(session).record(sha(name), 1, NOON)
                assert Fingerprints(session, index).add(sha(name), codes)
        with database.read() as session:
            best = Fingerprints(session, index).candidates(copy)[0]
            assert best.audio_sha256 == sha("third") and Fingerprints(session).candidates(copy) == []
    with database.write() as session:
        assert Fingerprints(session).post() == 3
    with database.read() as session:
        assert Fingerprints(session).candidates(copy)[0] == best


def test_what_was_committed_late_under_a_lower_number_is_found_as_well(stocked, recordings, tmp_path):
    with SegmentIndex(tmp_path / "index") as index:
        index.add(900, [1, 2, 3])
        with stocked.read() as session:
            found = Fingerprints(session, index).candidates(recordings["first"])
        assert found[0].audio_sha256 == sha("first")


def test_what_is_removed_is_found_no_more_in_an_index_beside_the_database(stocked, recordings, tmp_path):
    with SegmentIndex(tmp_path / "index") as index, stocked.write() as session:
        store = Fingerprints(session, index)
        assert store.candidates(recordings["first"])[0].audio_sha256 == sha("first")
        store.remove(sha("first"))
        assert sha("first") not in {one.audio_sha256 for one in store.candidates(recordings["first"])}


_INDEXER = """
import sys
from dataclasses import replace
from pathlib import Path
from service.store.blob_rows import Blobs
from service.store.database import Database
from service.store.fingerprints import Fingerprints, open_index
from service.store.segments import SegmentIndex
from tests.deliveries import NOON, sha
from tests.service.store.test_fingerprints import any_codes
database = Database.open(sys.argv[1])
with SegmentIndex(Path(sys.argv[2]), log_recordings=2) as index:
    for number in range(int(sys.argv[3]), 100_000):
        with database.write() as session:
            Blobs(session).record(sha(str(number)), 1, NOON)
            Fingerprints(session, index).add(sha(str(number)), any_codes(number))
        with database.read() as session:
            assert Fingerprints(session, index).candidates(any_codes(number))[0].audio_sha256 == sha(str(number))
        print(number, flush=True)
"""


def any_codes(number: int) -> FingerprintCodes:
    """Landmarks of a recording that nobody ever made."""
    rng = np.random.default_rng(number)
    time = np.cumsum(rng.integers(1, 12, 120)).astype(np.int32)
    peaks = Peaks(time, rng.integers(0, 400, 120).astype(np.int16), np.full(120, 3, np.uint8))
    return FingerprintCodes(peaks, float(time[-1]) * TIME_STEP_S, True)


def test_killed_while_indexing_it_has_lost_nothing_that_was_stored_and_finds_all(sqlite_database, sqlite_url, tmp_path):
    said = -1
    for seed in range(3):
        command = [sys.executable, "-c", _INDEXER, sqlite_url, str(tmp_path / "index"), str(said + 1)]
        indexer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        assert indexer.stdout is not None
        first = indexer.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.1, 0.5))
        indexer.send_signal(signal.SIGKILL)
        said = max(int(line) for line in (first + indexer.communicate()[0]).splitlines() if line.isdigit())
    with SegmentIndex(tmp_path / "index", log_recordings=2) as index, sqlite_database.read() as session:
        for number in range(said + 1):
            best = Fingerprints(session, index).candidates(any_codes(number))[0]
            assert best.audio_sha256 == sha(str(number))
        assert Fingerprints(session).lacking(index) == 0 and index.segments >= 1


def test_mapped_files_of_another_database_are_not_taken_for_this_ones(sqlite_database, tmp_path):
    folders = set()
    for name in ("label", "earlier label"):
        with pytest.raises(LookupError), sqlite_database.write() as session:
            Tenants(session).ensure(name, NOON)
            with open_index("segments", tmp_path, session) as index:
                assert len(index) == 0
                index.add(1, [1, 2, 3])
            folders |= {path.name for path in tmp_path.glob("constellation-*")}
            raise LookupError("another database")
    assert len(folders) == 2
