"""The greatest magnitude of each stretch of samples, with whole numbers in place of floating-point ones.

Without its sign, a floating-point number and the whole number that its bits spell are in the same order; and the
greatest of whole numbers is found many at a time, for no rule about "not a number" keeps the processor from it.
"""

import numpy as np
import numpy.typing as npt

from classifiers.compiled import compiled_exactly

Array = npt.NDArray[np.float32]
Bits = npt.NDArray[np.int32]

MAGNITUDE = 0x7FFF_FFFF
"""All bits but the sign."""


def magnitudes(samples: Array) -> Bits:
    """The bits of samples, for :func:`greatest`: the same memory, and the same shape."""
    return samples.view(np.int32)


@compiled_exactly
def greatest(bits: Bits, each: int, found: Bits) -> None:
    """Bits of the greatest magnitude of every ``each`` samples, of which the last stretch may have fewer, or none.

    Args:
        bits: of samples, shape ``(frames,)``; what is "not a number" is greater than infinity.
        each: samples of a stretch.
        found: the results, to be read as float32.
    """
    for at in range(len(found)):
        stretch = bits[at * each : (at + 1) * each]
        most = np.int32(0)
        for n in range(len(stretch)):
            most = max(most, stretch[n] & np.int32(MAGNITUDE))
        found[at] = most
