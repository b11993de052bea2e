"""Manifests, folders and files as one list of items."""

import json
from pathlib import Path

import pytest

from schemas.catalogue import TrackMetadata
from service.manifest import Expected, ManifestError, from_dotted, items_of
from tests.sounds import tone, write_audio

ROW = {
    "file": "a.wav",
    "title": "Harbour",
    "artists": [{"name": "Ines", "role": "MainArtist"}],
    "release": {"upc": "885016204075"},
    "declared_ai": {"VOCALS": "NONE"},
    "note": "for whoever delivers",
    "expected": {"action": "queue", "labels": ["ai_detected", "ai_mismatch"]},
}


def test_a_row_is_sent_without_what_is_said_to_the_caller(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text(json.dumps(ROW) + "\n\n")
    [item] = items_of(tmp_path)
    assert item.file == tmp_path / "a.wav"
    assert set(item.metadata) == {"title", "artists", "release", "declared_ai"}
    assert item.expected == Expected("queue", frozenset({"ai_detected", "ai_mismatch"}))
    assert item.expected.met_by("queue", ["ai_mismatch", "ai_detected"])
    assert not item.expected.met_by("queue", ["ai_detected"])
    assert not item.expected.met_by(None, [])


def test_csv_says_the_same_with_dots(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(
        "file,title,artists,release.upc,declared_ai.VOCALS,isrc,expected.action,expected.labels\n"
        "a.wav,Harbour,Ines,885016204075,NONE,,queue,ai_detected; ai_mismatch\n"
    )
    [item] = items_of(tmp_path)
    assert TrackMetadata.model_validate(item.metadata) == TrackMetadata.model_validate(
        {key: ROW[key] for key in ("title", "artists", "release", "declared_ai")}
    )
    assert item.expected == Expected("queue", frozenset({"ai_detected", "ai_mismatch"}))


def test_artists_may_be_spelled_out_in_csv() -> None:
    row = from_dotted({"artists.1.name": "Bo", "artists.0.name": "Al", "artists.0.role": "MainArtist"})
    assert row == {"artists": [{"name": "Al", "role": "MainArtist"}, {"name": "Bo"}]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: no JSON"),
        ("[]", "line 1: a row is a JSON object"),
        ('{"title": "x"}', "line 1: 'file' is missing"),
        ('{"file": "../secret.wav"}', "must lie in the manifest's folder"),
        ('{"file": "/etc/passwd"}', "must lie in the manifest's folder"),
    ],
)
def test_a_bad_manifest_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(line)
    with pytest.raises(ManifestError, match=said):
        items_of(tmp_path)


def test_a_folder_without_a_manifest_is_walked_for_audio(tmp_path: Path) -> None:
    write_audio(tmp_path / "deep" / "b.wav", tone(0.1))
    write_audio(tmp_path / "a.wav", tone(0.1))
    (tmp_path / "cover.png").write_bytes(b"x")
    items = items_of(tmp_path)
    assert [item.shown for item in items] == [str(tmp_path / "a.wav"), str(tmp_path / "deep" / "b.wav")]
    assert items[0].metadata == {"title": "a", "artists": [{"name": "[unknown]"}]}


def test_a_file_is_billed_as_its_tags_or_the_caller_say(tmp_path: Path) -> None:
    import mutagen

    path = write_audio(tmp_path / "a.flac", tone(0.1))
    tags = mutagen.File(path)
    tags["title"], tags["artist"] = "Harbour", "Ines"
    tags.save()
    assert items_of(path)[0].metadata == {"title": "Harbour", "artists": [{"name": "Ines"}]}
    assert items_of(path, artist="Bo")[0].metadata["artists"] == [{"name": "Bo"}]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        items_of(tmp_path / "nowhere")
