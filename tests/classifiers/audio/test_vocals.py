"""A voice glides; keys, drums and held tones do not."""

import numpy as np
import pytest

from classifiers.audio.spectra import ONSET_HOP, ONSET_N_FFT, ONSET_RATE_HZ, PowerFrames
from classifiers.audio.vocals import NO_VOICE, VOICE, Vocals
from classifiers.training.sounds import Sound, music, noise


def sung(duration_s: float, tremble_hz: float = 5.5, depth: float = 0.03) -> Sound:
    """Partials of a voice at 220 Hz that trembles by half a semitone either way."""
    time = np.arange(int(duration_s * ONSET_RATE_HZ)) / ONSET_RATE_HZ
    phase = 2 * np.pi * 220 * time - 220 * depth / tremble_hz * np.cos(2 * np.pi * tremble_hz * time)
    partials = sum(np.sin(k * phase) / k for k in range(1, 22))
    return (0.1 * partials).astype(np.float32)


def gliding(sound: Sound, batch: int = 64) -> np.ndarray:
    vocals, frames = Vocals(), PowerFrames(ONSET_N_FFT, ONSET_HOP, batch=batch)
    for power in (*frames.feed(sound), *frames.finish()):
        vocals.feed_onset(power)
    return vocals.finish()


def test_a_trembling_voice_glides() -> None:
    assert gliding(sung(6)).mean() > VOICE


def test_a_voice_over_music_glides() -> None:
    accompaniment = music(8, seed=3, rate_hz=ONSET_RATE_HZ, channels=0).ravel()[: 6 * ONSET_RATE_HZ]
    accompaniment *= 0.5 * np.std(sung(6)) / np.std(accompaniment)
    assert gliding(sung(6) + accompaniment).mean() > VOICE


@pytest.mark.parametrize("kind", ["held", "noise", "silence"])
def test_what_does_not_sing_does_not_glide(kind: str) -> None:
    sounds = {
        "held": sung(6, depth=0.0),
        "noise": noise(6, rate_hz=ONSET_RATE_HZ),
        "silence": np.zeros(6 * ONSET_RATE_HZ, np.float32),
    }
    assert gliding(sounds[kind]).mean() <= NO_VOICE


def test_struck_notes_do_not_glide() -> None:
    time = np.arange(int(0.4 * ONSET_RATE_HZ)) / ONSET_RATE_HZ
    pitches = 220 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 9, 5, 2, 11]) / 12)
    notes = [sum(np.sin(2 * np.pi * k * hertz * time) / k for k in range(1, 15)) for hertz in pitches]
    assert gliding(np.concatenate([0.1 * note * np.exp(-5 * time) for note in notes]).astype(np.float32)).mean() < VOICE


def test_batches_make_no_difference_and_nothing_gives_nothing() -> None:
    assert np.array_equal(gliding(sung(3), batch=7), gliding(sung(3), batch=64))
    assert len(Vocals().finish()) == 0
