import numpy as np
import pytest

from classifiers.duplicates.codes import UNCHANGED, Figures, Hypothesis
from classifiers.duplicates.peaks import Peaks
from tests.classifiers.duplicates.songs import heard, played


def moved(peaks: Peaks, *, time: int = 0, semitones: int = 0) -> Peaks:
    return Peaks(peaks.time + np.int32(time), peaks.pitch + np.int16(8 * semitones), peaks.strength)


def test_a_later_start_changes_no_code_and_another_key_only_under_its_hypothesis(fingerprints):
    peaks = fingerprints[0].peaks
    codes = Figures(peaks).lowest(500).codes(UNCHANGED)
    later = Figures(moved(peaks, time=777)).lowest(500)
    assert np.array_equal(codes, later.codes(UNCHANGED))
    higher = Figures(moved(peaks, semitones=3)).lowest(500)
    assert np.array_equal(codes, higher.codes(Hypothesis(1.0, 3.0)))
    assert np.isin(higher.codes(UNCHANGED), codes).mean() < 0.02
    assert np.array_equal(higher.relative_codes(1.0), later.relative_codes(1.0))


def test_a_cut_chooses_the_same_codes_as_the_whole(songs, fingerprints):
    cut = heard(songs[2][8 * 11_025 :])
    assert len(set(cut.probes()[UNCHANGED]) & set(fingerprints[2].postings())) > 60


def test_a_faster_copy_has_the_codes_of_the_original_most_of_all_under_its_own_speed(songs, fingerprints):
    faster = heard(played(songs[0], 1.125))
    shared = {asked: len(set(probe) & set(fingerprints[0].postings())) for asked, probe in faster.probes().items()}
    best = max(shared, key=lambda asked: shared[asked])
    assert best.scale == pytest.approx(1.125, rel=0.03) and best.pitch == pytest.approx(2.0, abs=0.5)
    assert shared[best] > 20 > 5 * shared[UNCHANGED]


def test_a_loop_counts_its_figures_once(songs):
    loop = np.tile(songs[1][: 2 * 11_025], 20)
    codes = Figures(heard(loop).peaks).sampled(10_000)
    assert len(set(codes.tolist())) == len(codes)


def test_few_peaks_give_no_codes():
    nothing = Peaks(np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.uint8))
    assert len(Figures(nothing).sampled(5)) == len(Figures(nothing).lowest(5)) == 0
    two = Peaks(np.array([0, 9], np.int32), np.array([5, 9], np.int16), np.array([3, 3], np.uint8))
    assert len(Figures(two).sampled(5)) == 0


def test_few_of_the_lowest_ranks_are_the_first_of_more(fingerprints):
    figures = Figures(fingerprints[3].peaks)
    assert np.array_equal(figures.lowest(100).toned, figures.lowest(5_000).toned[:100])
    assert np.array_equal(figures.lowest(100).time, figures.lowest(5_000).time[:100])
