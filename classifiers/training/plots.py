"""The plots of the model card as SVG, drawn by hand: they need no library, and a change shows as text."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import sqrt

import numpy as np

from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.report import Report, Scored
from classifiers.training.statistics import ReliabilityBin, roc

_SIDE, _LEFT, _TOP, _BOTTOM, _RIGHT = 320, 56, 34, 48, 20
_INK, _QUIET, _HUMAN = "#333333", "#bbbbbb", "#777777"
_COLOURS: Mapping[GeneratorDecoder, str] = {
    GeneratorDecoder.STRIDED: "#1f77b4",
    GeneratorDecoder.UNSTRIDED: "#d95f02",
    GeneratorDecoder.UNKNOWN: "#7b3294",
}
_GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
_MOST_STRENGTH = 40.0


def plots(report: Report, likely: float, inconclusive: float) -> dict[str, str]:
    """Every plot as SVG by the name of its file, without suffix."""
    return {
        "reliability": reliability_plot(report.reliability, report.calibration_error),
        "roc": roc_plot(report.scored),
        "strengths": strength_plot(report.scored, likely, inconclusive),
    }


def reliability_plot(bins: Sequence[ReliabilityBin], error: float) -> str:
    """Share that was generated over the probability that was told; a dot's area is the mass of its bin."""
    parts = [*_unit_axes("probability told", "share that was generated"), _line(0, 0, 1, 1, dashed=True)]
    for found in bins:
        x, y = _x(found.probability), _y(found.share)
        radius = 4 + 14 * sqrt(found.mass)
        title = f"{found.clips} clips: told {found.probability:.2f}, came true {found.share:.2f}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#1f77b4" fill-opacity="0.6">'
            f"<title>{escape(title)}</title></circle>"
            f'<text x="{x:.1f}" y="{y - radius - 3:.1f}" text-anchor="middle" font-size="10">{found.clips}</text>'
        )
    return _svg(f"Reliability, calibration error {error:.3f}", parts)


def roc_plot(scored: Sequence[Scored]) -> str:
    """Share of generated clips over a threshold against the share of human music, by kind of decoder."""
    people = np.array([one.score for one in scored if not one.is_ai])
    parts = [*_unit_axes("human music over the threshold", "generated over it"), _line(0, 0, 1, 1, dashed=True)]
    row = 0
    for kind, colour in _COLOURS.items():
        points = roc(np.array([one.score for one in scored if one.is_ai and one.decoder is kind]), people)
        if points:
            path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            at = _y(0.06) - 16 * row
            parts.append(f'<text x="{_x(0.97):.1f}" y="{at:.1f}" text-anchor="end" fill="{colour}">{kind}</text>')
            row += 1
    return _svg("ROC by kind of decoder", parts)


def strength_plot(scored: Sequence[Scored], likely: float, inconclusive: float) -> str:
    """Every clip's strength, a row for each family, people at the foot; strengths beyond the edge lie on it."""
    names = [*sorted({one.family for one in scored if one.is_ai}), "people"]
    height, left, width = 22 * len(names) + _TOP + _BOTTOM, 120, 520

    def x(score: float) -> float:
        return left + (width - left - _RIGHT) * sqrt(max(0.0, min(score, _MOST_STRENGTH)) / _MOST_STRENGTH)

    parts = []
    for limit, text in ((inconclusive, "inconclusive"), (likely, "likely")):
        parts.append(f'<path d="M{x(limit):.1f} {_TOP - 8}V{height - _BOTTOM}" stroke="{_QUIET}"/>')
        anchor = "end" if text == "inconclusive" else "start"
        parts.append(f'<text x="{x(limit):.1f}" y="{_TOP - 12}" font-size="10" text-anchor="{anchor}">{text}</text>')
    for row, name in enumerate(names):
        at = _TOP + 22 * row + 11
        parts.append(f'<text x="{left - 8}" y="{at + 4}" text-anchor="end">{escape(name)}</text>')
        for one in scored:
            if (one.family if one.is_ai else "people") == name:
                colour = _COLOURS[one.decoder] if one.is_ai else _HUMAN
                parts.append(f'<circle cx="{x(one.score):.1f}" cy="{at}" r="3" fill="{colour}" fill-opacity="0.5"/>')
    for tick in (0, 2, 5, 10, 20, 40):
        parts.append(f'<text x="{x(tick):.1f}" y="{height - _BOTTOM + 16}" text-anchor="middle">{tick}</text>')
    foot = height - 12
    parts.append(f'<text x="{(left + width) / 2:.0f}" y="{foot}" text-anchor="middle">strength (root scale)</text>')
    return _svg("Strength of the evidence by family", parts, width, height)


def _unit_axes(below: str, beside: str) -> Iterable[str]:
    """A square from 0 to 1 on both axes, with its grid and what the axes are."""
    for at in _GRID:
        yield _line(at, 0, at, 1)
        yield _line(0, at, 1, at)
        yield f'<text x="{_x(at):.1f}" y="{_y(0) + 16:.1f}" text-anchor="middle">{at:g}</text>'
        yield f'<text x="{_x(0) - 6:.1f}" y="{_y(at) + 4:.1f}" text-anchor="end">{at:g}</text>'
    middle = _TOP + _SIDE / 2
    yield f'<text x="{_LEFT + _SIDE / 2}" y="{_TOP + _SIDE + 36}" text-anchor="middle">{escape(below)}</text>'
    yield f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(beside)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    stroke = f'stroke="{_INK}" stroke-dasharray="4 4"' if dashed else f'stroke="{_QUIET}" stroke-width="0.5"'
    return f'<path d="M{_x(x1):.1f} {_y(y1):.1f}L{_x(x2):.1f} {_y(y2):.1f}" {stroke}/>'


def _x(value: float) -> float:
    return _LEFT + _SIDE * value


def _y(value: float) -> float:
    return _TOP + _SIDE * (1 - value)


def _svg(
    title: str, parts: Iterable[str], width: int = _LEFT + _SIDE + _RIGHT, height: int = _TOP + _SIDE + _BOTTOM
) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11" fill="{_INK}" role="img" aria-label="{escape(title)}">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    heading = f'<text x="{width / 2:.0f}" y="14" text-anchor="middle" font-size="13">{escape(title)}</text>'
    return "\n".join([head, ground, heading, *parts, "</svg>"]) + "\n"
