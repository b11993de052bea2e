"""Small decoders of the kinds that generators are built with, to make pairs with.

Strides and kernels follow published configurations (EnCodec, DAC, HiFi-GAN, BigVGAN, Stable Audio's Oobleck, Vocos);
widths are a tenth of theirs, so that minutes are enough to train one. Each takes sound of shape ``(sounds, samples)``
and gives as much back.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn
from torch.nn import functional


class Family(StrEnum):
    """What makes the trace. A network that never saw one family is asked for it to say how it does on unknown ones."""

    STRIDED = "strided"
    INTERPOLATING = "interpolating"
    INVERSE_FOURIER = "inverse_fourier"
    PHASE_RECONSTRUCTION = "phase_reconstruction"
    DIFFUSION = "diffusion"


class Snake(nn.Module):
    """``x + sin(a x)^2 / a`` (Ziyin et al., NeurIPS 2020), as DAC and BigVGAN use it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, width, 1))

    def forward(self, values: Tensor) -> Tensor:
        return values + torch.sin(self.alpha * values).square() / (self.alpha + 1e-6)


class _Unit(nn.Module):
    """A dilated residual unit."""

    def __init__(self, width: int, dilation: int, activation: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            activation(width),
            nn.Conv1d(width, width, 7, padding=3 * dilation, dilation=dilation),
            activation(width),
            nn.Conv1d(width, width, 1),
        )

    def forward(self, values: Tensor) -> Tensor:
        return values + self.layers(values)


class _Interpolated(nn.Module):
    """Upsampling by interpolation and a convolution: what is called anti-aliased."""

    def __init__(self, inputs: int, outputs: int, stride: int, mode: str) -> None:
        super().__init__()
        self.stride, self.mode = stride, mode
        self.convolution = nn.Conv1d(inputs, outputs, 2 * stride + 1, padding=stride)

    def forward(self, values: Tensor) -> Tensor:
        return self.convolution(functional.interpolate(values, scale_factor=float(self.stride), mode=self.mode))


class StridedAutoencoder(nn.Module):
    """Convolutions down to ``latent`` numbers a frame and up again by the strides, coarsest first."""

    def __init__(self, strides: tuple[int, ...], width: int, latent: int, snake: bool, upsampling: str) -> None:
        super().__init__()
        activation: Callable[[int], nn.Module] = Snake if snake else (lambda _: nn.ELU())
        self.hop, self.levels = math.prod(strides), 12.0
        down: list[nn.Module] = [nn.Conv1d(1, width, 7, padding=3)]
        channels = width
        for stride in reversed(strides):
            down += [_Unit(channels, 1, activation), activation(channels)]
            down += [nn.Conv1d(channels, min(96, 2 * channels), 2 * stride, stride=stride, padding=(stride + 1) // 2)]
            channels = min(96, 2 * channels)
        self.encoder = nn.Sequential(*down, activation(channels), nn.Conv1d(channels, latent, 3, padding=1))
        up: list[nn.Module] = [nn.Conv1d(latent, channels, 7, padding=3)]
        for place, stride in enumerate(strides):
            narrower = width if place == len(strides) - 1 else max(width, channels // 2)
            up.append(activation(channels))
            if upsampling == "transposed":
                up.append(nn.ConvTranspose1d(channels, narrower, 2 * stride, stride=stride, padding=(stride + 1) // 2))
            else:
                up.append(_Interpolated(channels, narrower, stride, upsampling))
            up.append(_Unit(narrower, 1, activation))
            channels = narrower
        self.decoder = nn.Sequential(*up, activation(channels), nn.Conv1d(channels, 1, 7, padding=3))

    def forward(self, sound: Tensor) -> Tensor:
        count = sound.shape[-1]
        padded = functional.pad(sound, (0, -count % self.hop + self.hop))
        latent = rounded(self.encoder(padded[:, None]), self.levels)
        made = self.decoder(latent)[:, 0]
        return functional.pad(made, (0, max(0, count - made.shape[-1])))[..., :count]


def rounded(latent: Tensor, levels: float) -> Tensor:
    """Numbers between -1 and 1 in ``levels`` steps a side; gradients pass (finite scalar quantisation, ICLR 2024)."""
    bounded = torch.tanh(latent)
    return bounded + (torch.round(bounded * levels) / levels - bounded).detach()


class _ConvNext(nn.Module):
    """A ConvNeXt block over frames, as Vocos has it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.GroupNorm(1, width)
        self.wide = nn.Conv1d(width, 3 * width, 1)
        self.narrow = nn.Conv1d(3 * width, width, 1)

    def forward(self, values: Tensor) -> Tensor:
        within: Tensor = self.narrow(functional.gelu(self.wide(self.norm(self.depthwise(values)))))
        return values + within


class FourierDecoder(nn.Module):
    """Magnitudes and phases for an inverse Fourier transform (Vocos, ICLR 2024), from mel bands or a narrow latent."""

    def __init__(self, n_fft: int, hop: int, latent: int, mel: bool) -> None:
        super().__init__()
        self.n_fft, self.hop, self.mel = n_fft, hop, mel
        bins, width = n_fft // 2 + 1, 256
        self.register_buffer("window", torch.hann_window(n_fft))
        self.register_buffer("bands", mel_bands(bins, latent) if mel else torch.zeros(0))
        self.into = nn.Conv1d(latent, width, 7, padding=3) if mel else nn.Conv1d(2 * bins, width, 3, padding=1)
        self.encoder = nn.Identity() if mel else nn.Sequential(_ConvNext(width), nn.Conv1d(width, latent, 1))
        self.out = nn.Identity() if mel else nn.Conv1d(latent, width, 7, padding=3)
        self.blocks = nn.Sequential(*(_ConvNext(width) for _ in range(4)))
        self.head = nn.Conv1d(width, 3 * bins, 1)

    def forward(self, sound: Tensor) -> Tensor:
        spectrum = torch.stft(sound, self.n_fft, self.hop, window=self.window, return_complex=True)
        if self.mel:
            latent = self.into(torch.log(self.bands @ spectrum.abs().square() + 1e-6))
        else:
            compressed = spectrum / (spectrum.abs() + 1e-8).sqrt()
            latent = rounded(self.encoder(self.into(torch.cat([compressed.real, compressed.imag], dim=1))), 12.0)
            latent = self.out(latent)
        size, cosine, sine = self.head(self.blocks(latent)).float().chunk(3, dim=1)
        made = torch.exp(size.clamp(max=6)) * torch.complex(cosine, sine) / (torch.hypot(cosine, sine) + 1e-6)
        return torch.istft(made, self.n_fft, self.hop, window=self.window, length=sound.shape[-1])


class WaveDenoiser(nn.Module):
    """Takes noise away from sound, as a diffusion on the waveform does: a U-shaped network with skips."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.first = nn.Conv1d(2, width, 7, padding=3)
        widths, strides = (width, 2 * width, 4 * width, 4 * width), (4, 4, 4)
        self.down = nn.ModuleList(
            nn.Sequential(_Unit(a, 1, Snake), Snake(a), nn.Conv1d(a, b, 2 * s, stride=s, padding=s // 2))
            for a, b, s in zip(widths, widths[1:], strides, strict=False)
        )
        self.middle = nn.Sequential(_Unit(widths[-1], 1, Snake), _Unit(widths[-1], 3, Snake))
        self.up = nn.ModuleList(
            nn.Sequential(Snake(b), nn.ConvTranspose1d(b, a, 2 * s, stride=s, padding=s // 2), _Unit(a, 1, Snake))
            for a, b, s in reversed(list(zip(widths, widths[1:], strides, strict=False)))
        )
        self.last = nn.Sequential(Snake(width), nn.Conv1d(width, 1, 7, padding=3))

    def forward(self, noisy: Tensor, sigma: Tensor) -> Tensor:
        count = noisy.shape[-1]
        padded = functional.pad(noisy, (0, -count % 64))
        values = self.first(torch.stack([padded / (1 + sigma), sigma.log().expand_as(padded) / 4], dim=1))
        skips = []
        for down in self.down:
            skips.append(values)
            values = down(values)
        values = self.middle(values)
        for up in self.up:
            values = up(values) + skips.pop()
        taken: Tensor = self.last(values)[:, 0, :count]
        return noisy - sigma * taken


class SpectrumDenoiser(nn.Module):
    """The same on the complex spectrum, as diffusions on Fourier and constant-Q transforms do (NCSN++, MR-CQTdiff)."""

    def __init__(self, n_fft: int = 1024, width: int = 12) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, n_fft // 4
        self.register_buffer("window", torch.hann_window(n_fft))
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1)]
        for dilation in (1, 2, 1):
            layers += [nn.SiLU(), nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)]
        self.layers = nn.Sequential(*layers, nn.SiLU(), nn.Conv2d(width, 2, 3, padding=1))

    def forward(self, noisy: Tensor, sigma: Tensor) -> Tensor:
        spectrum = torch.stft(noisy / (1 + sigma), self.n_fft, self.hop, window=self.window, return_complex=True)
        scale = math.sqrt(self.n_fft) / 4
        parts = torch.stack([spectrum.real / scale, spectrum.imag / scale], dim=1)
        told = (sigma.log() / 4)[:, None, None].expand(-1, 1, *parts.shape[-2:])
        taken = self.layers(torch.cat([parts, told], dim=1)).float() * scale
        sound = torch.istft(
            torch.complex(taken[:, 0], taken[:, 1]), self.n_fft, self.hop, window=self.window, length=noisy.shape[-1]
        )
        return noisy - sigma * sound


def mel_bands(bins: int, count: int) -> Tensor:
    """Triangles evenly spaced on the mel scale over the whole band, shape ``(count, bins)``, each with a sum of one."""
    highest = 16_000.0
    mels = torch.linspace(0, 2595 * math.log10(1 + highest / 700), count + 2)
    edges = 700 * (10 ** (mels / 2595) - 1) / highest * (bins - 1)
    at = torch.arange(bins, dtype=torch.float32)[None]
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = torch.minimum((at - low) / (middle - low), (high - at) / (high - middle)).clamp(min=0)
    nearest = (at == middle.round()).float()
    triangles = torch.where(triangles.sum(dim=1, keepdim=True) > 0, triangles, nearest)
    return triangles / triangles.sum(dim=1, keepdim=True)


def griffin_lim(sound: Tensor, n_fft: int, hop: int, mels: int, rounds: int) -> Tensor:
    """The sound's magnitudes with phases found again, through ``mels`` bands, or through none (0).

    Fast Griffin-Lim (Perraudin, Balazs and Sondergaard, WASPAA 2013) from random phases.
    """
    window = torch.hann_window(n_fft, device=sound.device)
    magnitude = torch.stft(sound, n_fft, hop, window=window, return_complex=True).abs()
    if mels:
        bands = mel_bands(n_fft // 2 + 1, mels).to(sound.device)
        magnitude = (torch.linalg.pinv(bands) @ (bands @ magnitude.square())).clamp(min=0).sqrt()
    guess = torch.polar(magnitude, torch.rand_like(magnitude) * (2 * math.pi))
    before = torch.zeros_like(guess)
    for _ in range(rounds):
        heard = torch.istft(guess, n_fft, hop, window=window, length=sound.shape[-1])
        again = torch.stft(heard, n_fft, hop, window=window, return_complex=True)
        moved = again + 0.99 * (again - before)
        before = again
        guess = torch.polar(magnitude, moved.angle())
    return torch.istft(guess, n_fft, hop, window=window, length=sound.shape[-1])


@dataclass(frozen=True)
class SmallDecoder:
    """A decoder by its family, and how one is made, untrained; None for what needs no training."""

    family: Family
    make: Callable[[], nn.Module] | None


def _strided(strides: tuple[int, ...], width: int, latent: int, snake: bool) -> SmallDecoder:
    return SmallDecoder(Family.STRIDED, lambda: StridedAutoencoder(strides, width, latent, snake, "transposed"))


def _interpolating(strides: tuple[int, ...], width: int, latent: int, mode: str) -> SmallDecoder:
    return SmallDecoder(Family.INTERPOLATING, lambda: StridedAutoencoder(strides, width, latent, True, mode))


def _fourier(n_fft: int, hop: int, latent: int, mel: bool) -> SmallDecoder:
    return SmallDecoder(Family.INVERSE_FOURIER, lambda: FourierDecoder(n_fft, hop, latent, mel))


SMALL_DECODERS: Mapping[str, SmallDecoder] = {
    "encodec": _strided((8, 5, 4, 2), 8, 128, snake=False),
    "hifigan": _strided((5, 4, 2, 2, 2), 8, 80, snake=False),
    "linear": _interpolating((4, 4, 4, 2), 8, 96, "linear"),
    "vocos": _fourier(1024, 256, 128, mel=False),
    "vocos-mel": _fourier(1280, 320, 128, mel=True),
    "wave-diffusion": SmallDecoder(Family.DIFFUSION, WaveDenoiser),
    "spectrum-diffusion": SmallDecoder(Family.DIFFUSION, SpectrumDenoiser),
    "griffin-lim": SmallDecoder(Family.PHASE_RECONSTRUCTION, None),
}
"""Every small decoder by its name."""
