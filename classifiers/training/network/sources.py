"""Plain sound for the pairs: pieces of recordings, made more varied than there are recordings."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor

from classifiers.ai.network import LEVEL, RATE_HZ
from classifiers.audio.decode import Decoder
from classifiers.training.measure import read_mono
from classifiers.training.network import sound as way

_QUIETEST = 1e-3
"""RMS under which a piece is silence."""


def read_recordings(paths: Sequence[Path], progress: Callable[[str, int, int], None]) -> list[Tensor]:
    """Each recording as mono sound at 32 kHz.

    Raises:
        UnreadableAudio: one cannot be read.
    """
    recordings = []
    with Decoder() as decoder:
        for number, path in enumerate(paths, start=1):
            sound, rate_hz, _ = read_mono(path, decoder)
            recordings.append(torch.from_numpy(np.asarray(soxr.resample(sound, rate_hz, RATE_HZ), np.float32)))
            progress("reading recordings", number, len(paths))
    return recordings


class Sources:
    """Pieces of recordings: transposed, mixed, stretched, in rooms, through old samplers.

    Raises:
        ValueError: no recording lasts two seconds and sounds.
    """

    def __init__(self, recordings: Sequence[Tensor], seed: int) -> None:
        self._recordings = [one for one in recordings if one.shape[-1] > 2 * RATE_HZ and way.level(one) > _QUIETEST]
        if not self._recordings:
            raise ValueError("no recording lasts two seconds and sounds")
        self.device = self._recordings[0].device
        self.random = torch.Generator(device=self.device).manual_seed(seed)
        self._dice = np.random.default_rng(seed)

    def plain(self, sounds: int, count: int) -> Tensor:
        """Pieces as they are in the recordings, ``(sounds, count)``, at levels of their own."""
        pieces: list[Tensor] = []
        while len(pieces) < sounds:
            piece = self._piece(count)
            if way.level(piece) > _QUIETEST:
                pieces.append(_levelled(piece))
        return torch.cat(pieces)

    def in_order(self, count: int) -> Tensor:
        """Every other piece of each recording that sounds, as it is, ``(sounds, count)``."""
        pieces = [piece for one in self._recordings for piece in one[: len(one) // count * count].view(-1, count)[::2]]
        return torch.stack([_levelled(piece) for piece in pieces if way.level(piece) > _QUIETEST])

    def varied(self, sounds: int, count: int) -> Tensor:
        """Pieces that people could have made of them."""
        pieces = []
        for _ in range(sounds):
            piece = self._transposed(count)
            if self._dice.random() < 0.4:
                piece = piece + float(self._dice.uniform(0.2, 1.0)) * self._transposed(count)
            if self._dice.random() < 0.12:
                ratio = float(self._dice.uniform(0.8, 1.25))
                piece = way.fitted(way.stretched(piece, ratio), count)
                if self._dice.random() < 0.5:
                    piece = way.fitted(way.played(piece, 1 / ratio), count)
            if self._dice.random() < 0.2:
                decay, wet = float(self._dice.uniform(0.2, 1.5)), float(self._dice.uniform(0.1, 0.7))
                piece = way.in_a_room(piece, decay, wet, RATE_HZ, self.random)
            if self._dice.random() < 0.1:
                piece = way.coarse(piece, float(self._dice.uniform(7, 12)), int(self._dice.integers(1, 4)))
            pieces.append(_levelled(piece))
        return torch.cat(pieces)

    def _transposed(self, count: int) -> Tensor:
        ratio = float(2 ** self._dice.uniform(-0.5, 0.5)) if self._dice.random() < 0.7 else 1.0
        whole = way.played(self._piece(int(count * ratio) + 8), ratio)
        piece = way.fitted(whole, count)
        return _levelled(piece)

    def _piece(self, count: int) -> Tensor:
        recording = self._recordings[int(self._dice.integers(len(self._recordings)))]
        start = int(self._dice.integers(max(1, recording.shape[-1] - count)))
        return way.fitted(recording[None, start : start + count], count)


def _levelled(piece: Tensor) -> Tensor:
    return piece / way.level(piece) * LEVEL
