"""Reading a stranger's picture: in a child process of its own, under limits on pixels, memory and time."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from classifiers.artwork.look import SIDE, Look, look_of

MOST_PIXELS = 100_000_000
"""10,000 x 10,000; stores ask for 3,000 x 3,000."""
MOST_MEMORY = 1 << 30
MOST_SECONDS = 20

_CHILD = Path(__file__).with_name("read_child.py")
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}


class UnreadablePicture(ValueError):
    """No picture, or one that is larger or stranger than any cover; the message says what is the matter."""


def look_at(path: Path) -> Look | None:
    """The look of a picture file; None where it is plain. Raises `UnreadablePicture`.

    JPEG, PNG, WebP, GIF (its first frame), TIFF and BMP are read.
    """
    command = [sys.executable, "-I", str(_CHILD), str(MOST_PIXELS), str(MOST_MEMORY), str(MOST_SECONDS), str(SIDE)]
    try:
        with path.open("rb") as file:
            child = subprocess.run(
                command, stdin=file, capture_output=True, timeout=2 * MOST_SECONDS, env=_ENVIRONMENT, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise UnreadablePicture(f"decoding takes more than {2 * MOST_SECONDS} s") from error
    if child.returncode == 0 and len(child.stdout) == SIDE * SIDE:
        return look_of(np.frombuffer(child.stdout, np.uint8).reshape(SIDE, SIDE))
    if child.returncode == 2:
        raise UnreadablePicture(child.stderr.decode("utf-8", "replace").strip()[:300])
    raise UnreadablePicture("the decoder broke down on it")
