import pytest

from classifiers.ai.codec_grids import Codec, grid_hz, grid_score


@pytest.mark.parametrize(
    ("name", "rate_hz", "spacing_hz"),
    [("aac", 44_100, 21.533), ("vorbis", 44_100, 21.533), ("vorbis", 48_000, 23.4375), ("mp3", 44_100, 38.281)],
)
def test_the_grid_is_that_of_the_transform(name: str, rate_hz: int, spacing_hz: float) -> None:
    assert grid_hz(Codec(name, rate_hz, 128.0)) == pytest.approx(spacing_hz, rel=1e-4)


def test_lossless_files_and_opus_have_no_grid() -> None:
    assert grid_hz(Codec("flac", 44_100, None)) is None
    assert grid_hz(Codec("opus", 48_000, 96.0)) is None


def test_strength_is_asked_for_on_the_grid_and_its_low_multiples_alone() -> None:
    mp3 = Codec("mp3", 44_100, 128.0)
    assert grid_score(mp3, 44_100 / 1152) > 0
    assert grid_score(mp3, 2 * 44_100 / 1152) > 0
    assert grid_score(mp3, 50.0) == 0
    assert grid_score(mp3, 100 * 44_100 / 1152) == 0
    assert grid_score(Codec("flac", 44_100, None), 44_100 / 1152) == 0


def test_the_fourth_multiple_where_decoders_sit_is_asked_for_less_than_the_grid_itself() -> None:
    vorbis = Codec("vorbis", 44_100, 64.0)
    grid = 44_100 / 2048
    assert 0 < grid_score(vorbis, 4 * grid) <= grid_score(vorbis, grid) / 2
