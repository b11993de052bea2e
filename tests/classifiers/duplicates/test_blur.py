"""The blur against SciPy's own: peaks are where it says they are, to the last bit."""

import numpy as np
import pytest
from scipy import ndimage

from classifiers.duplicates.blur import blurred


@pytest.mark.parametrize("shape", [(1, 125), (7, 125), (200, 125), (40, 3)])
@pytest.mark.parametrize("sigma", [(1.3, 0.5), (8.6, 5.0)])
def test_a_spectrogram_is_blurred_as_scipy_blurs_it(shape: tuple[int, int], sigma: tuple[float, float]) -> None:
    values = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    expected = ndimage.gaussian_filter(values, sigma, mode="nearest", truncate=3.0)
    np.testing.assert_array_equal(blurred(values, sigma, truncate=3.0), expected)
