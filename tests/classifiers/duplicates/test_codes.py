import numpy as np
import pytest

from classifiers.duplicates.codes import Figures
from classifiers.duplicates.peaks import Peaks
from tests.classifiers.duplicates.songs import heard, played


def moved(peaks: Peaks, *, time: int = 0, pitch: int = 0) -> Peaks:
    return Peaks(peaks.time + np.int32(time), peaks.pitch + np.int16(pitch), peaks.strength)


def test_codes_do_not_change_with_key_or_start(fingerprints):
    peaks = fingerprints[0].peaks
    codes = Figures(peaks).codes()
    transposed = Figures(moved(peaks, time=777, pitch=20)).codes()
    assert np.array_equal(codes.code, transposed.code)
    assert np.array_equal(codes.time + 777, transposed.time)


def test_a_cut_chooses_the_same_codes_as_the_whole(songs, fingerprints):
    cut = heard(songs[2][8 * 11_025 :])
    kept = set(Figures(cut.peaks).sampled(400).code.tolist())
    assert len(kept & set(fingerprints[2].postings())) > 60


def test_a_faster_copy_has_the_codes_of_the_original_most_of_all_under_its_own_scale(songs, fingerprints):
    faster = heard(played(songs[0], 1.125))
    shared = {scale: len(set(probe) & set(fingerprints[0].postings())) for scale, probe in faster.probes().items()}
    best = max(shared, key=lambda scale: shared[scale])
    assert best == pytest.approx(1.125, rel=0.05)
    assert shared[best] > 1.5 * shared[1.0]


def test_a_loop_counts_its_figures_once(songs):
    loop = np.tile(songs[1][: 2 * 11_025], 20)
    codes = Figures(heard(loop).peaks).sampled(10_000)
    assert len(set(codes.code.tolist())) == len(codes)


def test_few_peaks_give_no_codes():
    nothing = Peaks(np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.uint8))
    assert len(Figures(nothing).codes()) == len(Figures(nothing).lowest(5)) == 0
    two = Peaks(np.array([0, 9], np.int32), np.array([5, 9], np.int16), np.array([3, 3], np.uint8))
    assert len(Figures(two).sampled(5)) == 0


def test_the_lowest_ranks_are_the_same_whether_all_codes_are_made_or_few(fingerprints):
    figures = Figures(fingerprints[3].peaks)
    assert np.array_equal(figures.lowest(100).code, figures.codes().first(100).code)
    assert np.array_equal(figures.sampled(100).code, figures.codes().distinct().first(100).code)
