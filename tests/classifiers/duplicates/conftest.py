import pytest

from classifiers.duplicates.fingerprint import FingerprintCodes
from tests.classifiers.duplicates.songs import Sound, heard, song


@pytest.fixture(scope="session")
def songs() -> list[Sound]:
    """Four songs that have nothing in common."""
    return [song(seed) for seed in range(4)]


@pytest.fixture(scope="session")
def fingerprints(songs: list[Sound]) -> list[FingerprintCodes]:
    return [heard(sound) for sound in songs]
