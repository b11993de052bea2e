import numpy as np
import pytest

from classifiers.duplicates.align import _MOST_REPEATS, Landmarks, _pairs, nearest
from classifiers.duplicates.codes import in_order


def landmarks(time, pitch):
    nothing = np.zeros(len(time), np.uint8)
    return Landmarks(time, pitch, nothing, nothing, nothing.astype(bool))


@pytest.mark.parametrize("sort", [True, False])
def test_the_nearest_landmark_in_reach_is_the_one_that_looking_at_all_of_them_finds(sort):
    random = np.random.default_rng(4)
    time, pitch = random.uniform(-2, 32, 300), random.uniform(0, 60, 300)
    time = np.sort(time) if sort else time
    theirs = landmarks(np.sort(random.uniform(0, 30, 900)), random.uniform(0, 60, 900))
    met = nearest(time, pitch, theirs, within_s=0.3, within_semitones=0.5)
    for n, found in enumerate(met):
        apart, later = np.abs(theirs.pitch - pitch[n]) / 0.5, np.abs(theirs.time - time[n]) / 0.3
        distance = np.where((apart <= 1) & (later <= 1), apart + later, np.inf)
        assert found == (int(distance.argmin()) if distance.min() < 2 else -1)
    assert (met >= 0).any() and (met < 0).any()


def test_nothing_is_near_where_there_is_nothing():
    none = np.zeros(0)
    assert nearest(none, none, landmarks(none, none), within_s=1.0, within_semitones=1.0).tolist() == []
    assert nearest(np.ones(1), np.ones(1), landmarks(none, none), within_s=1.0, within_semitones=1.0).tolist() == [-1]


@pytest.mark.parametrize(("asked", "theirs"), [(400, 3_000), (3_000, 400), (50, 0), (0, 50), (1, 1)])
def test_equal_codes_pair_each_with_the_first_that_return(asked, theirs):
    random = np.random.default_rng(5)
    some = np.sort(random.integers(0, 100, asked).astype(np.uint32))
    others = np.sort(np.concatenate([random.integers(0, 1_000, theirs), random.integers(90, 100, theirs)])).astype(
        np.uint32
    )
    left, right = _pairs(some, others)
    expected = [
        (n, at) for n, code in enumerate(some) for at in np.flatnonzero(others == code)[:_MOST_REPEATS].tolist()
    ]
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected


def test_codes_in_order_keep_equal_ones_as_they_stood():
    codes = np.random.default_rng(6).integers(0, 50, 500).astype(np.uint32) * np.uint32(2**25)
    ordered, places = in_order(codes)
    assert places.tolist() == np.argsort(codes, kind="stable").tolist()
    assert ordered.tolist() == codes[places].tolist() and ordered.dtype == np.uint32


def test_equal_codes_are_in_order_of_rank_and_then_as_they_stood():
    random = np.random.default_rng(7)
    codes, rank = random.integers(0, 40, 600).astype(np.uint32), random.integers(0, 4, 600).astype(np.uint64)
    ordered, places = in_order(codes, rank)
    assert places.tolist() == np.lexsort((rank, codes)).tolist()
    assert ordered.tolist() == sorted(codes.tolist())
