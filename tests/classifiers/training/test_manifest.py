from pathlib import Path

import pytest

from classifiers.training.manifest import Label, ManifestError, read_manifest


def written(folder: Path, text: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_columns_get_values_that_follow_from_the_path(tmp_path: Path) -> None:
    (clip,) = read_manifest(written(tmp_path, "path,label\nsuno/a.mp3,ai\n"))
    assert clip.path == tmp_path / "suno/a.mp3"
    assert (clip.label, clip.family, clip.source, clip.group) == (Label.AI, "suno", "suno", "suno/a.mp3")
    assert clip.is_music


def test_loops_noises_and_short_clips_are_no_music(tmp_path: Path) -> None:
    rows = "a.wav,human,loop,30\nb.wav,human,nonmusic,30\nc.wav,human,music,9.9\nd.wav,human,singing,10\n"
    clips = read_manifest(written(tmp_path, "path,label,content,duration_s\n" + rows))
    assert [clip.is_music for clip in clips] == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,kind\na.mp3,ai\n", "no column 'label'"),
        ("path,label\na.mp3,robot\n", "row 2, label: 'robot'"),
        ("path,label,duration_s\na.mp3,ai,long\n", "row 2, duration_s: could not convert"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        read_manifest(written(tmp_path, text))
