"""Pictures made on the spot: stand-ins for covers."""

import io

import numpy as np
from PIL import Image, ImageFilter


def cover(seed: int, size: int = 600) -> Image.Image:
    """Blurred blots of colour with a few hard-edged shapes, as different for each seed as covers are."""
    rng = np.random.default_rng(seed)
    blots = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize((size, size))
    blots = blots.filter(ImageFilter.GaussianBlur(size / 60))
    for _ in range(6):
        x, y = rng.integers(0, size * 3 // 4, 2)
        w, h = rng.integers(size // 10, size // 3, 2)
        blots.paste(tuple(int(value) for value in rng.integers(0, 256, 3)), (x, y, x + w, y + h))
    return blots


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
