"""CPU of SpecTTTra, the detector of SONICS, beside our whole pipeline in one run, on a three-minute MP3.

The architecture is written anew from the paper (Rahman et al., "SONICS: Synthetic Or Not - Identifying Counterfeit
Songs", ICLR 2025, arXiv 2408.14080): 128 mel bands of sound at 16 kHz, cut into temporal tokens (all bands of a few
frames) and spectral tokens (all frames of a few bands), and a Transformer of twelve layers over both. Its weights are
random: they cost as much time as trained ones, and what it would answer is not looked at. It hears the middle 120 s.

Every figure is from a process of its own with one thread, in which the same file went first; decoding is counted for
both. Run by ``make bench``, or ``python -m tests.bench.specttra``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor, nn

from tests.bench.analysis import ONE_THREAD, ours

RATE_HZ, N_FFT, HOP, BANDS, SECONDS = 16_000, 2048, 512, 128, 120
FRAMES = SECONDS * RATE_HZ // HOP
WIDTH, LAYERS, HEADS, MLP_RATIO = 384, 12, 6, 2.67
VARIANTS = {"alpha": (1, 3), "beta": (3, 5), "gamma": (5, 7)}
"""Bands of a spectral token and frames of a temporal one, by the names that the paper gives them."""


class SpecTTTra(nn.Module):
    """From a mel spectrogram ``(batch, bands, frames)`` to one logit."""

    def __init__(self, bands_per_token: int, frames_per_token: int) -> None:
        super().__init__()
        self.temporal = nn.Conv1d(BANDS, WIDTH, frames_per_token, frames_per_token)
        self.spectral = nn.Conv1d(FRAMES, WIDTH, bands_per_token, bands_per_token)
        tokens = FRAMES // frames_per_token + BANDS // bands_per_token
        self.positions = nn.Parameter(0.02 * torch.randn(1, tokens, WIDTH))
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, int(MLP_RATIO * WIDTH), activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, 1)

    def forward(self, mel: Tensor) -> Tensor:
        tokens = torch.cat([self.temporal(mel), self.spectral(mel.transpose(1, 2))], dim=2).transpose(1, 2)
        return self.head(self.encoder(tokens + self.positions).mean(dim=1))


def specttra(variant: str, file: Path) -> tuple[float, float]:
    """CPU seconds of mel spectrogram and network, and of decoding, for one file that went through once before."""
    import librosa

    torch.set_num_threads(1)
    model = SpecTTTra(*VARIANTS[variant]).eval()
    filters = torch.as_tensor(librosa.filters.mel(sr=RATE_HZ, n_fft=N_FFT, n_mels=BANDS, fmin=20, fmax=8_000))
    _judged(model, filters, file)
    return _judged(model, filters, file)


def _judged(model: nn.Module, filters: Tensor, file: Path) -> tuple[float, float]:
    from classifiers.audio.decode import Decoder
    from classifiers.training.measure import read_mono

    with Decoder() as decoder:
        sound, rate_hz, _ = read_mono(file, decoder)
        stream = decoder.open(file)
        for _block in stream:
            pass  # read again alone: the child tells what decoding cost when it is done
        decode_s = stream.cpu_s
    started = time.process_time()
    mono = np.resize(soxr.resample(sound, rate_hz, RATE_HZ), SECONDS * RATE_HZ)
    with torch.inference_mode():
        window = torch.hann_window(N_FFT)
        spectrum = torch.stft(torch.as_tensor(mono), N_FFT, HOP, window=window, return_complex=True)
        mel = torch.log(filters @ spectrum.abs().square() + 1e-6)[None, :, :FRAMES]
        model(mel)
    return time.process_time() - started, decode_s


def in_fresh_process(name: str, file: Path, runs: int) -> float:
    """Median of CPU seconds, decoding included."""
    command = [sys.executable, "-m", "tests.bench.specttra", "--measure", name, str(file)]
    found = []
    for _ in range(runs):
        done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True)
        found.append(float(json.loads(done.stdout.splitlines()[-1])))
    return statistics.median(found)


def report(runs: int) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    from tests.sounds import music, write_audio

    table = Table(title="CPU seconds for a three-minute MP3 on one core, decoding included")
    for heading in ("detector", "parameters", "CPU s", "of SpecTTTra's"):
        table.add_column(heading, justify="left" if heading == "detector" else "right")
    with tempfile.TemporaryDirectory() as folder:
        file = write_audio(Path(folder) / "three.mp3", music(180, seed=7), bit_rate_kbps=320)
        whole = in_fresh_process("earmark", file, runs)
        table.add_row("Earmark, whole pipeline", "-", f"{whole:.2f}", "")
        for name in VARIANTS:
            cpu_s = in_fresh_process(name, file, runs)
            weights = sum(parameter.numel() for parameter in SpecTTTra(*VARIANTS[name]).parameters())
            row = (f"SpecTTTra-{name} 120 s, random weights", f"{weights / 1e6:.1f} M")
            table.add_row(*row, f"{cpu_s:.2f}", f"{whole / cpu_s:.2f}")
    Console(width=100).print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="fresh processes a figure (median)")
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        name, file = arguments.measure
        print(json.dumps(ours(Path(file))["cpu_s"] if name == "earmark" else sum(specttra(name, Path(file)))))
        return 0
    report(arguments.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
