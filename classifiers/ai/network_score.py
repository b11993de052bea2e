"""The residual network at work: a file of plain arrays, a score for a recording, and how often people's reach it."""

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError

from classifiers.ai.model import ModelError
from classifiers.ai.network import ResidualNetwork, residual
from schemas.ai_model import NetworkManifest
from schemas.evidence import NetworkScore

BUNDLED = Path(__file__).parent / "network.npz"
"""The network that comes with Earmark; ``docs/residual-network.md`` says how it was made and what it finds."""

_LEVEL = 0.1
_MANIFEST, _PEOPLE = "manifest", "people"

Array = npt.NDArray[np.float32]


class NetworkError(ModelError):
    """A file holds no residual network; the message names it and what is the matter."""


@dataclass(frozen=True)
class Network:
    """A trained network with what it says of itself, and the scores of recordings by people, in ascending order."""

    module: ResidualNetwork
    manifest: NetworkManifest
    sha256: str
    people: Array

    def score(self, stretches: Array) -> NetworkScore | None:
        """The score of a recording from its stretches, as :class:`classifiers.ai.stretches.Stretches` gives them.

        None where there are none that sound.
        """
        logits = self.logits(stretches)
        if not len(logits):
            return None
        score = float(logits.mean())
        return NetworkScore(
            network=self.manifest.version,
            network_sha256=self.sha256,
            score=round(score, 2),
            chance=self.chance(score),
            stretches=len(logits),
        )

    def logits(self, stretches: Array) -> Array:
        """The logarithm of the odds for each stretch that is not silent, all brought to one level."""
        rms = np.sqrt(np.mean(stretches**2, axis=1, keepdims=True))
        heard = (stretches / np.maximum(rms, 1e-9) * _LEVEL)[rms[:, 0] > 1e-5]
        if not len(heard):
            return np.zeros(0, np.float32)
        with torch.inference_mode():
            return np.concatenate([self.module(residual(torch.from_numpy(one[None]))).numpy() for one in heard])

    def chance(self, score: float) -> float | None:
        """How often recordings by people reach a score: those that were measured, this one counted as one of them.

        A conformal p-value (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005): it cannot be
        less than one in as many as were measured. None where none were.
        """
        if not len(self.people):
            return None
        reached = len(self.people) - int(np.searchsorted(self.people, score))
        return round((1 + reached) / (1 + len(self.people)), 4)


def read_network(path: Path) -> Network:
    """Read a file that ``earmark network train`` wrote.

    Raises:
        NetworkError: it is none, or one of another shape.
        OSError: it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            manifest = NetworkManifest.model_validate_json(str(arrays[_MANIFEST]))
            people = arrays[_PEOPLE].astype(np.float32)
            weights = {
                name.removeprefix("weights/"): torch.from_numpy(np.asarray(arrays[name]))
                for name in arrays.files
                if name.startswith("weights/")
            }
        module = ResidualNetwork()
        module.load_state_dict(
            {name: array.float() if array.is_floating_point() else array for name, array in weights.items()}
        )
    except (KeyError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, ValidationError) as error:
        raise NetworkError(f"{path} holds no residual network: {error}") from error
    return Network(module.eval(), manifest, hashlib.sha256(path.read_bytes()).hexdigest(), people)


def write_network(path: Path, module: ResidualNetwork, manifest: NetworkManifest, people: Sequence[float] = ()) -> None:
    """Write a network as plain arrays, weights in half precision, whole or not at all. ``people``: see `Network`."""
    arrays = {
        f"weights/{name}": value.half().numpy() if value.is_floating_point() else value.numpy()
        for name, value in module.state_dict().items()
    }
    arrays[_MANIFEST] = np.array(manifest.model_dump_json())
    arrays[_PEOPLE] = np.sort(np.array(people, np.float32))
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    part.rename(path)
