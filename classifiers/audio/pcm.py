"""Hash of the decoded sound, which tells the same sound in another container or under other tags."""

import hashlib

import numpy as np
import numpy.typing as npt

from classifiers.compiled import compiled_exactly

Array = npt.NDArray[np.float32]


class PcmDigest:
    """SHA-256 over the mono mix in 16 bits, begun with the sample rate and the number of channels."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._digest = hashlib.sha256(f"{sample_rate_hz} {channels} int16\n".encode())

    def feed(self, mono: Array) -> None:
        """Take samples of the mix, full scale +-1."""
        samples = np.empty(len(mono), np.int16)
        _to_16_bits(mono, samples)
        self._digest.update(samples.astype("<i2", copy=False).data)

    def finish(self) -> str:
        """The hash in hexadecimal."""
        return self._digest.hexdigest()


@compiled_exactly
def _to_16_bits(mono: Array, samples: npt.NDArray[np.int16]) -> None:
    for n in range(len(mono)):
        samples[n] = min(max(np.rint(mono[n] * np.float32(32_767)), np.float32(-32_768)), np.float32(32_767))
