"""From numbers to positions: charts are SVG that the server draws, so that no script has to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 48, 20, 8
"""Units of the drawing; it scales with the page."""


class Tick(NamedTuple):
    """A place on an axis and what stands there."""

    at: float
    text: str


class Line(NamedTuple):
    name: str
    points: str
    area: str


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines or bars over the same axis, ready for ``charts.html``."""

    ticks: list[Tick]
    stamps: list[Tick]
    series: list[Line]
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def line_chart(stamps: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Chart:
    """Lines over equal steps of ``stamps``, from zero up. A missing value is left out of its line."""
    top = _round_up(max((v for values in series.values() for v in values if v is not None), default=0))
    lines = []
    for name, values in series.items():
        places = [(_x(n, len(stamps)), _y(v, top)) for n, v in enumerate(values) if v is not None]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        ground = f"{places[-1][0]:.1f},{_y(0, top):.1f} {places[0][0]:.1f},{_y(0, top):.1f}" if places else ""
        lines.append(Line(name, points, f"{points} {ground}".strip()))
    return Chart(_ticks(top), _few(stamps), lines, [])


def bar_chart(stamps: Sequence[str], values: Sequence[float]) -> Chart:
    """One bar for each stamp, from zero up."""
    top = _round_up(max(values, default=0))
    each = (WIDTH - LEFT) / max(1, len(values))
    bars = []
    for n, (stamp, value) in enumerate(zip(stamps, values, strict=True)):
        x, y = round(LEFT + n * each + 1, 1), round(_y(value, top), 1)
        bars.append(Bar(x, y, round(max(1, each - 2), 1), round(_y(0, top) - y, 1), f"{stamp}: {value:g}"))
    middles = [Tick(round(LEFT + (n + 0.5) * each, 1), stamp) for n, stamp in enumerate(stamps)]
    return Chart(_ticks(top), middles[:: _every(len(stamps))], [], bars)


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - 12) * (place / (count - 1) if count > 1 else 0.5)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10 and so on: an axis that ends at a round number."""
    if value <= 0:
        return 1.0
    power = float(10 ** ceil(log10(value) - 1e-9))
    return next((power * part for part in (0.1, 0.2, 0.5) if power * part >= value - 1e-12), power)


def _ticks(top: float) -> list[Tick]:
    return [Tick(round(_y(top * part, top), 1), _number(top * part)) for part in (0, 0.5, 1)]


def _few(stamps: Sequence[str]) -> list[Tick]:
    return [Tick(round(_x(n, len(stamps)), 1), stamp) for n, stamp in enumerate(stamps)][:: _every(len(stamps))]


def _every(count: int) -> int:
    """Of how many stamps one is written, so that they do not run into each other."""
    return max(1, ceil(count / 8))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
