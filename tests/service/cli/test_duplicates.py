"""``earmark duplicates``: groups, relations, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.classifiers.duplicates.songs import RATE_HZ, noisy, played, song


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("delivery")
    first, second = song(0, 20), song(1, 20)
    hiss = np.random.default_rng(0)
    sounds = {
        "a original.wav": first,
        "b faster.ogg": played(first, 1.04),
        "c other.flac": second,
        "d excerpt.wav": noisy(first[6 * RATE_HZ :], 15),
        "e retagged.wav": second,
        "n1.wav": 0.1 * hiss.standard_normal(8 * RATE_HZ),
        "n2.wav": 0.1 * hiss.standard_normal(8 * RATE_HZ),
        "s1.wav": np.zeros(8 * RATE_HZ),
        "s2.wav": np.zeros(8 * RATE_HZ),
        "over one.wav": song(31, 20, over=5),
        "over two.wav": song(32, 20, over=5),
    }
    for name, sound in sounds.items():
        soundfile.write(root / name, 0.5 * sound / max(1.0, float(np.abs(sound).max())), RATE_HZ)
    # Another container and other tags around the very same samples.
    samples, rate = soundfile.read(root / "c other.flac", dtype="int16")
    soundfile.write(root / "e retagged.wav", samples, rate, subtype="PCM_16")
    return root


def earmark(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", "duplicates", *arguments]
    environment = {"PYTHONPATH": str(Path.cwd())}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)


def test_groups_and_links_are_printed_as_json_lines(folder: Path) -> None:
    done = earmark(folder.parent, folder.name, "--json")
    assert done.returncode == 0, done.stderr
    groups = [json.loads(line) for line in done.stdout.splitlines()]
    assert [group["group"] for group in groups] == [
        [f"{folder.name}/{name}" for name in names]
        for names in (("a original.wav", "b faster.ogg", "d excerpt.wav"), ("c other.flac", "e retagged.wav"))
    ]
    links = {(Path(one["a"]).name[0] + Path(one["b"]).name[0]): one for group in groups for one in group["links"]}
    assert {pair: one["relation"] for pair, one in links.items()} == {
        "ab": "transformed",
        "ad": "same_recording",
        "bd": "transformed",
        "ce": "identical",
    }
    assert links["ab"]["speed_ratio"] == pytest.approx(1.04, rel=0.003)
    assert links["ab"]["pitch_semitones"] == pytest.approx(0.68, abs=0.1)
    assert links["ad"]["overlap_s"] == pytest.approx(14, abs=1)
    assert set(links["ab"]) >= {"a", "b", "relation", "overlap_s", "speed_ratio", "pitch_semitones", "score"}


def test_a_shared_backing_is_shown_when_asked_for_and_joins_nothing(folder: Path) -> None:
    done = earmark(folder, "--json", "--backing", "over one.wav", "over two.wav")
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert line["group"] == []
    assert [one["relation"] for one in line["links"]] == ["shared_backing"]


def test_the_table_names_relation_and_speed(folder: Path) -> None:
    done = earmark(folder, "a original.wav", "b faster.ogg")
    assert "transformed" in done.stdout and "1.04" in done.stdout
    assert "1 groups among 2 recordings" in done.stderr


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_compared(folder: Path) -> None:
    (folder.parent / "broken.wav").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = earmark(
        folder.parent, "--json", "broken.wav", f"{folder.name}/c other.flac", f"{folder.name}/e retagged.wav"
    )
    assert done.returncode == 1
    assert "broken.wav" in done.stderr and "1 of 3 files could not be read" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_path_that_does_not_exist_is_wrong_use(folder: Path) -> None:
    done = earmark(folder, "nowhere.wav")
    assert done.returncode == 2 and not done.stdout
