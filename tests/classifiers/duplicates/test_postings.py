import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.duplicates.postings import Postings, counted

CODE = st.integers(0, 2**31 - 1)


def expected(recordings: list[list[int]], asked: list[int], least: int) -> list[tuple[int, int]]:
    counts = [(number, sum(codes.count(code) for code in asked)) for number, codes in enumerate(recordings)]
    return sorted(((n, hits) for n, hits in counts if hits >= least), key=lambda item: (-item[1], item[0]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.one_of(CODE, st.integers(0, 40)), max_size=8, unique=True), max_size=12),
    st.lists(st.one_of(CODE, st.integers(0, 40)), max_size=30, unique=True),
    st.integers(1, 3),
)
def test_hits_are_those_of_a_plain_count(recordings, asked, least):
    numbers, hits = Postings.of(recordings).hits(asked, least)
    assert list(zip(numbers.tolist(), hits.tolist(), strict=True)) == expected(recordings, asked, least)


def test_entries_come_back_as_pairs_in_order_of_code():
    recordings = [[5, 2**31 - 1], [5], [], [0, 7]]
    codes, numbers = Postings.of(recordings).pairs()
    assert list(zip(codes.tolist(), numbers.tolist(), strict=True)) == [
        (0, 3),
        (5, 0),
        (5, 1),
        (7, 3),
        (2**31 - 1, 0),
    ]


def test_a_large_index_finds_what_was_put_in():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**31, 400_000).astype(np.uint32)
    numbers = np.repeat(np.arange(2_000, dtype=np.uint32), 200)
    index = Postings.build(codes, numbers, 2_000)
    for number in (0, 777, 1_999):
        found, hits = index.hits(codes[numbers == number].tolist(), 10)
        assert found[0] == number and hits[0] >= 199


def test_more_recordings_than_an_entry_can_number_are_refused():
    with pytest.raises(ValueError, match="too many"):
        Postings.build(np.zeros(1, np.uint32), np.zeros(1, np.uint32), 2**28)


def test_what_is_damaged_is_never_read_or_written_beyond_its_end():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 2**31, 2_000).astype(np.uint32)
    whole = Postings.build(codes, np.repeat(np.arange(10, dtype=np.uint32), 200), 10)
    for _ in range(20):
        directory = rng.integers(0, 2**32, len(whole.directory)).astype(np.uint32)
        entries = rng.integers(0, 2**32, len(whole.entries)).astype(np.uint32)
        for damaged in (Postings(directory, whole.entries, 10), Postings(whole.directory, entries, 10)):
            numbers, _ = damaged.hits([*codes.tolist(), 2**32 - 1], 1)
            assert all(number < 10 for number in numbers.tolist())


def test_an_index_of_nothing_answers_nothing():
    assert len(Postings.of([]).hits([1, 2], 1)[0]) == 0
    assert len(Postings.of([[1]]).hits([], 1)[0]) == 0
    assert len(counted(np.empty(0, np.uint32), 4)[0]) == 0
