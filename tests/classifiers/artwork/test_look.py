import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from classifiers.artwork.look import NEAR, SIDE, Look, look_of
from classifiers.artwork.read import UnreadablePicture, look_at
from tests.classifiers.artwork.pictures import cover, saved


def looked(tmp_path, data: bytes) -> Look | None:
    path = tmp_path / "picture"
    path.write_bytes(data)
    return look_at(path)


def test_a_picture_keeps_its_look_through_formats_sizes_and_recoding(tmp_path):
    picture = cover(1)
    original = looked(tmp_path, saved(picture))
    changed = [
        saved(picture, "JPEG", quality=30),
        saved(picture.resize((300, 300)), "WEBP", quality=50),
        saved(picture.resize((1400, 1400)), "JPEG", quality=80),
        saved(picture.convert("L"), "GIF"),
        saved(picture.convert("RGBA"), "TIFF"),
        saved(picture.point(lambda level: min(255, int(level * 1.15))), "BMP"),
    ]
    assert original is not None
    for data in changed:
        look = looked(tmp_path, data)
        assert look is not None and look.distance(original) <= NEAR
        assert set(look.bands()) & set(original.bands())


def test_different_pictures_look_different():
    looks = [look_of(np.asarray(cover(seed, 128).convert("L").resize((SIDE, SIDE)))) for seed in range(120)]
    apart = [a.distance(b) for i, a in enumerate(looks) if a for b in looks[:i] if b]
    assert min(apart) > 2 * NEAR and 110 < np.mean(apart) < 146


@pytest.mark.parametrize("name", ["black", "white", "ramp", "transparent"])
def test_what_is_plain_has_no_look(tmp_path, name):
    picture = {
        "black": Image.new("RGB", (500, 500), "black"),
        "white": Image.new("L", (500, 500), "white"),
        "ramp": Image.linear_gradient("L"),
        "transparent": Image.new("RGBA", (500, 500), (200, 10, 10, 0)),
    }[name]
    assert looked(tmp_path, saved(picture)) is None


def png_bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * 1_000_000, 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png_bomb(60_000, 60_000), "more than 100,000,000 pixels"),
        (png_bomb(9_900, 9_900), "not read as a picture"),
        (b"", "not read as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not read as a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not read as a picture"),
        (saved(cover(2))[:5_000], "not read as a picture"),
        (saved(Image.new("RGB", (1, 1))), "no cover"),
    ],
)
def test_what_is_no_cover_is_refused_with_a_sentence(tmp_path, data, said):
    with pytest.raises(UnreadablePicture, match=said):
        looked(tmp_path, data)


def test_a_reduced_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="64 x 64"):
        look_of(np.zeros((3, 3), np.uint8))
