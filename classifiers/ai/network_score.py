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
from classifiers.ai.network import LEVEL, ResidualNetwork, residual
from classifiers.ai.usual import Usual
from schemas.ai_model import NetworkManifest
from schemas.evidence import NetworkScore

BUNDLED = Path(__file__).parent / "network.npz"
"""The network that comes with Earmark; ``docs/residual-network.md`` says how it was made and what it finds."""

_QUIETEST = 1e-5

Array = npt.NDArray[np.float32]


class NetworkError(ModelError):
    """A file holds no residual network; the message names it and what is the matter."""


@dataclass(frozen=True)
class Heard:
    """What a network makes of a recording: the mean logarithm of the odds, how far it lies from what is usual, and of
    how many stretches that sound."""

    score: float
    distance: float
    stretches: int


@dataclass(frozen=True)
class Network:
    """A trained network with what it says of itself.

    ``usual`` is what it makes of the plain recordings it was trained on; ``people_scores`` and ``people_distances`` are
    those of other recordings by people, in ascending order, which say how often such numbers are reached.
    """

    module: ResidualNetwork
    manifest: NetworkManifest
    sha256: str
    usual: Usual
    people_scores: Array
    people_distances: Array

    def score(self, stretches: Array) -> NetworkScore | None:
        """What is told of a recording, from its stretches as :class:`classifiers.ai.stretches.Stretches` gives them.

        None where none of them sounds.
        """
        heard = self.hear(stretches)
        if heard is None:
            return None
        return NetworkScore(
            network=self.manifest.version,
            network_sha256=self.sha256,
            score=round(heard.score, 2),
            chance=reached(self.people_scores, heard.score),
            distance=round(heard.distance, 2),
            unlike=reached(self.people_distances, heard.distance),
            stretches=heard.stretches,
        )

    def hear(self, stretches: Array) -> Heard | None:
        """What the network makes of the stretches that sound, all brought to one level; None where none does."""
        rms = np.sqrt(np.mean(stretches**2, axis=1, keepdims=True))
        sounding = (stretches / np.maximum(rms, 1e-9) * LEVEL)[rms[:, 0] > _QUIETEST]
        if not len(sounding):
            return None
        with torch.inference_mode():
            seen = torch.cat([self.module.embedding(residual(torch.from_numpy(one[None]))) for one in sounding])
            score = float(self.module.head(seen).mean())
        return Heard(score, self.usual.distance(seen.mean(dim=0).numpy()), len(sounding))


def reached(people: Array, value: float) -> float | None:
    """How often recordings by people reach a value: those that were measured, this one counted as one of them.

    A conformal p-value (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005): it cannot be less
    than one in as many as were measured. None where none were.
    """
    if not len(people):
        return None
    count = len(people) - int(np.searchsorted(people, value))
    return round((1 + count) / (1 + len(people)), 4)


def read_network(path: Path) -> Network:
    """Read a file that ``earmark network train`` wrote.

    Raises:
        NetworkError: it is none, or one of another shape.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise NetworkError(f"{path} holds no residual network: it is no .npz file")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            manifest = NetworkManifest.model_validate_json(str(arrays["manifest"]))
            usual = Usual(arrays["usual/mean"], arrays["usual/precision"])
            people = arrays["people/scores"], arrays["people/distances"]
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
    return Network(module.eval(), manifest, hashlib.sha256(path.read_bytes()).hexdigest(), usual, *people)


def write_network(
    path: Path, module: ResidualNetwork, manifest: NetworkManifest, usual: Usual, people: Sequence[Heard] = ()
) -> None:
    """Write a network as plain arrays, weights in half precision, whole or not at all. ``people``: see `Network`."""
    arrays = {
        f"weights/{name}": value.half().numpy() if value.is_floating_point() else value.numpy()
        for name, value in module.state_dict().items()
    }
    arrays["manifest"] = np.array(manifest.model_dump_json())
    arrays["usual/mean"], arrays["usual/precision"] = usual.mean, usual.precision
    arrays["people/scores"] = np.sort(np.array([one.score for one in people], np.float32))
    arrays["people/distances"] = np.sort(np.array([one.distance for one in people], np.float32))
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    part.rename(path)
