"""One long recording delivered as many tracks, on live traffic: from samples to the verdict."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from classifiers.pipeline import analyse
from service.settings import Settings
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from service.store.verdicts import Verdicts
from service.store.waveforms import Waveforms
from tests.deliveries import NOON, deliver, sha
from workers.decide import decide
from workers.lifecycle import Context

RATE = 16_000
PIECES = 10
Sound = npt.NDArray[np.float32]


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = Context(Settings(data_dir=tmp_path / "data", lease_s=60, _env_file=None))
    opened.database.migrate()
    yield opened
    opened.close()


def rain(seconds: float, seed: int = 1, tilt: float = 0.92) -> Sound:
    """Noise that falls off to the treble and swells and abates."""
    made = np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    kernel = tilt ** np.arange(64)
    swell = 0.2 * (1 + 0.3 * np.sin(np.arange(len(made)) / RATE / 5))
    return (np.convolve(made, kernel / np.sqrt((kernel**2).sum()), "same") * swell).astype(np.float32)


def song(number: int, seconds: float) -> Sound:
    """A chord of its own key with a melody; begins and ends in full sound, as the tracks of a live album do."""
    at = np.arange(int(seconds * RATE)) / RATE
    keys = [110 * 2 ** ((5 * number % 12 + step) / 12) for step in (0, 4, 7, 12)]
    sound = sum(np.sin(2 * np.pi * key * (1 + number % 4) * at) for key in keys)
    beat = 0.6 + 0.4 * np.sign(np.sin(2 * np.pi * (1.5 + 0.2 * number) * at))
    crowd = rain(seconds, seed=number, tilt=0.5) * 0.3
    return (0.1 * sound * beat + crowd).astype(np.float32)


def delivered(context: Context, folder: Path, sounds: list[Sound], titles: str) -> tuple[str, str | None, int]:
    """Analyse and judge; action and priority of the last track, and how many go on from another."""
    tracks = []
    for number, sound in enumerate(sounds):
        path = folder / f"{number}.flac"
        soundfile.write(path, sound, RATE)
        found = analyse(path)
        with context.database.write() as session:
            track = deliver(
                session,
                f"{number}",
                at=NOON + timedelta(minutes=number),
                title=f"{titles} {'abcdefghijkl'[number]}",
                artist=f"{titles} Collective",
                sender={"id": "sender", "tier": "verified"},
            )
            evidence = found.evidence.model_copy(update={"sha256": sha(f"{number}")})
            EvidenceStore(session).put(evidence, NOON)
            Waveforms(session).put(
                sha(f"{number}"), duration_s=evidence.duration_s, peaks=found.waveform, pipeline=evidence.pipeline
            )
            Jobs(session).enqueue(JobKind.DECIDE, track.id)
            tracks.append(track.id)
    while True:
        with context.database.write() as session:
            jobs = Jobs(session).claim(
                [JobKind.DECIDE], limit=50, worker="test", lease_s=60, now=NOON.replace(year=2999)
            )
        if not jobs:
            break
        for job in jobs:
            decide(context, job)
    with context.database.read() as session:
        verdict = Verdicts(session).standing(tracks[-1])
        assert verdict is not None
        priority = verdict.priority.value if verdict.priority else None
        return verdict.action.value, priority, verdict.facts["bulk"]["contiguous"]


def test_a_recording_cut_into_pieces_is_queued_and_the_fact_is_stored(context: Context, tmp_path: Path) -> None:
    whole = rain(31 * PIECES)
    pieces = [whole[31 * RATE * n : 31 * RATE * (n + 1)] for n in range(PIECES)]
    assert delivered(context, tmp_path, pieces, "Roof") == ("queue", "P1", PIECES - 1)


def test_a_live_album_without_gaps_is_left_alone(context: Context, tmp_path: Path) -> None:
    album = [song(number, 40.0 + 7 * (number * 3 % 5)) for number in range(PIECES)]
    action, _, contiguous = delivered(context, tmp_path, album, "Evening")
    assert (action, contiguous) == ("none", 0)
