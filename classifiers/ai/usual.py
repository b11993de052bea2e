"""How far a recording lies from recordings by people, in what the residual network sees: unlike anything known?

It knows nothing of generators. So it says nothing of how a recording was made, and can only ask that somebody looks.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from classifiers.ai.network import ResidualNetwork, residual

Array = npt.NDArray[np.float32]

_SHRINKAGE = 0.3
"""How much of the covariance is made alike in all directions: there are fewer recordings than directions."""


@dataclass(frozen=True)
class Usual:
    """Mean and inverse covariance of the embeddings of plain recordings, shapes ``(128,)`` and ``(128, 128)``."""

    mean: Array
    precision: Array

    def distance(self, embedding: Array) -> float:
        """Squared Mahalanobis distance of a recording's mean embedding, per direction: about 1 for what is usual."""
        away = embedding - self.mean
        return float(away @ self.precision @ away) / len(away)


def usual_of(network: ResidualNetwork, stretches: Tensor) -> Usual:
    """What is usual among stretches ``(stretches, samples)``; the covariance is shrunk (Ledoit and Wolf, 2004)."""
    with torch.inference_mode():
        embeddings = np.concatenate([network.embedding(residual(one[None].cpu())).numpy() for one in stretches])
    mean = embeddings.mean(axis=0)
    covariance = np.cov((embeddings - mean).T)
    alike = np.eye(len(mean)) * np.trace(covariance) / len(mean)
    precision = np.linalg.inv((1 - _SHRINKAGE) * covariance + _SHRINKAGE * alike)
    return Usual(mean.astype(np.float32), precision.astype(np.float32))
