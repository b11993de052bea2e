"""The residual network: what decoders leave in a spectrogram where they draw no lines.

It sees a spectrogram without its content: the level of each bin against its surroundings, and by how much the phases
run otherwise than those of a steady tone. Resynthesis by an inverse Fourier transform, reconstructed phases (Griffin
and Lim, IEEE TASSP 32, 1984) and what is smoothed because a model cannot predict it show there.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifiers.ai.stretches import STRETCH_RATE_HZ

RATE_HZ = STRETCH_RATE_HZ

LEVEL = 0.1
"""RMS that every sound is brought to before the network hears it, in training and after."""

N_FFT, HOP = 1024, 256
_LOWEST_BIN, _HIGHEST_BIN = 8, 480
_AROUND = 17
_MOST = 6.0
_HEARD = 1e-8
CHANNELS = 6


def residual(sound: Tensor) -> Tensor:
    """The network's input, shape ``(sounds, 6, 472, frames)``, from mono sound at 32 kHz, ``(sounds, samples)``.

    The bins from 250 Hz to 15 kHz of a Hann-windowed transform of 32 ms every 8 ms. Channels: the natural logarithm of
    power less its mean over 17 x 17 bins (at most 6 either way, halved); 1 where power is over a hundred-millionth
    (-80 dB) of the strongest bin's, else 0; cosine and sine of the second difference of phase over time; cosine and
    sine of its difference over time and frequency. For a steady tone neither depends on its frequency, level or phase.
    """
    window = torch.hann_window(N_FFT, device=sound.device)
    spectrum = torch.stft(sound, N_FFT, HOP, window=window, return_complex=True)[:, _LOWEST_BIN : _HIGHEST_BIN + 1]
    power = spectrum.real.square() + spectrum.imag.square()
    floor = power.amax(dim=(1, 2), keepdim=True) * _HEARD + 1e-20
    level = torch.log(power + floor)
    flat = (level - _around(level)).clamp(-_MOST, _MOST) / 2
    unit = spectrum / torch.sqrt(power + 1e-30)
    over_time = unit[:, :, 1:] * unit[:, :, :-1].conj()
    twice = functional.pad(over_time[:, :, 1:] * over_time[:, :, :-1].conj(), (1, 1))
    across = functional.pad(over_time[:, 1:] * over_time[:, :-1].conj(), (0, 1))
    heard = (power > floor).to(flat.dtype)[:, :-1]
    channels = [flat[:, :-1], heard, twice.real[:, :-1], twice.imag[:, :-1], across.real, across.imag]
    return torch.stack([channels[0] * heard, heard, *(channel * heard for channel in channels[2:])], dim=1)


def _around(level: Tensor) -> Tensor:
    """The mean over 17 x 17 bins, one axis after the other; fewer at the edges."""
    half = _AROUND // 2
    over_time = functional.avg_pool1d(level, _AROUND, stride=1, padding=half, count_include_pad=False)
    turned = over_time.transpose(1, 2)
    return functional.avg_pool1d(turned, _AROUND, stride=1, padding=half, count_include_pad=False).transpose(1, 2)


class _Step(nn.Module):
    """A convolution of 3 x 3 that halves both axes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, values: Tensor) -> Tensor:
        return functional.silu(self.norm(self.convolution(values)))


class _Residual(nn.Module):
    """Two convolutions of 3 x 3 whose outcome is added to what went in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, values: Tensor) -> Tensor:
        within = functional.silu(self.first_norm(self.first(values)))
        return functional.silu(values + self.second_norm(self.second(within)))


class ResidualNetwork(nn.Module):
    """From :func:`residual` to one number a sound: the logarithm of the odds that it came out of a decoder.

    147,553 parameters. What is pooled are means and deviations over time and frequency, so that it cannot learn where
    in the band or when something stands.
    """

    WIDTHS = (16, 24, 40, 64)

    def __init__(self) -> None:
        super().__init__()
        first, second, third, fourth = self.WIDTHS
        self.body = nn.Sequential(
            _Step(CHANNELS, first),
            _Step(first, second),
            _Step(second, third),
            _Residual(third),
            _Step(third, fourth),
            _Residual(fourth),
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * fourth, 64), nn.SiLU(), nn.Linear(64, 1))

    def embedding(self, values: Tensor) -> Tensor:
        """What the head judges by, shape ``(sounds, 128)``."""
        seen = self.body(values).float()
        return torch.cat([seen.mean(dim=(2, 3)), seen.std(dim=(2, 3))], dim=1)

    def forward(self, values: Tensor) -> Tensor:
        logits: Tensor = self.head(self.embedding(values))
        return logits[:, 0]
