import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.duplicates.fingerprint import ALGORITHM, FingerprintCodes, MalformedFingerprint
from classifiers.duplicates.frames import RATE_HZ
from classifiers.duplicates.peaks import Peaks
from schemas.evidence import Fingerprint
from tests.classifiers.duplicates.songs import heard, noisy


def same_peaks(one: FingerprintCodes, other: FingerprintCodes) -> bool:
    names = ("time", "pitch", "strength", "level")
    return all(np.array_equal(getattr(one.peaks, name), getattr(other.peaks, name)) for name in names)


def test_the_same_sound_gives_the_same_fingerprint_however_its_frames_arrive(songs):
    long = np.concatenate([songs[0]] * 7)
    assert same_peaks(heard(long, block=7), heard(long, block=1_000))


def test_gain_and_inversion_change_hardly_a_landmark(songs, fingerprints):
    quiet = heard(-0.03 * songs[0])
    assert abs(len(quiet.peaks) - len(fingerprints[0].peaks)) <= 3
    assert len(set(quiet.postings()) & set(fingerprints[0].postings())) > 0.9 * len(fingerprints[0].postings())


def test_three_minutes_take_a_few_kilobytes_and_220_postings(songs):
    three_minutes = heard(np.concatenate([*songs, *songs])[: 180 * RATE_HZ])
    assert 1_000 < len(three_minutes.packed()) < 8_000
    assert len(three_minutes.postings()) == len(set(three_minutes.postings())) == 220
    assert all(0 <= code < 2**31 for code in three_minutes.postings())


def test_a_fingerprint_comes_back_from_the_evidence_as_it_was(fingerprints):
    schema = fingerprints[0].to_schema()
    assert schema.algorithm == ALGORITHM and schema.matchable
    back = FingerprintCodes.from_schema(Fingerprint.model_validate_json(schema.model_dump_json()))
    assert same_peaks(back, fingerprints[0])
    assert back.postings() == fingerprints[0].postings()
    assert back.duration_s == pytest.approx(fingerprints[0].duration_s, abs=0.1)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(20 * RATE_HZ),
        np.full(20 * RATE_HZ, 0.01),
        np.random.default_rng(0).standard_normal(20 * RATE_HZ) * 0.1,
        np.cumsum(np.random.default_rng(1).standard_normal(20 * RATE_HZ)) * 0.001,
        0.3 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE_HZ) / RATE_HZ),
        np.zeros(10),
    ],
    ids=["silence", "direct current", "white noise", "brown noise", "tone", "a click's length"],
)
def test_sound_that_says_nothing_of_a_recording_is_not_matchable(sound):
    codes = heard(sound)
    assert not codes.matchable
    assert codes.postings() == [] and codes.probes() == {}
    assert codes.to_schema().value == ""
    assert not FingerprintCodes.from_schema(codes.to_schema()).matchable


def test_music_under_loud_noise_stays_matchable(songs):
    assert heard(noisy(songs[1], 10)).matchable


def test_a_fingerprint_of_another_algorithm_is_refused(fingerprints):
    other = fingerprints[0].to_schema().model_copy(update={"algorithm": "chromaprint-1"})
    with pytest.raises(MalformedFingerprint, match="chromaprint-1"):
        FingerprintCodes.from_schema(other)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"no deflate at all", zlib.compress(b"abc"), zlib.compress(bytes(7)), zlib.compress(bytes(12))[:-3]],
)
def test_damaged_bytes_are_refused(data):
    with pytest.raises(MalformedFingerprint):
        FingerprintCodes.unpacked(data)


def test_levels_that_do_not_fit_their_peaks_are_refused(fingerprints):
    raw = zlib.decompress(fingerprints[0].packed())
    for damaged in (raw[:-1], raw + b"\x00", raw[:-1] + b"\x10", raw[:4] + b"\xff" * 4 + raw[8:], raw[:6]):
        with pytest.raises(MalformedFingerprint):
            FingerprintCodes.unpacked(zlib.compress(damaged))


def test_levels_do_not_change_with_gain_and_say_what_is_soft_beside_the_music(songs):
    bass = np.sin(2 * np.pi * 60 * np.arange(len(songs[0])) / RATE_HZ)
    alone, quiet, over_bass = heard(songs[0]), heard(0.03 * songs[0]), heard(songs[0] + 3 * bass)
    assert abs(np.median(alone.peaks.level) - np.median(quiet.peaks.level)) <= 1
    assert np.median(over_bass.peaks.level) >= np.median(alone.peaks.level) + 5


def test_a_bomb_of_zeros_is_refused_before_it_is_unpacked():
    with pytest.raises(MalformedFingerprint, match="longer than any recording"):
        FingerprintCodes.unpacked(zlib.compress(bytes(50_000_000)))


def test_text_that_is_not_base64_is_refused(fingerprints):
    schema = fingerprints[0].to_schema()
    with pytest.raises(MalformedFingerprint, match="base64"):
        FingerprintCodes.from_schema(schema.model_copy(update={"value": "%%%"}))
    with pytest.raises(MalformedFingerprint):
        FingerprintCodes.from_schema(schema.model_copy(update={"value": base64.b64encode(b"x").decode()}))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 423), st.integers(0, 7), st.integers(0, 15)),
        max_size=40,
    ),
    st.booleans(),
)
def test_any_constellation_survives_packing(steps, with_levels):
    time = np.cumsum([step for step, *_ in steps], dtype=np.int32) if steps else np.empty(0, np.int32)
    peaks = Peaks(
        time,
        np.array([pitch for _, pitch, _, _ in steps], np.int16),
        np.array([strength for _, _, strength, _ in steps], np.uint8),
        np.array([level for *_, level in steps], np.uint8) if with_levels else None,
    )
    codes = FingerprintCodes(peaks, 12.0, True)
    assert same_peaks(FingerprintCodes.unpacked(codes.packed()), codes)
