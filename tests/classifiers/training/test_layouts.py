from pathlib import Path

import pytest

from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.layouts import Layout, read_labelled, sampled
from classifiers.training.manifest import Clip, Label, ManifestError, Use


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


def by_name(clips: list[Clip]) -> dict[str, Clip]:
    return {clip.path.name: clip for clip in clips}


SONICS_FAKE = (
    "id,filename,title,duration,algorithm,style,source,lyrics,label,split\n"
    '22147,fake_22147_suno_0,A,121.5,chirp-v3.5,pop,suno,"two\nlines",full fake,train\n'
    "9,fake_00009_udio_1,B,,udio-30s,pop,udio,x,half fake,test\n"
    "7,fake_00007_suno_1,C,60,chirp-v3,pop,suno,x,mostly fake,test\n"
)
SONICS_REAL = "filename,title,artist,duration,youtube_id,label\nreal_00001,T,Anna,200.0,abc,real\n"


def test_sonics_is_read_by_its_tables_and_tells_what_is_not_there(tmp_path: Path) -> None:
    touch(tmp_path, "fake_songs/fake_22147_suno_0.mp3", "fake_songs/fake_00009_udio_1.mp3", "real_songs/real_00001.wav")
    (tmp_path / "fake_songs.csv").write_text(SONICS_FAKE, encoding="utf-8")
    (tmp_path / "real_songs.csv").write_text(SONICS_REAL, encoding="utf-8")
    found = read_labelled(tmp_path)
    assert (found.layout, found.absent, len(found.clips)) == (Layout.SONICS, 1, 3)
    clips = by_name(found.clips)
    suno, real = clips["fake_22147_suno_0.mp3"], clips["real_00001.wav"]
    assert (suno.label, suno.family, suno.source, suno.duration_s) == (Label.AI, "suno", "chirp-v3.5", 121.5)
    assert (real.label, real.family, real.source) == (Label.HUMAN, "sonics", "Anna")
    assert suno.group == "sonics-22147"
    assert not clips["fake_00009_udio_1.mp3"].length_is_known
    assert {clip.decoder for clip in found.clips} == {GeneratorDecoder.UNKNOWN}


def test_sonics_without_tables_is_read_by_its_names(tmp_path: Path) -> None:
    found = read_labelled(touch(tmp_path, "fake_songs/part_01/fake_00009_udio_1.mp3", "fake_songs/cover.jpg"))
    assert [(clip.family, clip.source) for clip in found.clips] == [("udio", "udio")]


def test_a_split_of_sonics_is_read_beside_its_folders(tmp_path: Path) -> None:
    touch(tmp_path, "fake_songs/fake_00009_udio_1.mp3", "fake_songs/fake_22147_suno_0.mp3")
    (tmp_path / "test.csv").write_text(
        "filename,label,source,target,filepath\nfake_00009_udio_1,half fake,udio,1,../S/x.mp3\n", encoding="utf-8"
    )
    assert [clip.path.stem for clip in read_labelled(tmp_path / "test.csv").clips] == ["fake_00009_udio_1"]


FMA = ",album,artist,artist\n,id,id,name\ntrack_id,,,\n2,1,77,AWOL\n10,6,9,Kurt\n"


@pytest.mark.parametrize("place", [".", "fma_small"])
def test_fma_is_read_with_the_artist_as_source(tmp_path: Path, place: str) -> None:
    touch(tmp_path, "fma_small/000/000002.mp3", "fma_small/000/000011.mp3", "fma_small/checksums")
    touch(tmp_path, "fma_metadata/tracks.csv").joinpath("fma_metadata/tracks.csv").write_text(FMA, encoding="utf-8")
    found = read_labelled(tmp_path / place)
    assert found.layout is Layout.FMA
    assert {clip.path.stem: clip.source for clip in found.clips} == {"000002": "fma artist 77", "000011": "fma"}
    assert {clip.label for clip in found.clips} == {Label.HUMAN}
    assert {clip.use for clip in found.clips} == {Use.EVALUATE}


def test_folders_named_by_label_are_read_with_the_next_folder_as_source(tmp_path: Path) -> None:
    touch(tmp_path, "ai/riffusion/deep/a.mp3", "Human/b.wav", "notes/c.wav", "human2/d.wav")
    clips = by_name(read_labelled(tmp_path).clips)
    assert (clips["a.mp3"].label, clips["a.mp3"].source) == (Label.AI, "riffusion")
    assert clips["a.mp3"].decoder is GeneratorDecoder.UNSTRIDED
    assert (clips["b.wav"].label, clips["b.wav"].source) == (Label.HUMAN, "Human")
    assert len(clips) == 2


def test_a_layout_that_is_named_is_taken_at_the_word(tmp_path: Path) -> None:
    touch(tmp_path, "real/a.wav", "manifest.csv")
    (tmp_path / "manifest.csv").write_text("path,label\nreal/a.wav,human\n", encoding="utf-8")
    assert read_labelled(tmp_path).layout is Layout.MANIFEST
    assert read_labelled(tmp_path, Layout.FOLDERS).layout is Layout.FOLDERS


def test_the_digest_follows_paths_and_labels(tmp_path: Path) -> None:
    before = read_labelled(touch(tmp_path, "ai/a.wav")).sha256
    assert read_labelled(tmp_path).sha256 == before
    assert read_labelled(touch(tmp_path, "human/a.wav")).sha256 != before


@pytest.mark.parametrize(
    ("files", "layout", "said"),
    [
        ({}, None, "no layout is recognised"),
        ({"ai/readme.txt": ""}, None, "no clips are there"),
        ({"a.txt": ""}, Layout.MANIFEST, "no manifest.csv"),
        ({"fake_songs/a.mp3": "", "fake_songs.csv": "name\n1\n"}, None, "no column 'filename'"),
        ({"fma_full/000/000002.mp3": "", "fma_metadata/tracks.csv": "track_id\n2\n"}, None, "no column 'id'"),
        ({"manifest.csv": "path,label\n,ai\n"}, None, "row 2, path: is empty"),
        ({"manifest.csv": "path,label,use\na,ai,fun\n"}, None, "row 2, use: 'fun'"),
        ({"manifest.csv": "path,label,decoder\na,ai,fun\n"}, None, "row 2, decoder: 'fun'"),
        ({"manifest.csv": "path,label,duration_s\na,ai,-3\n"}, None, "row 2, duration_s: '-3'"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, files: dict[str, str], layout: Layout | None, said: str) -> None:
    for name, text in files.items():
        touch(tmp_path, name).joinpath(name).write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=said):
        read_labelled(tmp_path, layout)


def test_a_place_that_is_not_there_and_a_file_of_bytes_say_so(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no such file"):
        read_labelled(tmp_path / "gone")
    (tmp_path / "m.csv").write_bytes(b"path,label\n\xff\xfe,ai\n")
    with pytest.raises(ManifestError, match="no text in UTF-8"):
        read_labelled(tmp_path / "m.csv")


def test_a_sample_takes_the_same_few_of_every_family(tmp_path: Path) -> None:
    clips = read_labelled(touch(tmp_path, *(f"ai/{name}/{n}.wav" for name in "ab" for n in range(9)))).clips
    chosen = sampled(clips, 3)
    assert sorted(clip.family for clip in chosen) == ["a"] * 3 + ["b"] * 3
    assert sampled(clips[::-1], 3) == chosen[::-1]
