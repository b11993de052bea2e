import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from service.store.segments import SegmentIndex


def codes_of(number: int, count: int = 40) -> list[int]:
    """Codes that are the recording's own, and some that many share."""
    rng = np.random.default_rng(number)
    return np.unique(np.concatenate([rng.integers(0, 2**31, count), rng.integers(0, 50, 5)])).tolist()


def finds_all(index: SegmentIndex, numbers: list[int]) -> bool:
    return all(index.hits(codes_of(number), 20)[0] == (number, len(codes_of(number))) for number in numbers)


def test_recordings_are_found_in_log_segments_and_after_merges(tmp_path):
    with SegmentIndex(tmp_path / "index", log_recordings=8) as index:
        for number in range(1, 700):
            index.add(number, codes_of(number))
        assert finds_all(index, list(range(1, 700, 7)))
        assert len(list((tmp_path / "index").glob("segment-*"))) <= 5


def test_hits_are_those_of_a_plain_count_wherever_recordings_lie(tmp_path):
    asked = [*codes_of(3), *range(50)]
    with SegmentIndex(tmp_path / "index", log_recordings=16) as index:
        for number in range(40):
            index.add(number, codes_of(number))
        counts = [(number, len(set(asked) & set(codes_of(number)))) for number in range(40)]
        expected = sorted(((n, c) for n, c in counts if c >= 2), key=lambda item: (-item[1], item[0]))
        assert index.hits(sorted(set(asked)), 2) == expected
        index.compact()
        assert index.hits(sorted(set(asked)), 2) == expected


def test_an_index_that_is_opened_again_holds_everything_that_was_synced(tmp_path):
    with SegmentIndex(tmp_path / "index", log_recordings=10) as index:
        for number in range(25):
            index.add(number, codes_of(number))
        index.sync()
    with SegmentIndex(tmp_path / "index", log_recordings=10) as index:
        assert len(index) == 25 and 24 in index and 25 not in index
        assert finds_all(index, list(range(25)))


def test_a_recording_is_added_once(tmp_path):
    with SegmentIndex(tmp_path / "index") as index:
        index.add(7, codes_of(7))
        index.add(7, codes_of(7))
        assert index.hits(codes_of(7), 3) == [(7, len(codes_of(7)))]


def test_a_torn_or_damaged_end_of_the_log_is_cut_off_and_the_rest_kept(tmp_path):
    for damage in (lambda data: data[:-3], lambda data: data[:-1] + b"\xff", lambda data: data + b"\x01\x02"):
        folder = tmp_path / str(random.random())
        with SegmentIndex(folder) as index:
            for number in range(5):
                index.add(number, codes_of(number))
        (log,) = folder.glob("log-*")
        log.write_bytes(damage(log.read_bytes()))
        with SegmentIndex(folder) as index:
            assert len(index) in (4, 5) and finds_all(index, [0, 1, 2, 3])
            index.add(9, codes_of(9))
        with SegmentIndex(folder) as index:
            assert finds_all(index, [0, 1, 2, 3, 9])


def test_what_a_killed_merge_left_behind_is_removed(tmp_path):
    folder = tmp_path / "index"
    with SegmentIndex(folder, log_recordings=4) as index:
        for number in range(10):
            index.add(number, codes_of(number))
    (folder / "segment-000099.part").mkdir()
    (folder / "segment-000099.part" / "entries.npy").write_bytes(b"half")
    (folder / "manifest.part").write_text("{")
    with SegmentIndex(folder, log_recordings=4) as index:
        assert finds_all(index, list(range(10)))
    assert not list(folder.glob("*.part"))


def test_an_index_of_another_algorithms_codes_begins_anew(tmp_path):
    for codes, held in (("one", 0), ("one", 20), ("two", 0), ("two", 20)):
        with SegmentIndex(tmp_path / "index", codes=codes, log_recordings=8) as index:
            assert len(index) == held
            for number in range(20):
                index.add(number, codes_of(number))
    assert len(list((tmp_path / "index").glob("log-*"))) == 1


def test_two_that_have_the_index_open_see_what_the_other_added(tmp_path):
    with SegmentIndex(tmp_path, log_recordings=8) as one, SegmentIndex(tmp_path, log_recordings=8) as other:
        for number in range(60):
            (one, other)[number % 3 == 0].add(number, codes_of(number))
            assert finds_all(one, [number]) and finds_all(other, [number])
        assert len(one) == len(other) == 60 and one.segments == other.segments < 8
        assert one.lacking([59, 60, 3, 70]) == [60, 70] and other.highest == 59


def test_an_index_that_another_empties_is_empty_for_all(tmp_path):
    with SegmentIndex(tmp_path, log_recordings=8) as one, SegmentIndex(tmp_path, log_recordings=8) as other:
        for number in range(20):
            one.add(number, codes_of(number))
        other.clear()
        assert len(one) == 0 and one.hits(codes_of(3), 3) == []
        one.add(3, codes_of(3))
        assert finds_all(other, [3]) and len(other) == 1
        assert len(list(tmp_path.glob("segment-*"))) == 0


@pytest.mark.parametrize("damage", ["manifest", "segment", "gone"])
def test_a_damaged_index_begins_anew(tmp_path, damage):
    with SegmentIndex(tmp_path, log_recordings=4) as index:
        for number in range(30):
            index.add(number, codes_of(number))
    segment = sorted(tmp_path.glob("segment-*"))[-1]
    if damage == "manifest":
        (tmp_path / "manifest.json").write_text("{")
    elif damage == "segment":
        (segment / "entries.npy").write_bytes(b"no array")
    else:
        (segment / "numbers.npy").unlink()
    with SegmentIndex(tmp_path, log_recordings=4) as index:
        assert len(index) == 0
        for number in range(30):
            index.add(number, codes_of(number))
        assert finds_all(index, list(range(30)))


_ADDER = """
import sys
from pathlib import Path
from service.store.segments import SegmentIndex
from tests.service.store.test_segments import codes_of, finds_all
first = int(sys.argv[2])
with SegmentIndex(Path(sys.argv[1]), log_recordings=8) as index:
    for number in range(first, 400, 4):
        index.add(number, codes_of(number))
        index.add(number - 1, codes_of(number - 1))
        assert finds_all(index, [number, first])
"""


def test_processes_that_add_at_once_lose_and_double_nothing(tmp_path):
    adders = [
        subprocess.Popen([sys.executable, "-c", _ADDER, str(tmp_path), str(first)], cwd=Path.cwd())
        for first in (1, 2, 3, 4)
    ]
    assert [adder.wait() for adder in adders] == [0, 0, 0, 0]
    with SegmentIndex(tmp_path, log_recordings=8) as index:
        assert len(index) == 400 and finds_all(index, list(range(400)))
        assert not list(tmp_path.glob("*.part"))


_WRITER = """
import sys
from pathlib import Path
from service.store.segments import SegmentIndex
from tests.service.store.test_segments import codes_of
with SegmentIndex(Path(sys.argv[1]), log_recordings=6) as index:
    for number in range(len(index), 100_000):
        index.add(number, codes_of(number))
        index.sync()
        print(number, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_it_synced_and_damages_nothing(tmp_path):
    folder, synced = tmp_path / "index", -1
    for seed in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.05, 0.3))
        writer.send_signal(signal.SIGKILL)
        said = [int(line) for line in (first + writer.communicate()[0]).splitlines() if line.strip().isdigit()]
        assert said[0] == synced + 1 or said[0] == synced + 2
        synced = said[-1]
        with SegmentIndex(folder, log_recordings=6) as index:
            assert len(index) >= synced + 1
            assert finds_all(index, list(range(0, synced + 1, 5)))
            synced = len(index) - 1
