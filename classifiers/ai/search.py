"""From the averages of a recording to the comb that speaks most for a decoder, with what each guard took away."""

from dataclasses import dataclass, replace

import numpy as np

from classifiers.ai import guards
from classifiers.ai.agreement import Agreement
from classifiers.ai.codec_grids import Codec, grid_score
from classifiers.ai.comb import LOWEST_HZ, SPACINGS_HZ, Lines, Wide, flattened, peaks, rival, scan, upper_edge_hz
from classifiers.ai.frame_rates import frame_rate_of, is_note
from classifiers.ai.guards import Guard
from classifiers.ai.residue import Array, Residue
from classifiers.ai.steady import SteadyLines, SteadyRate

_CANDIDATES = 5
_RELATED = (1 / 4, 1 / 3, 1 / 2, 2, 3, 4, 5, 6, 8)
_AROUND = np.linspace(-8e-5, 8e-5, 9)
_CHANCE = 3.7
_RIVALRY = 1.5
_FEWEST_LINES = 8
_UNSTEADY, _STEADY = 0.8, 0.25
_WHOLLY_FROM = 2.0
_SAME = 4e-5
_NO_RATE = SteadyRate(0.0, 0.0)


@dataclass(frozen=True)
class View:
    """One of the two averages, searched: its lines and the scores of all spacings."""

    lines: Lines
    scores: Array


@dataclass(frozen=True)
class Seen:
    """A spacing in one view: its score, what stands between its lines, and what chance reaches beside it."""

    spacing_hz: float
    z: float
    between: Wide
    rival: float


@dataclass(frozen=True)
class Comb:
    """Equally spaced lines.

    ``z`` is the plain score of the average with peaks cut. ``strength`` is what the guards left, averaged over both
    averages, in units of what chance reaches in this recording, and up to a fifth less for a comb that comes and goes
    from one second to the next, as a bass or a fast figure does: the figure that a null distribution over recordings
    is fitted to. ``course`` holds one score per block. ``agreement`` is what of the strength comes from the swing of
    the power at the same spacing (:class:`classifiers.ai.agreement.Agreement`), ``on_frame_rate`` what of it is there
    because steady lines stand at this spacing, which decoders are built with (:mod:`classifiers.ai.steady`), at
    ``speed`` times the speed that the recording was made at.
    """

    spacing_hz: float
    z: float
    strength: float
    repetition: float
    notes: float
    codec: float
    rival: float
    steadiness: float
    course: Wide
    lines: int
    expected_lines: int
    agreement: float = 0.0
    on_frame_rate: float = 0.0
    speed: float = 1.0


@dataclass(frozen=True)
class Finding:
    """The strongest comb, if there is any, and the upper edge of the band that was searched."""

    comb: Comb | None
    upper_edge_hz: float


def strongest_comb(
    residue: Residue,
    codec: Codec,
    agreement: Agreement | None = None,
    steady: SteadyLines | None = None,
    *,
    without: Guard | None = None,
) -> Finding:
    """Search all spacings in both averages, hold the best ones, their parts and multiples against the guards.

    Where the swing of the power is at hand, it adds to a comb that it agrees with. Steady lines at rates that decoders
    are built with name spacings too, add to the combs there, and may be stronger by themselves or with the swing, also
    where too little sound stands over the music's dense part for the search itself. A comb on a note of the equal
    temperament is a synthesiser's tone. ``without`` leaves one guard out, to see what it does; agreement and steady
    lines keep their own.
    """
    edge = upper_edge_hz(residue.level_db)
    if edge < 2 * LOWEST_HZ or not residue.frames:
        return Finding(_without_band(agreement, steady), edge)
    views = _views(residue, edge)
    found = [peaks(view.scores, _CANDIDATES) for view in views]
    related = [best[0] * ratio for best in found if best for ratio in _RELATED]
    candidates = sorted({_refined(views, spacing) for spacing in (*found[0], *found[1], *related)})
    rates = _rates_at(views, candidates, steady) if steady is not None else {}
    spacings = [at for at in {*candidates, *rates} if _in_search(views[0], at)]
    seen = {at: [_seen(view, at, without) for view in views] for at in spacings}
    upper = {at: _without_course(pair, _of_codec(codec, at, without), without) for at, pair in seen.items()}
    for at, bound in upper.items():
        added = 0.0 if agreement is None else _share(bound, seen[at]) * agreement.bound(at)
        rate = rates.get(at, _NO_RATE)
        upper[at] = max(bound + rate.beside(bound) + added, rate.alone(), _most_with_swing(rate, agreement))
    best: Comb | None = None
    for spacing, bound in sorted(upper.items(), key=lambda item: -item[1]):
        if best is not None and best.strength >= bound:
            break
        rate = rates.get(spacing, _NO_RATE)
        comb = _weighed(residue, views, spacing, seen[spacing], codec, without)
        comb = _with(comb, rate, comb.strength + rate.beside(comb.strength))
        if agreement is not None:
            comb = _agreed(comb, seen[spacing], agreement, 0.0 if best is None else best.strength)
        comb = _with(comb, rate, rate.alone())
        if agreement is not None and _most_with_swing(rate, agreement) > comb.strength:
            comb = _with_swing(comb, rate, agreement)
        if best is not None and comb.strength <= best.strength:
            continue
        if agreement is not None and without is not Guard.CODEC_GRIDS and agreement.is_layer_3(spacing):
            comb = replace(comb, strength=0.0, codec=comb.z)
        if best is None or comb.strength > best.strength:
            best = comb
    return Finding(best, edge)


def _rates_at(views: list[View], spacings: list[float], steady: SteadyLines) -> dict[float, SteadyRate]:
    """The frame rates that spacings stand on, and those that steady lines name beside them."""
    listed = {at: rate_hz for at in spacings if (rate_hz := frame_rate_of(at)) is not None}
    rates = {at: steady.at_listed(rate_hz) for at, rate_hz in listed.items()}
    for rate in steady.strongest():
        near = [at for at in spacings if abs(at / rate.rate_hz - 1) < _SAME]
        rates |= dict.fromkeys(near or [_refined(views, rate.rate_hz)], rate)
    return rates


def _with(comb: Comb, rate: SteadyRate, strength: float) -> Comb:
    """The comb made as strong as steady lines at its spacing make it; as it is where it is stronger."""
    more = strength - comb.strength
    if more <= 0:
        return comb
    of_steady = comb.on_frame_rate + more
    return replace(comb, spacing_hz=rate.rate_hz, strength=strength, on_frame_rate=of_steady, speed=rate.speed)


def _most_with_swing(rate: SteadyRate, agreement: Agreement | None) -> float:
    """What :func:`_with_swing` gives at most, before the guards that take longer."""
    return 0.0 if agreement is None or rate.z <= 0 else rate.with_swing(agreement.bound(rate.rate_hz))


def _with_swing(comb: Comb, rate: SteadyRate, agreement: Agreement) -> Comb:
    """The comb as strong as steady lines and the swing make it without it; as it is where it is stronger."""
    swing = agreement.strength(rate.rate_hz)
    strength = rate.with_swing(swing)
    if strength <= comb.strength:
        return comb
    of_steady = strength - swing
    return replace(
        comb,
        spacing_hz=rate.rate_hz,
        strength=strength,
        agreement=swing,
        on_frame_rate=of_steady,
        speed=rate.speed,
    )


def _without_band(agreement: Agreement | None, steady: SteadyLines | None) -> Comb | None:
    """The strongest of what steady lines say by themselves or with the swing; None where they say nothing."""
    if agreement is None or steady is None:
        return None
    found: list[Comb] = []
    for rate in steady.strongest():
        lines, expected = steady.standing(rate.rate_hz)
        nothing = Comb(rate.rate_hz, rate.z, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.zeros(0), lines, expected)
        found.append(_with_swing(_with(nothing, rate, rate.alone()), rate, agreement))
    strongest = max(found, key=lambda comb: comb.strength, default=None)
    return strongest if strongest is not None and strongest.strength > 0 else None


def _agreed(comb: Comb, seen: list[Seen], agreement: Agreement, beyond: float) -> Comb:
    """With what the swing adds; as it is where that cannot lead ``beyond`` a strength."""
    share = _share(comb.strength - comb.on_frame_rate, seen)
    if comb.strength + share * agreement.bound(comb.spacing_hz) <= beyond:
        return comb
    added = share * agreement.strength(comb.spacing_hz)
    return replace(comb, strength=comb.strength + added, agreement=added)


def _share(strength: float, seen: list[Seen]) -> float:
    """The share of an agreement that counts: less for a comb of which the guards left less than half."""
    return min(1.0, _WHOLLY_FROM * strength / max(1e-6, min(one.z for one in seen)))


def _views(residue: Residue, edge: float) -> list[View]:
    cut, between = (Lines(flattened(mean), LOWEST_HZ, edge) for mean in (residue.cut, residue.between_notes))
    return [View(lines, scores) for lines, scores in zip((cut, between), scan(cut, between), strict=True)]


def _in_search(view: View, spacing: float) -> bool:
    return bool(SPACINGS_HZ[0] <= spacing <= SPACINGS_HZ[-1]) and len(view.lines.values(spacing)) >= _FEWEST_LINES


def _refined(views: list[View], spacing: float) -> float:
    """The spacing within 0.008 % that scores highest over both views."""
    around: Wide = spacing * (1 + _AROUND)
    cut, between = (view.lines for view in views)
    return float(around[int(np.argmax(np.add(*scan(cut, between, around))))])


def _seen(view: View, spacing: float, without: Guard | None) -> Seen:
    between = guards.between_lines(view.lines, spacing)
    beside = 0.0
    if without is not Guard.BROAD_LINES:
        beside = rival(view.scores, spacing, guards.repeated_parts(between))
    return Seen(spacing, view.lines.z(spacing), between, beside)


def _of_codec(codec: Codec, spacing: float, without: Guard | None) -> float:
    return 0.0 if without is Guard.CODEC_GRIDS else grid_score(codec, spacing)


def _repeated(seen: Seen, steadiness: float, without: Guard | None) -> float:
    if without is Guard.REPETITION:
        return 0.0
    return guards.repetition(seen.between, seen.z, seen.spacing_hz, steadiness)


def _left(seen: Seen, taken: float, repeated: float) -> float:
    """What ``repeated`` sound, rivals and ``taken`` leave of a comb in one view."""
    left = max(0.0, seen.z - repeated - taken)
    return float(left / max(1.0, seen.rival / _CHANCE) ** _RIVALRY)


def _without_course(seen: list[Seen], of_codec: float, without: Guard | None) -> float:
    """Strength before what depends on the course over time, which takes longer: no strength is higher than this."""
    return sum(_left(one, of_codec, _repeated(one, 1.0, without)) for one in seen) / len(seen)


def _weighed(
    residue: Residue, views: list[View], spacing: float, seen: list[Seen], codec: Codec, without: Guard | None
) -> Comb:
    cut, between = views
    over_time = guards.course(residue, cut.lines, spacing)
    steadiness = over_time.steadiness
    of_codec, of_bass, of_notes = _of_codec(codec, spacing, without), 0.0, 0.0
    if without is not Guard.HELD_NOTES:
        of_bass = seen[0].z if is_note(spacing, _SAME) else guards.bass(flattened(residue.cut), spacing)
        of_notes = guards.notes(residue, between.lines, spacing, seen[1].z, steadiness)
    repeated = [_repeated(one, steadiness, without) for one in seen]
    left_in_cut = _left(seen[0], of_codec + of_bass, repeated[0])
    left = (left_in_cut + _left(seen[1], of_codec + of_bass + of_notes, repeated[1])) / 2
    steady = 1.0
    if without is not Guard.COMES_AND_GOES:
        steady = _UNSTEADY + (1 - _UNSTEADY) * min(1.0, steadiness / _STEADY)
    values = cut.lines.values(spacing)
    beside = np.concatenate([cut.lines.values(spacing, phase) for phase in (0.3, 0.5, 0.7)])
    return Comb(
        spacing_hz=spacing,
        z=seen[0].z,
        strength=steady * left,
        repetition=max(repeated),
        notes=of_bass + of_notes,
        codec=of_codec,
        rival=max(one.rival for one in seen),
        steadiness=over_time.steadiness,
        course=over_time.z,
        lines=int((values > np.median(beside)).sum()) if len(beside) else 0,
        expected_lines=len(values),
    )
