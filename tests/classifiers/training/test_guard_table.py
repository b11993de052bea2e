"""What a guard costs and saves is counted with it and without it, generators and people beside one another."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from classifiers.ai.calibration import Calibration
from classifiers.ai.guards import Guard
from classifiers.training.guard_table import guard_table
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement, measure
from classifiers.training.model_card import Run, model_card
from classifiers.training.report import make_report
from classifiers.training.sounds import RATE_HZ
from tests.classifiers.ai.listening import coloured, lines

CALIBRATION = replace(Calibration.load(), likely=6.0, inconclusive=4.8)


def counted(label: Label, family: str, strength: float, without: float, content: str = "music", duration_s: float = 30):
    clip = Clip(Path(f"{family}.mp3"), label, family, family, content, duration_s, family)
    others = dict.fromkeys(Guard, strength)
    return clip, Measurement(strength, 50.0, duration_s, without={**others, Guard.REPETITION: without})


def test_rows_count_what_is_likely_with_and_without_each_guard() -> None:
    rows = guard_table(
        [
            counted(Label.AI, "ace-step", 9.0, 9.0),
            counted(Label.AI, "ace-step", 5.0, 7.0),
            counted(Label.AI, "ace-step", 9.0, 9.0, duration_s=8),
            counted(Label.RECONSTRUCTION, "neural-codec", 9.0, 9.0, duration_s=8),
            counted(Label.HUMAN, "drums", 3.0, 8.0),
            counted(Label.HUMAN, "loops", 3.0, 8.0, content="loop"),
        ],
        CALIBRATION,
    )
    found = {
        row.name: (row.clips, row.likely, row.without[Guard.REPETITION], row.without[Guard.HELD_NOTES]) for row in rows
    }
    assert found == {
        "ace-step": (3, 1, 2, 1),
        "neural-codec": (1, 1, 1, 1),
        "all generators": (3, 1, 2, 1),
        "human music: false positives": (1, 0, 1, 0),
        "human loops, noises, short clips: false": (1, 0, 1, 0),
    }


def test_the_card_shows_the_table_with_people_beside_the_generators() -> None:
    measured = [counted(Label.HUMAN, f"people {number}", 3.0 + 0.01 * number, 8.0) for number in range(25)]
    measured += [counted(Label.AI, "ace|step", 9.0, 9.0)]
    clips, found = [clip for clip, _ in measured], [one for _, one in measured]
    report = make_report(clips, found, CALIBRATION)
    run = Run("earmark evaluate m.csv --guards", "c0ffee", [], 26, 0)
    card = model_card(run, CALIBRATION, report, guarded=guard_table(measured, CALIBRATION))
    assert "| | clips | all guards | no guard: repetition | no guard: held notes |" in card
    assert "| ace/step | 1 | 1 | 1 | 1 | 1 | 1 | 1 |" in card
    assert "| human music: false positives | 25 | 0 | 25 | 0 | 0 | 0 | 0 |" in card
    assert "With and without each guard" not in model_card(run, CALIBRATION, report)


def test_without_its_guard_a_sequenced_hit_is_a_strong_comb() -> None:
    hit = np.random.default_rng(1).standard_normal(2_000) * np.exp(-np.arange(2_000) / 200)
    sound = coloured(24, level=0.02)
    for start in range(0, len(sound) - 2_000, 5_292):
        sound[start : start + 2_000] += 0.15 * hit
    found = measure(sound, RATE_HZ, "flac", guards=True)
    assert found.strength < CALIBRATION.likely
    assert found.without[Guard.REPETITION] > CALIBRATION.likely


def test_the_grid_of_a_codec_is_taken_off_by_its_guard_alone() -> None:
    found = measure(coloured(22) + lines(22, RATE_HZ / 2048, 2.0), RATE_HZ, "vorbis", guards=True)
    assert found.without[Guard.CODEC_GRIDS] > found.strength + 1
    assert all(found.without[guard] >= found.strength - 0.01 for guard in Guard)
