"""Compiles every compiled loop now, and keeps the result: ``python -m classifiers.warm_up``.

Otherwise whoever analyses first waits for it, a quarter of a minute, and processes that begin together, as a worker's
and the tests' do, each compile all of it. Run by the set-up. A loop that changes is compiled again when it is wanted.
"""

import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifiers.audio.decode import Decoder
from classifiers.duplicates.match import compare
from classifiers.duplicates.postings import Postings
from classifiers.pipeline import analyse

_RATE_HZ = 44_100
_DURATION_S = 16


def warm_up() -> None:
    """Analyse a sound and the same at another speed, compare the two, and look one up in an index of both."""
    time = np.arange(_RATE_HZ * _DURATION_S) / _RATE_HZ
    notes = 220 * 2 ** (np.random.default_rng(0).integers(0, 24, 8 * _DURATION_S) / 12)
    sound = np.sin(2 * np.pi * np.repeat(notes, _RATE_HZ // 8 + 1)[: len(time)] * time)
    sound += 0.01 * np.random.default_rng(1).standard_normal(len(time))
    with tempfile.TemporaryDirectory() as folder, Decoder() as decoder:
        plain, faster = Path(folder) / "plain.wav", Path(folder) / "faster.wav"
        for path, rate_hz in ((plain, _RATE_HZ), (faster, 48_000)):
            _write(path, sound, rate_hz)
        one, other = (analyse(path, decoder=decoder).codes for path in (plain, faster))
    compare(one, other)
    Postings.of([one.postings(), other.postings()]).hits(one.postings(), 1)


def _write(path: Path, sound: npt.NDArray[np.float64], rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat((sound * 10_000).astype("<i2"), 2).tobytes())


if __name__ == "__main__":
    warm_up()
