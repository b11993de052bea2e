"""Mean of the 41 values around each, the first step to the floor that lines of a spectrum are measured against."""

import numpy as np
import numpy.typing as npt

from classifiers.compiled import compiled

Array = npt.NDArray[np.float32]

HALF = 20
"""Values on either side; whoever calls leaves room for as many before the first and after the last."""


@compiled
def mirror_ends(padded: Array) -> None:
    """Fill the room at both ends with the mirror image of what lies next to it."""
    last = len(padded) - 1
    for k in range(HALF):
        padded[k] = padded[2 * HALF - 1 - k]
        padded[last - k] = padded[last - 2 * HALF + 1 + k]


@compiled
def running_mean(padded: Array, means: Array) -> None:
    """Mean of the 41 values from each on: sums of two, four, eight and sixteen are made of one another."""
    count = len(means)
    twos, fours, eights, sixteens = np.empty((4, len(padded)), np.float32)
    for k in range(count + 38):
        twos[k] = padded[k] + padded[k + 1]
    for k in range(count + 36):
        fours[k] = twos[k] + twos[k + 2]
    for k in range(count + 32):
        eights[k] = fours[k] + fours[k + 4]
    for k in range(count + 16):
        sixteens[k] = eights[k] + eights[k + 8]
    for k in range(count):
        means[k] = (sixteens[k] + sixteens[k + 16] + eights[k + 32] + padded[k + 40]) * np.float32(1 / 41)
