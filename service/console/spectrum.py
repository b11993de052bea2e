"""The spectrogram of a track with what was found in it: where marks lie, and the same in words."""

from dataclasses import dataclass
from math import ceil, floor

from schemas.evidence import Evidence
from schemas.spectral_trace import SpectralTrace, TraceKind
from service.console.charts import Tick
from service.console.rendering import clock

HIGHEST_HZ = 22_050.0
"""Upper edge of every picture (classifiers.audio.spectrogram)."""

_LABELLED_KHZ = (5, 10, 15, 20)
_CLOSEST_HZ = 350.0
"""Marks that are closer than this, four pixels, run together: then only every so many lines have one."""

_WIDTH, _HEIGHT, _MIDDLE = 320, 96, 2


@dataclass(frozen=True, slots=True)
class Overlay:
    """All places of the trace laid over one another, as a small line chart of ``width`` x ``height``."""

    points: str
    middle: str
    text: str
    reach: str
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A picture and its marks, each at a share of the height from the top, in per cent."""

    alt: str
    words: str
    ticks: list[Tick]
    bandwidth: Tick | None
    band: tuple[float, float] | None
    marks: list[float]
    overlay: Overlay | None


def spectrum(evidence: Evidence, trace: SpectralTrace | None) -> Spectrum:
    """What is drawn over a track's spectrogram, and what those hear who do not see it."""
    edge = evidence.audio.bandwidth_hz
    alt = f"Spectrogram from 0 to 22 kHz over {clock(evidence.duration_s)}; energy up to {edge / 1000:.1f} kHz."
    every, marks = _marks(trace)
    return Spectrum(
        alt=alt,
        words=_words(trace, every),
        ticks=[Tick(_down(1000 * khz), f"{khz} kHz") for khz in _LABELLED_KHZ],
        bandwidth=Tick(_down(edge), f"energy up to {edge / 1000:.1f} kHz") if 0 < edge < HIGHEST_HZ else None,
        band=(_down(trace.high_hz), _down(trace.low_hz)) if trace else None,
        marks=marks,
        overlay=_overlay(trace) if trace else None,
    )


def _down(hz: float) -> float:
    return round(100 * (1 - min(hz, HIGHEST_HZ) / HIGHEST_HZ), 2)


def _marks(trace: SpectralTrace | None) -> tuple[int, list[float]]:
    if trace is None or trace.kind is TraceKind.SWINGS:
        return 1, []
    every = max(1, ceil(_CLOSEST_HZ / trace.spacing_hz))
    first = ceil(trace.low_hz / trace.spacing_hz)
    orders = range(first, floor(trace.high_hz / trace.spacing_hz) + 1, every)
    return every, [_down(order * trace.spacing_hz) for order in orders]


def _words(trace: SpectralTrace | None, every: int) -> str:
    if trace is None:
        return "No lines or swings at equal distances stand out."
    band = f"{trace.low_hz / 1000:.1f} to {trace.high_hz / 1000:.1f} kHz"
    if trace.kind is TraceKind.SWINGS:
        return (
            f"The power of the sound from {band} swings at multiples of {trace.spacing_hz:.6g} Hz. "
            "That is a rate in time, which no spectrogram shows: only the band is marked."
        )
    marked = "each is marked" if every == 1 else f"too close for this picture: one in {every} is marked"
    return f"Lines every {trace.spacing_hz:.5g} Hz from {band}; {marked}."


def _overlay(trace: SpectralTrace) -> Overlay:
    values, centre = trace.around, len(trace.around) // 2
    low, high = min(values), max(values)
    across, up = _WIDTH / (len(values) - 1), (_HEIGHT - 8) / max(high - low, 1e-9)
    points = [f"{n * across:.1f},{4 + (high - value) * up:.1f}" for n, value in enumerate(values)]
    beside = max((value for n, value in enumerate(values) if abs(n - centre) > _MIDDLE), default=low)
    unit = " dB" if trace.kind is TraceKind.LINES else " times chance"
    text = (
        f"All {trace.places:,} places laid over one another: {values[centre]:.1f}{unit} in the middle, "
        f"at most {beside:.1f}{unit} beside it."
    )
    middle = points[max(0, centre - _MIDDLE) : centre + _MIDDLE + 1]
    return Overlay(" ".join(points), " ".join(middle), text, f"{trace.step_hz * centre:.2g} Hz")
