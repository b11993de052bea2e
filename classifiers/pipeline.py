"""One door to the analysis: a file in, one immutable piece of evidence out.

The file is decoded once, in a child process, and passes by once: every feature takes what it needs from the same
blocks and the same spectra, so that memory stays flat whatever the length.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from classifiers.ai.detector import SHORTEST_S, AiDetector
from classifiers.ai.model import Model, bundled_model
from classifiers.ai.stretches import Stretches
from classifiers.ai.versions import versions_of
from classifiers.audio.decode import Decoder, Limits, StreamInfo, UnreadableAudio, UnreadableReason
from classifiers.audio.long_term import LongTermSpectrum, bandwidth_hz, third_octaves_db
from classifiers.audio.loop import Loop
from classifiers.audio.loudness import Loudness
from classifiers.audio.memory import keep_freed_memory
from classifiers.audio.pcm import PcmDigest
from classifiers.audio.spectra import (
    ANALYSIS_RATE_HZ,
    FINE_HOP,
    FINE_N_FFT,
    FINE_THINNED_FROM,
    ONSET_HOP,
    ONSET_N_FFT,
    TEXTURE_HOP,
    TEXTURE_N_FFT,
    TEXTURE_THINNED_FROM,
    PowerFrames,
    Resampler,
    downmix,
)
from classifiers.audio.spectrogram import Spectrogram
from classifiers.audio.speech import Speech
from classifiers.audio.tempo import Tempo
from classifiers.audio.texture import Texture
from classifiers.audio.true_peak import TruePeak
from classifiers.audio.vocals import Vocals
from classifiers.audio.waveform import Waveform
from classifiers.duplicates import frames as music
from classifiers.duplicates.fingerprint import FingerprintCodes, Fingerprinter
from classifiers.provenance.c2pa import read_c2pa
from classifiers.provenance.tags import find_tags
from schemas.ai_model import ShadowScore
from schemas.evidence import AiEvidence, AudioDescriptors, ElapsedSeconds, Evidence, NetworkScore
from schemas.spectral_trace import SpectralTrace

if TYPE_CHECKING:
    from classifiers.ai.network_score import Network

__all__ = ["PIPELINE_VERSION", "Analysis", "Decoder", "Limits", "UnreadableAudio", "UnreadableReason", "analyse"]

Array = npt.NDArray[np.float32]

PIPELINE_VERSION = "2026.11-11"
"""Changes whenever the same file would give other evidence; with the file's SHA-256 it names the evidence."""


@dataclass(frozen=True)
class Analysis:
    """The evidence, the codes of the fingerprint in the form that the index takes, and what a reviewer's page draws:
    the waveform, the spectrogram (PNG) and the trace that the evidence rests on.

    ``shadow`` is what a second model says of the same findings where one runs beside the first.
    """

    evidence: Evidence
    codes: FingerprintCodes
    waveform: bytes
    spectrogram: bytes
    trace: SpectralTrace | None = None
    shadow: ShadowScore | None = None


def analyse(
    path: Path,
    *,
    decoder: Decoder | None = None,
    limits: Limits = Limits(),
    trust_anchors: str = "",
    comb_search: bool = True,
    clock_search: bool = True,
    model: Model | None = None,
    shadow: Model | None = None,
    network: "Network | None" = None,
) -> Analysis:
    """Analyse one file.

    Args:
        path: a local file. Its name means nothing: the format is recognised by its content.
        decoder: the child process to decode in. Pass one to analyse many files; without one, a child is started for
            this file alone.
        limits: bounds on what is taken on.
        trust_anchors: root certificates (PEM) under which a C2PA manifest in the file is trusted.
        comb_search: whether to look for spectral lines.
        clock_search: whether to look for the frame rate of a decoder. Without both, the AI likelihood is an abstention.
        model: the fitted parameters to judge by; without, those that come with Earmark.
        shadow: a second model that is asked beside it; its score is told apart and never part of the evidence.
        network: a residual network that is asked beside it; its score is told in the evidence and changes no answer.

    Raises:
        UnreadableAudio: the file cannot be analysed, with the reason. Broken-off files are analysed up to the break
            and say so in ``Evidence.truncated``.
    """
    if decoder is None:
        with Decoder() as own:
            return analyse(
                path,
                decoder=own,
                limits=limits,
                trust_anchors=trust_anchors,
                comb_search=comb_search,
                clock_search=clock_search,
                model=model,
                shadow=shadow,
                network=network,
            )
    model = model or bundled_model()
    keep_freed_memory()
    started = time.process_time()
    stream = decoder.open(path, limits)
    with _thread_pools().limit(limits=1, user_api="blas"):
        sound = _Sound(stream.info, comb_search, clock_search, model, shadow, network)
        for block in stream:
            sound.feed(block)
        measured = sound.finish(stream.duration_s)
    provenance = [*read_c2pa(path, trust_anchors), *find_tags(path)]
    decode_s, here_s = stream.cpu_s, time.process_time() - started
    evidence = Evidence(
        sha256=_sha256(path),
        pipeline=PIPELINE_VERSION,
        codec=stream.info.codec,
        sample_rate_hz=stream.info.sample_rate_hz,
        channels=stream.info.channels,
        bit_rate_kbps=_rounded(stream.info.bit_rate_kbps, 1),
        duration_s=round(stream.duration_s, 3),
        truncated=stream.truncated,
        ai=measured.ai,
        provenance=provenance,
        audio=measured.audio,
        fingerprint=measured.codes.to_schema(),
        elapsed_s=ElapsedSeconds(decode=round(decode_s, 3), total=round(decode_s + here_s, 3)),
    )
    return Analysis(evidence, measured.codes, measured.waveform, measured.spectrogram, measured.trace, measured.shadow)


@cache
def _thread_pools() -> ThreadpoolController:
    """The BLAS libraries in this process. Their threads spin between our small products and burn CPU for nothing."""
    return ThreadpoolController()


@dataclass(frozen=True)
class _Measured:
    ai: AiEvidence
    audio: AudioDescriptors
    codes: FingerprintCodes
    waveform: bytes
    spectrogram: bytes
    trace: SpectralTrace | None
    shadow: ShadowScore | None


class _Sound:
    """The one pass: what is fed to whom, and in which order the results depend on one another."""

    def __init__(
        self,
        info: StreamInfo,
        comb_search: bool,
        clock_search: bool,
        model: Model,
        shadow: Model | None,
        network: "Network | None",
    ) -> None:
        rate = info.sample_rate_hz
        self._highest_hz = min(rate, ANALYSIS_RATE_HZ) / 2
        self._digest = PcmDigest(rate, info.channels)
        self._loudness = Loudness(rate, info.channels)
        self._true_peak = TruePeak(rate, info.channels)
        self._to_fine = Resampler(rate, ANALYSIS_RATE_HZ)
        self._to_music = Resampler(rate, music.RATE_HZ)
        self._fine = PowerFrames(FINE_N_FFT, FINE_HOP, batch=8, thinned_from=FINE_THINNED_FROM)
        self._grain = PowerFrames(TEXTURE_N_FFT, TEXTURE_HOP, batch=8, thinned_from=TEXTURE_THINNED_FROM)
        self._music = PowerFrames(music.N_FFT, music.HOP, batch=32)
        self._onset = PowerFrames(ONSET_N_FFT, ONSET_HOP, batch=64)
        self._model, self._shadow, self._network = model, shadow, network
        self._stretches = Stretches() if network is not None else None
        self._ai = AiDetector(
            rate,
            info.codec,
            info.bit_rate_kbps,
            rate,
            comb_search=comb_search,
            clock_search=clock_search,
            calibration=model.calibration,
        )
        self._spectrum, self._texture = LongTermSpectrum(), Texture()
        self._loop, self._tempo, self._fingerprinter = Loop(), Tempo(), Fingerprinter()
        self._waveform, self._spectrogram = Waveform(), Spectrogram()
        self._speech, self._vocals = Speech(), Vocals()

    def feed(self, block: Array) -> None:
        """Take a block of shape ``(channels, frames)``."""
        self._loudness.feed(block)
        self._true_peak.feed(block)
        mono = downmix(block)
        self._digest.feed(mono)
        self._listen(self._to_fine.feed(mono), self._to_music.feed(mono))

    def _listen(self, mono: Array, low: Array) -> None:
        self._waveform.feed(mono)
        self._ai.feed_sound(mono)
        if self._stretches is not None:
            self._stretches.feed(mono)
        self._take_fine(self._fine.feed(mono))
        self._take_grain(self._grain.feed(mono))
        self._take_music(self._music.feed(low))
        self._take_onset(self._onset.feed(low))

    def _take_fine(self, frames: Iterator[Array]) -> None:
        for power in frames:
            self._ai.feed_fine(power)
            self._spectrum.feed_fine(power)
            self._spectrogram.feed_fine(power)

    def _take_grain(self, frames: Iterator[Array]) -> None:
        for power in frames:
            self._texture.feed(power)

    def _take_music(self, frames: Iterator[Array]) -> None:
        for power in frames:
            self._fingerprinter.feed_music(power)
            self._loop.feed_music(power)

    def _take_onset(self, frames: Iterator[Array]) -> None:
        for power in frames:
            self._tempo.feed_onset(power)
            self._speech.feed_onset(power)
            self._vocals.feed_onset(power)

    def finish(self, duration_s: float) -> _Measured:
        nothing = np.zeros(0, np.float32)
        self._listen(self._to_fine.feed(nothing, last=True), self._to_music.feed(nothing, last=True))
        self._take_fine(self._fine.finish())
        self._take_grain(self._grain.finish())
        self._take_music(self._music.finish())
        self._take_onset(self._onset.finish())
        loudness, silence_ratio = self._loudness.finish()
        mean_power = self._spectrum.finish()
        bandwidth = bandwidth_hz(mean_power, self._highest_hz)
        loop, noise = self._loop.finish(), self._texture.finish()
        descriptors = AudioDescriptors(
            loudness_lufs=_rounded(loudness, 1),
            true_peak_db=_rounded(self._true_peak.finish(), 1),
            bandwidth_hz=round(bandwidth),
            silence_ratio=round(silence_ratio, 4),
            noise=round(noise, 3),
            loop=round(loop, 3),
            tempo_bpm=_rounded(self._tempo.finish(), 1),
            speech=_rounded(self._speech.finish(), 3),
            long_term_spectrum_db=third_octaves_db(mean_power, self._highest_hz),
        )
        ai = self._ai.finish(duration_s, silence_ratio, bandwidth, loop, self._vocals.finish())
        ai = ai.model_copy(update={"versions": versions_of(self._model), "network": self._network_score(duration_s)})
        codes = self._fingerprinter.finish(
            noise=noise, silence_ratio=silence_ratio, duration_s=duration_s, pcm_sha256=self._digest.finish()
        )
        return _Measured(
            ai,
            descriptors,
            codes,
            self._waveform.finish(),
            self._spectrogram.finish(),
            self._ai.trace,
            self._shadow_score(duration_s),
        )

    def _network_score(self, duration_s: float) -> NetworkScore | None:
        if self._network is None or self._stretches is None or duration_s < SHORTEST_S:
            return None
        return self._network.score(self._stretches.finish())

    def _shadow_score(self, duration_s: float) -> ShadowScore | None:
        if self._shadow is None:
            return None
        verdict, probability = self._ai.under(self._shadow.calibration, duration_s)
        return ShadowScore(
            model=self._shadow.version, model_sha256=self._shadow.sha256, verdict=verdict, probability=probability
        )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
