"""Test sounds: the makers of the product, under the name by which the tests know them."""

from classifiers.training.files import ENCODERS, write_audio, write_comment
from classifiers.training.sounds import (
    MAKERS,
    RATE_HZ,
    Sound,
    loop,
    music,
    noise,
    rain,
    silence,
    strided_decoder,
    tone,
)

SUNO_COMMENT = "made with suno; created=2026-03-01T12:00:00Z; id=0f8fad5b-d9cb-469f-a165-70867728950e"
"""The comment that Suno writes into its downloads."""

__all__ = [
    "ENCODERS",
    "MAKERS",
    "RATE_HZ",
    "SUNO_COMMENT",
    "Sound",
    "loop",
    "music",
    "noise",
    "rain",
    "silence",
    "strided_decoder",
    "tone",
    "write_audio",
    "write_comment",
]
