"""Pairs: the same piece of music plain and decoded, both through the same codec."""

import io
from collections.abc import Mapping

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from classifiers.ai.network import RATE_HZ
from classifiers.training.network import sound as way
from classifiers.training.network.decoders import SMALL_DECODERS, Family, griffin_lim
from classifiers.training.network.fit_decoders import denoised
from classifiers.training.network.sources import Sources

PAIR_S = 3.0
_COUNT = int(PAIR_S * RATE_HZ)
_WINDOWS = ((1024, 256), (2048, 512), (1024, 160), (512, 128), (1280, 320))


@torch.no_grad()
def decoded(name: str, decoder: nn.Module | None, sound: Tensor, dice: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Plain sound and what the decoder makes of it, both brought to the decoder's rate and back.

    A decoder at another rate has its traces at other frequencies: so one decoder stands for many.
    """
    count = sound.shape[-1]
    ratio = float(2 ** dice.uniform(-0.75, 0.6))
    brought = way.played(sound, ratio)
    family = SMALL_DECODERS[name].family
    if family is Family.PHASE_RECONSTRUCTION or decoder is None:
        n_fft, hop = _WINDOWS[int(dice.integers(len(_WINDOWS)))]
        mels = int(dice.choice([0, 0, 128, 256]))
        made = griffin_lim(brought, n_fft, hop, mels, int(dice.integers(12, 80)))
    elif family is Family.DIFFUSION:
        made = denoised(decoder, brought, float(10 ** dice.uniform(-2.7, -1.0)), int(dice.integers(1, 9)))
    else:
        made = torch.cat([decoder(part) for part in brought.split(16)])
        share = float(dice.uniform(0.35, 1.0)) if dice.random() < 0.4 and not getattr(decoder, "mel", False) else 1.0
        made = share * made + (1 - share) * brought
    made = made / way.level(made) * way.level(brought)
    plain, made = (way.fitted(way.played(one, brought.shape[-1] / count), count) for one in (brought, made))
    return plain, way.matched(made, plain)


def make_pairs(
    decoders: Mapping[str, nn.Module | None], sources: Sources, sounds: int, dice: np.random.Generator
) -> tuple[str, NDArray[np.float16]]:
    """As many pairs of one random decoder: its name, and the sounds, ``(sounds, 2, samples)``, the plain half first."""
    name = str(dice.choice(list(decoders)))
    plain = sources.varied(sounds, _COUNT)
    pairs = torch.stack(decoded(name, decoders[name], plain, dice), dim=1)
    return name, np.stack([through_a_codec(pair, dice) for pair in pairs.clamp(-4, 4).cpu().numpy()]).astype(np.float16)


def through_a_codec(pair: NDArray[np.float32], dice: np.random.Generator) -> NDArray[np.float32]:
    """Both halves of a pair through one codec at one random rate: MP3, Vorbis, Opus, or none."""
    codec = str(dice.choice(["none", "MP3", "MP3", "VORBIS", "OPUS"]))
    if codec == "none":
        return pair
    quality = float(dice.uniform(0.0, 0.85))
    rate = int(dice.choice([32_000, 44_100, 48_000])) if codec != "OPUS" else 48_000
    return np.stack([_encoded(half, codec, quality, rate) for half in pair])


def _encoded(sound: NDArray[np.float32], codec: str, quality: float, rate: int) -> NDArray[np.float32]:
    """Encoded at ``rate`` and decoded again; a scale keeps it from clipping."""
    scale = 0.9 / (float(np.abs(sound).max()) + 1e-9)
    brought = way.played(torch.from_numpy(sound * scale)[None], RATE_HZ / rate)[0].numpy()
    file = io.BytesIO()
    if codec == "MP3":
        soundfile.write(file, brought, rate, format="MP3", compression_level=quality, bitrate_mode="CONSTANT")
    else:
        soundfile.write(file, brought, rate, format="OGG", subtype=codec, compression_level=quality)
    file.seek(0)
    heard, _ = soundfile.read(file, dtype="float32")
    back = way.played(torch.from_numpy(np.ascontiguousarray(heard))[None], rate / RATE_HZ)[0].numpy() / scale
    fitted = np.zeros_like(sound)
    fitted[: min(len(back), len(sound))] = back[: len(sound)]
    return fitted
