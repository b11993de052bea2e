"""Marks lie where the finding is, and words say the same to those who do not see the picture."""

import pytest

from schemas.spectral_trace import SpectralTrace, TraceKind
from service.console.spectrum import spectrum
from service.store.spectrograms import Spectrograms
from tests.deliveries import deliver, evidence, sha


def trace(kind=TraceKind.LINES, spacing_hz=50.0, around=(0.1, 0.0, 0.1, 1.2, 0.1, 0.2, 0.0)):
    return SpectralTrace(
        kind=kind,
        spacing_hz=spacing_hz,
        low_hz=1_000.0,
        high_hz=14_000.0,
        places=261,
        step_hz=1.3458,
        around=list(around),
    )


def test_lines_are_marked_between_the_edges_of_the_band():
    seen = spectrum(evidence(), trace(spacing_hz=1_000.0))
    assert len(seen.marks) == 14
    assert seen.marks[0] == pytest.approx(100 * (1 - 1_000 / 22_050), abs=0.01)
    assert seen.marks[-1] == pytest.approx(100 * (1 - 14_000 / 22_050), abs=0.01)
    assert seen.words == "Lines every 1000 Hz from 1.0 to 14.0 kHz; each is marked."


def test_lines_that_lie_too_close_for_the_picture_are_marked_here_and_there_and_the_words_say_so():
    seen = spectrum(evidence(), trace())
    assert len(seen.marks) == 38
    assert "one in 7 is marked" in seen.words
    assert seen.overlay.text == (
        "All 261 places laid over one another: 1.2 dB in the middle, at most 0.1 dB beside it."
    )


def test_swings_mark_the_band_and_no_lines():
    seen = spectrum(evidence(), trace(TraceKind.SWINGS))
    assert (seen.marks, seen.band is not None) == ([], True)
    assert "no spectrogram shows" in seen.words


def test_where_nothing_was_found_nothing_is_marked():
    seen = spectrum(evidence(), None)
    assert (seen.marks, seen.band, seen.overlay) == ([], None, None)
    assert seen.alt == "Spectrogram from 0 to 22 kHz over 3:00; energy up to 20.0 kHz."
    assert seen.words == "No lines or swings at equal distances stand out."


@pytest.mark.parametrize("around", [(0.0,) * 7, (1.0, 1.0, 1.0)])
def test_a_level_curve_is_drawn_as_well(around):
    assert spectrum(evidence(), trace(around=around)).overlay.points


def test_the_newest_picture_of_an_audio_is_kept_with_its_trace(database):
    with database.write() as session:
        deliver(session, "audio")
        store = Spectrograms(session)
        assert store.traces([sha("audio")]) == {}
        store.put(sha("audio"), picture=b"one", trace=trace(), pipeline="1")
        assert store.traces([sha("audio")]) == {sha("audio"): trace()}
        store.put(sha("audio"), picture=b"two", trace=None, pipeline="2")
        assert (store.traces([sha("audio")]), store.picture(sha("audio"))) == ({sha("audio"): None}, b"two")
