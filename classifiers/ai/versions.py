"""What a score depends on beside the sound, as digests that are stored with every score."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from classifiers.ai.model import Model
from schemas.evidence import AiVersions

_DECODING = ("av", "soxr")
"""Libraries that turn a file into samples at the rate of the analysis; FFmpeg comes inside the first."""


def versions_of(model: Model) -> AiVersions:
    """The versions under which a model scores in this process."""
    decoder, decoder_sha256 = _decoder()
    return AiVersions(
        model_sha256=model.sha256,
        registry_sha256=_registry_sha256(),
        decoder=decoder,
        decoder_sha256=decoder_sha256,
    )


@cache
def _registry_sha256() -> str:
    """Digest over the detector's modules, which hold what is searched for, in order of their names."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@cache
def _decoder() -> tuple[str, str]:
    """Names and versions of the decoding libraries, and a digest over the digests of their files (``RECORD``)."""
    said, digest = [], hashlib.sha256()
    for name in _DECODING:
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            said.append(f"{name} unknown")
            continue
        said.append(f"{name} {installed.version}")
        digest.update((installed.read_text("RECORD") or installed.version).encode())
    return ", ".join(said), digest.hexdigest()
