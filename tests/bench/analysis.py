"""CPU and memory of the analysis, side by side with the plain librosa pipeline that a newcomer would write.

Run by ``make bench``. Both measure the same files, made here: synthetic music of three minutes as MP3 (320 kbit/s) and
FLAC, and half an hour as MP3. Every figure is from a process of its own that analysed the same file once before, as a
worker has others: imports, just-in-time compilation and memory that is touched for the first time count for neither.
The decoder's process counts for ours. What is left without it is told beside: the analysis beyond decoding.
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

TARGET_CPU_RATIO = 1 / 3
TARGET_PEAK_MB = 450
THREE_MINUTES_MP3 = "3 min MP3 320k"
TARGET_MP3_S, TARGET_MP3_BEYOND_DECODING_S = 0.45, 0.20
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def ours(file: Path) -> dict[str, float]:
    """CPU seconds and peak MB of the whole analysis of a file, the decoder's process included, and without it."""
    from classifiers.pipeline import Decoder, analyse

    with Decoder() as decoder:
        analyse(file, decoder=decoder)
        started = time.process_time()
        analysis = analyse(file, decoder=decoder)
        here_s = time.process_time() - started
        return {
            "cpu_s": here_s + analysis.evidence.elapsed_s.decode,
            "beyond_decoding_s": here_s,
            "peak_mb": _peak_mb("self") + _peak_mb(str(decoder.process_id)),
        }


def newcomer(file: Path) -> dict[str, float]:
    """The same of librosa's own functions, called as its documentation shows."""
    _librosa_features(file)
    started = time.process_time()
    _librosa_features(file)
    return {"cpu_s": time.process_time() - started, "peak_mb": _peak_mb("self")}


def _peak_mb(process: str) -> float:
    """Greatest resident memory of a process so far. Linux alone tells it for another process."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _librosa_features(path: Path) -> None:
    import librosa

    samples, rate = librosa.load(path, sr=22050)
    librosa.feature.melspectrogram(y=samples, sr=rate)
    librosa.feature.mfcc(y=samples, sr=rate)
    librosa.feature.chroma_stft(y=samples, sr=rate)
    librosa.beat.beat_track(y=samples, sr=rate)
    librosa.feature.spectral_contrast(y=samples, sr=rate)


PIPELINES = {"earmark": ours, "librosa": newcomer}


def in_fresh_processes(pipeline: str, file: Path, runs: int) -> dict[str, float]:
    """Medians over ``runs`` fresh processes."""
    command = [sys.executable, "-m", "tests.bench.analysis", "--measure", pipeline, str(file)]
    found = []
    for _ in range(runs):
        done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: statistics.median(run[name] for run in found) for name in found[0]}


def make_files(folder: Path) -> dict[str, Path]:
    """The files that are measured: three minutes as MP3 and FLAC, half an hour as MP3."""
    import numpy as np

    from tests.sounds import music, write_audio

    piece = music(180, seed=7)
    return {
        THREE_MINUTES_MP3: write_audio(folder / "three.mp3", piece, bit_rate_kbps=320),
        "3 min FLAC": write_audio(folder / "three.flac", piece),
        "30 min MP3 128k": write_audio(folder / "thirty.mp3", np.tile(piece, (10, 1)), bit_rate_kbps=128),
    }


def report(runs: int) -> bool:
    """Print the table; whether all targets were met."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Analysis of one file: Earmark's whole pipeline beside plain librosa features")
    for heading in ("file", "Earmark CPU s", "beyond decoding", "librosa CPU s", "ratio", "peak MB", "librosa's"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    met = True
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(Path(folder))
        for name, file in files.items():
            times = 1 if name.startswith("30") else runs
            here, there = (in_fresh_processes(pipeline, file, times) for pipeline in PIPELINES)
            ratio = here["cpu_s"] / there["cpu_s"]
            met &= ratio <= TARGET_CPU_RATIO and here["peak_mb"] <= TARGET_PEAK_MB
            if name == THREE_MINUTES_MP3:
                met &= here["cpu_s"] <= TARGET_MP3_S and here["beyond_decoding_s"] <= TARGET_MP3_BEYOND_DECODING_S
            seconds = (here["cpu_s"], here["beyond_decoding_s"], there["cpu_s"], ratio)
            peaks = (here["peak_mb"], there["peak_mb"])
            table.add_row(name, *(f"{value:.2f}" for value in seconds), *(f"{value:.0f}" for value in peaks))
    console = Console(width=100)
    console.print(table)
    verdict = "met" if met else "NOT met"
    console.print(
        f"Targets: at most {TARGET_CPU_RATIO:.2f} of librosa's CPU and {TARGET_PEAK_MB} MB; for the MP3 of three"
    )
    console.print(f"minutes {TARGET_MP3_S} s, and {TARGET_MP3_BEYOND_DECODING_S} s beyond decoding: {verdict}")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="fresh processes a figure (median)")
    parser.add_argument("--measure", nargs=2, metavar=("PIPELINE", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        pipeline, file = arguments.measure
        print(json.dumps(PIPELINES[pipeline](Path(file))))
        return 0
    return 0 if report(arguments.runs) else 1


if __name__ == "__main__":
    sys.exit(main())
