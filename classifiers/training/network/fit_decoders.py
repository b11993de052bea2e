"""Brief training of the small decoders, until what they give back sounds like what they were given."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifiers.ai.network import RATE_HZ
from classifiers.training.network.decoders import (
    SMALL_DECODERS,
    Family,
    SpectrumDenoiser,
    WaveDenoiser,
)
from classifiers.training.network.sources import Sources

_PIECE = RATE_HZ // 2
_SCALES = (2048, 512, 128)


class _Judge(nn.Module):
    """Tells decoded from plain spectrograms, so that the decoder may not smooth what it cannot predict (HiFi-GAN)."""

    def __init__(self, n_fft: int, width: int = 8) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft))
        layers: list[nn.Module] = [nn.Conv2d(2, width, (5, 3), stride=(2, 1), padding=(2, 1))]
        for _ in range(3):
            layers += [nn.LeakyReLU(0.1), nn.Conv2d(width, width, (5, 3), stride=(2, 1), padding=(2, 1))]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.1), nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, sound: Tensor) -> Tensor:
        spectrum = torch.stft(sound, self.n_fft, self.n_fft // 4, window=self.window, return_complex=True)
        compressed = spectrum * (spectrum.abs() + 1e-4) ** -0.7
        judged: Tensor = self.layers(torch.stack([compressed.real, compressed.imag], dim=1))
        return judged


def spectral_distance(made: Tensor, wanted: Tensor, n_fft: int) -> Tensor:
    """Mean distance of log magnitudes and of magnitudes at one resolution (Yamamoto et al., ICASSP 2020)."""
    window = torch.hann_window(n_fft, device=made.device)
    ours, theirs = (
        torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-7)
        for spectrum in (
            torch.stft(one, n_fft, n_fft // 4, window=window, return_complex=True) for one in (made, wanted)
        )
    )
    return (ours.log() - theirs.log()).abs().mean() + 0.5 * (ours - theirs).norm() / theirs.norm()


def log_spectral_distance_db(made: Tensor, wanted: Tensor) -> float:
    """RMS distance of log power spectra in dB, over bins less than 60 dB under the strongest."""
    window = torch.hann_window(2048, device=made.device)
    ours, theirs = (
        torch.stft(one, 2048, 512, window=window, return_complex=True).abs().square() for one in (made, wanted)
    )
    floor = theirs.amax() * 1e-6
    distance = 10 * torch.log10((ours + floor) / (theirs + floor))
    return float(distance.square().mean(dim=1).sqrt().mean())


def fit_decoder(name: str, sources: Sources, steps: int, sounds: int) -> tuple[nn.Module | None, float]:
    """Train the small decoder of that name on ``sounds`` pieces a step; it and its distance in dB at the end."""
    kind = SMALL_DECODERS[name]
    if kind.make is None:
        return None, 0.0
    device = sources.device
    decoder = kind.make().to(device)
    if kind.family is Family.DIFFUSION:
        _fit_denoiser(decoder, sources, steps, sounds)
        return decoder.eval(), 0.0
    judge = _Judge(512).to(device)
    ours = torch.optim.AdamW(decoder.parameters(), lr=1e-3, betas=(0.8, 0.99))
    theirs = torch.optim.AdamW(judge.parameters(), lr=4e-4, betas=(0.8, 0.99))
    follows_phase = not getattr(decoder, "mel", False)
    for step in range(steps):
        for group in ours.param_groups:
            group["lr"] = 1e-3 * min(1.0, 4 * (1.02 - step / steps))
        wanted = sources.plain(sounds, _PIECE)
        made = decoder(wanted)
        loss = spectral_distance(made, wanted, _SCALES[step % len(_SCALES)])
        if follows_phase:
            loss = loss + 8 * (made - wanted).abs().mean()
        if step > 0.4 * steps and step % 3 == 0:
            judged = judge(made.detach()), judge(wanted)
            told = judged[0].square().mean() + (1 - judged[1]).square().mean()
            theirs.zero_grad(set_to_none=True)
            told.backward()
            theirs.step()
            loss = loss + 0.1 * (1 - judge(made)).square().mean()
        ours.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        ours.step()
    decoder.eval()
    with torch.no_grad():
        wanted = sources.plain(sounds, 4 * _PIECE)
        return decoder, log_spectral_distance_db(decoder(wanted), wanted)


def _fit_denoiser(denoiser: nn.Module, sources: Sources, steps: int, sounds: int) -> None:
    """Learn what noise was laid over sound of an RMS of .1, at levels of .0005 to .3 (Karras et al., NeurIPS 2022)."""
    optimiser = torch.optim.AdamW(denoiser.parameters(), lr=1.5e-3)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 1.5e-3 * min(1.0, 4 * (1.02 - step / steps))
        sound = sources.plain(sounds, _PIECE)
        sigma = 5e-4 * 600 ** torch.rand(sounds, 1, generator=sources.random, device=sound.device)
        noise = torch.randn(sound.shape, generator=sources.random, device=sound.device)
        made = denoiser(sound + sigma * noise, sigma)
        loss = ((made - sound) / sigma).square().mean() + 0.2 * functional.l1_loss(made / sigma, sound / sigma)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        optimiser.step()


@torch.no_grad()
def denoised(denoiser: nn.Module, sound: Tensor, most: float, rounds: int) -> Tensor:
    """Sound that noise of an RMS of ``most`` was laid over and taken away from again, in ``rounds`` steps.

    The last steps of a diffusion, entered from a recording (SDEdit, ICLR 2022): what is under the noise is made anew.
    """
    if not isinstance(denoiser, WaveDenoiser | SpectrumDenoiser):
        raise TypeError("only a denoiser takes noise away")
    ratio = (2e-4 / most) ** (1 / rounds)
    sigma = torch.full((sound.shape[0], 1), most, device=sound.device)
    noisy = sound + sigma * torch.randn_like(sound)
    for _ in range(rounds):
        clean = denoiser(noisy, sigma)
        lower = sigma * ratio
        noisy = clean + (noisy - clean) * (lower / sigma)
        sigma = lower
    return clean
