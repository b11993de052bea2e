"""From recordings to a residual network, in three parts that each leave what they made in a working folder.

Killed half-way, the same command goes on where it was: decoders and pairs that are there are not made again.
"""

import hashlib
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifiers.ai.network import RATE_HZ, ResidualNetwork
from classifiers.ai.stretches import STRETCH_S
from classifiers.ai.usual import Usual, usual_of
from classifiers.training.evaluate import Progress
from classifiers.training.network.decoders import SMALL_DECODERS, Family
from classifiers.training.network.fit_decoders import fit_decoder
from classifiers.training.network.fit_network import fit_network
from classifiers.training.network.pairs import make_pairs
from classifiers.training.network.sources import Sources, read_recordings

_RECORDINGS = "recordings.pt"
_PAIRS_A_FILE = 8


@dataclass(frozen=True)
class Plan:
    """How much of everything; ``without`` leaves a family of small decoders out, to measure the network on it."""

    decoder_steps: int
    pairs: int
    steps: int
    batch: int = 8
    processes: int = 2
    without: Family | None = None


@dataclass(frozen=True)
class Made:
    """A trained network, what it makes of the plain recordings, their SHA-256, and by how many dB the log spectra of
    each small decoder differ from what it was given."""

    network: ResidualNetwork
    usual: Usual
    trained_on: list[str]
    distances_db: dict[str, float]


def best_device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train_network(recordings: Sequence[Path], work: Path, plan: Plan, progress: Progress) -> Made:
    """Train small decoders on recordings, make pairs with them, and train the network on the pairs.

    Raises:
        UnreadableAudio: a recording cannot be read.
        ValueError: no recording sounds, or the working folder is that of another training.
    """
    work.mkdir(parents=True, exist_ok=True)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in recordings]
    _claim(work, digests, plan)
    if not (work / _RECORDINGS).exists():
        _keep(read_recordings(recordings, progress), work / _RECORDINGS)
    distances = _decoders(work, plan, progress)
    network = _network(work, plan, progress)
    sources = _sources(work, 0)
    return Made(network, usual_of(network, sources.in_order(round(STRETCH_S * RATE_HZ))), digests, distances)


def _claim(work: Path, digests: list[str], plan: Plan) -> None:
    """What is kept in the folder belongs to these recordings and this training of decoders, and to no other."""
    made_of = json.dumps({"decoder_steps": plan.decoder_steps, "recordings": digests})
    claimed = work / "made-of.json"
    if not claimed.exists():
        claimed.write_text(made_of)
    elif claimed.read_text() != made_of:
        raise ValueError(f"{work} holds what other recordings or other decoder steps made: name another working folder")


def _network(work: Path, plan: Plan, progress: Progress) -> ResidualNetwork:
    trained = work / f"network-{plan.pairs}-{plan.steps}-{plan.batch}-{plan.without or 'all'}.pt"
    network = ResidualNetwork()
    if not trained.exists():
        names, pairs = _pairs(work, plan, progress)
        kept = [at for at, name in enumerate(names) if SMALL_DECODERS[name].family is not plan.without]
        torch.set_num_threads(plan.processes)
        network = fit_network(
            pairs[kept],
            plan.steps,
            plan.batch,
            best_device(),
            lambda done: progress("training the network", done, plan.steps),
        ).cpu()
        _keep(network.state_dict(), trained)
    network.load_state_dict(torch.load(trained))
    network.eval()
    return network


def _decoders(work: Path, plan: Plan, progress: Progress) -> dict[str, float]:
    wanted = [name for name, kind in SMALL_DECODERS.items() if kind.make is not None]
    missing = [name for name in wanted if not _decoder_file(work, name).exists()]
    done = len(wanted) - len(missing)
    progress("training small decoders", done, len(wanted))
    with _pool(plan.processes) as pool:
        for future in as_completed([pool.submit(_one_decoder, work, name, plan.decoder_steps) for name in missing]):
            future.result()
            progress("training small decoders", done := done + 1, len(wanted))
    return {name: float(torch.load(_decoder_file(work, name))["distance_db"]) for name in wanted}


def _one_decoder(work: Path, name: str, steps: int) -> None:
    decoder, distance_db = fit_decoder(name, _sources(work, list(SMALL_DECODERS).index(name)), steps, 4)
    if decoder is not None:
        _keep({"distance_db": distance_db, "weights": decoder.state_dict()}, _decoder_file(work, name))


def _pairs(work: Path, plan: Plan, progress: Progress) -> tuple[list[str], NDArray[np.float16]]:
    files = [work / f"pairs-{at:05d}.npz" for at in range(-(-plan.pairs // _PAIRS_A_FILE))]
    missing = [file for file in files if not file.exists()]
    done = len(files) - len(missing)
    with _pool(plan.processes) as pool:
        for future in as_completed([pool.submit(_some_pairs, work, file) for file in missing]):
            future.result()
            done += 1
            progress("making pairs", done * _PAIRS_A_FILE, len(files) * _PAIRS_A_FILE)
    names, sounds = [], []
    for file in files:
        with np.load(file) as made:
            names += [str(made["decoder"])] * len(made["pairs"])
            sounds.append(made["pairs"])
    return names, np.concatenate(sounds)


def _some_pairs(work: Path, file: Path) -> None:
    seed = 1000 + int(file.stem.rpartition("-")[2])
    name, pairs = make_pairs(_read_decoders(work), _sources(work, seed), _PAIRS_A_FILE, np.random.default_rng(seed))
    part = file.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, decoder=np.array(name), pairs=pairs)
    part.rename(file)


def _read_decoders(work: Path) -> dict[str, nn.Module | None]:
    decoders: dict[str, nn.Module | None] = {}
    for name, kind in SMALL_DECODERS.items():
        decoders[name] = None
        if kind.make is not None:
            decoder = kind.make()
            decoder.load_state_dict(torch.load(_decoder_file(work, name))["weights"])
            decoders[name] = decoder.to(best_device()).eval()
    return decoders


def _sources(work: Path, seed: int) -> Sources:
    torch.set_num_threads(1)
    recordings: list[Tensor] = torch.load(work / _RECORDINGS)
    return Sources([recording.to(best_device()) for recording in recordings], seed)


def _decoder_file(work: Path, name: str) -> Path:
    return work / f"decoder-{name}.pt"


def _keep(what: object, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(what, part)
    part.rename(path)


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
