"""What happens to a recording on its way, on a batch of sounds at once: rate, filters, limiter, noise, old samplers.

Everything takes and gives sounds of shape ``(sounds, samples)``. What is random is drawn from the generator that is
given, so that both halves of a pair can be treated alike.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional


def played(sound: Tensor, ratio: float) -> Tensor:
    """Played ``ratio`` times as fast, by an exact change of the number of samples in the Fourier domain."""
    count = sound.shape[-1]
    wanted = max(2, round(count / ratio))
    spectrum = torch.fft.rfft(sound)
    bins = wanted // 2 + 1
    spectrum = (
        spectrum[..., :bins] if bins <= spectrum.shape[-1] else functional.pad(spectrum, (0, bins - spectrum.shape[-1]))
    )
    return torch.fft.irfft(spectrum, n=wanted) * (wanted / count)


def fitted(sound: Tensor, count: int) -> Tensor:
    """Cut to ``count`` samples, or repeated from its start up to there."""
    while sound.shape[-1] < count:
        sound = torch.cat([sound, sound], dim=-1)
    return sound[..., :count]


def level(sound: Tensor) -> Tensor:
    """RMS of each sound, shape ``(sounds, 1)``."""
    return sound.square().mean(dim=-1, keepdim=True).sqrt() + 1e-8


def filtered(sound: Tensor, gains: Tensor) -> Tensor:
    """With gains laid over the spectrum, ``(sounds, points)``, evenly spaced from 0 to half of the rate."""
    spectrum = torch.fft.rfft(sound)
    curve = functional.interpolate(gains[:, None], spectrum.shape[-1], mode="linear", align_corners=True)[:, 0]
    return torch.fft.irfft(spectrum * curve, n=sound.shape[-1])


def equaliser(sounds: int, most_db: float, random: torch.Generator, device: torch.device) -> Tensor:
    """Smooth random gains, eight points, for :func:`filtered`."""
    points = torch.rand(sounds, 8, generator=random, device=device) * 2 - 1
    smooth = functional.interpolate(points[:, None], 256, mode="linear", align_corners=True)[:, 0]
    return 10 ** (most_db * smooth / 20)


def low_pass(sounds: int, lowest: float, random: torch.Generator, device: torch.device) -> Tensor:
    """Gains of low-pass filters with random edges between ``lowest`` and all of the band, for :func:`filtered`."""
    edge = lowest + (1.02 - lowest) * torch.rand(sounds, 1, generator=random, device=device)
    width = 0.005 + 0.05 * torch.rand(sounds, 1, generator=random, device=device)
    at = torch.linspace(0, 1, 1024, device=device)[None]
    return torch.sigmoid((edge - at) / width * 4)


def matched(sound: Tensor, to: Tensor) -> Tensor:
    """With the long-term spectrum of another sound, in 64 bands, by at most 12 dB.

    Else the easiest trace to learn is that a small decoder dulls or brightens, which says nothing of other decoders.
    """
    bands = 64
    ours, wanted = (
        functional.adaptive_avg_pool1d(torch.fft.rfft(one).abs().square()[:, None], bands)[:, 0] for one in (sound, to)
    )
    gains = torch.sqrt((wanted + 1e-9) / (ours + 1e-9)).clamp(0.25, 4.0)
    return filtered(sound, gains)


def limited(sound: Tensor, drive_db: Tensor) -> Tensor:
    """Driven into a soft limiter by ``drive_db`` over its peak, ``(sounds, 1)``."""
    peak = sound.abs().amax(dim=-1, keepdim=True) + 1e-8
    drive = 10 ** (drive_db / 20)
    return torch.tanh(sound / peak * drive) * peak / torch.tanh(drive)


def coarse(sound: Tensor, bits: float, every: int) -> Tensor:
    """As old samplers and games play it: ``bits`` deep, every sample held for ``every``."""
    peak = sound.abs().amax(dim=-1, keepdim=True) + 1e-8
    steps = 2.0 ** (bits - 1)
    held = sound[..., ::every].repeat_interleave(every, dim=-1)[..., : sound.shape[-1]]
    return torch.round(held / peak * steps) / steps * peak


def stretched(sound: Tensor, ratio: float) -> Tensor:
    """Played ``ratio`` times as fast at its pitch, by a phase vocoder (Flanagan and Golden, BSTJ 45, 1966).

    People's productions are full of it, and its phases are not those of a recording.
    """
    n_fft, hop = 1024, 256
    window = torch.hann_window(n_fft, device=sound.device)
    spectrum = torch.stft(sound, n_fft, hop, window=window, return_complex=True)
    places = torch.arange(0, spectrum.shape[-1] - 1, ratio, device=sound.device)
    at = places.long()
    share = (places - at)[None, None]
    magnitude = spectrum.abs()
    between = magnitude[:, :, at] * (1 - share) + magnitude[:, :, at + 1] * share
    usual = torch.arange(spectrum.shape[1], device=sound.device)[None, :, None] * (2 * math.pi * hop / n_fft)
    turn = (spectrum[:, :, at + 1] * spectrum[:, :, at].conj()).angle() - usual
    turn = turn - 2 * math.pi * torch.round(turn / (2 * math.pi)) + usual
    phase = torch.cumsum(turn, dim=-1) - turn + spectrum[:, :, :1].angle()
    return torch.istft(torch.polar(between, phase), n_fft, hop, window=window)


def in_a_room(sound: Tensor, decay_s: float, wet: float, rate_hz: int, random: torch.Generator) -> Tensor:
    """With the echoes of a room: noise that dies away by 60 dB in ``decay_s``."""
    count = int(decay_s * rate_hz)
    noise = torch.randn(count, generator=random, device=sound.device)
    echoes = noise * torch.exp(torch.linspace(0, -6.9, count, device=sound.device))
    echoes = echoes / echoes.norm() * wet
    whole = sound.shape[-1] + count
    reverberant = torch.fft.irfft(torch.fft.rfft(sound, n=whole) * torch.fft.rfft(echoes, n=whole), n=whole)
    return sound + reverberant[..., : sound.shape[-1]]
