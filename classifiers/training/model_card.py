"""The model card: what the detector is, what it was measured on, and what came out, written by the evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from classifiers.ai.calibration import Calibration
from classifiers.ai.guards import Guard
from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.guard_table import Guarded
from classifiers.training.report import Found, Report
from classifiers.training.statistics import clopper_pearson

INTRODUCTION = """\
# Model card: AI likelihood

## What it is
Searches for three traces that decoders leave; nothing is trained, for the traces are placed by the architecture of the
decoder.

The *comb search* looks for equally spaced lines in the average spectrum, which decoders draw that upsample by strided
transposed convolutions. Any spacing from 15 to 1,500 Hz is searched between 1 and 16 kHz, in two averages (peaks cut,
and notes left out) that must agree. What repetition, held notes, broad lines and codec grids account for is taken off.
What is left, the *strength*, is in units of what chance reaches in the same recording. Frames last 0.74 s; they overlap
by half in the first 45 s, and not at all from there on. Speed and pitch may have been changed.

The *clock search* looks for power that swings with the frames of a decoder. What a strided decoder adds is noise whose
power is not steady but follows the phase of its frames, also where no line stands in the spectrum. The spectrum of the
squared, whitened sound without its notes is searched at the multiples of all frame rates that decoders are built of
(rates of 16 to 48 kHz over products of 2, 3 and 5), with guards for exact repetition, broad lines, notes, and the
frames and subbands of lossy codecs, at any speed for MPEG Layer III. By itself it does not see a recording that was
played at another speed.

The comb's own spacing is asked of the swing as well, whatever it is: where the power swings there, sharply, in all
bands and without what notes, repetition and Layer III explain, the comb gains up to 3 units of strength. Both traces of
a decoder move alike with the playing speed, so this holds at any.

*Steady lines* are tones at a decoder's frame rate and its multiples that keep their phase for six seconds. The spectrum
of the whitened sound in bins of 0.17 Hz shows them where noise hides everything else. Decoders are built with few frame
rates, so 65 are asked for, known to a hundred-thousandth, and these at 120 speeds that people choose (whole semitones
to half an octave, whole percents from a quarter slower to 30 % faster). At the former, steady lines are evidence by
themselves: 0.6 units of strength for each standard error that the guards leave, 12 at most. At either, what is left
over 9 standard errors adds up to 4 units to a comb at the same spacing; where the comb search sees none but the power
swings at the same rate, both count as they do beside a comb of a strength of 2. Guards take off what repeats exactly,
broad feet, and lines that only every second, third or fifth multiple draws; waves of odd harmonics and Layer III at any
speed count for nothing, and rates that are notes or Layer III's own are not asked. At 44.1 or 48 kHz over a power of
two, the blocks of synthesisers, they are no evidence by themselves. Both searches must be on for them.

The strongest decides; 2.5 standard errors of a clock count as one unit of strength, and in these units the tails of
comb and clock among recordings by people fall off alike. Thresholds and probabilities are fitted to the strongest of
all, so that every look is accounted for. The guards were designed while looking at the recordings of this evaluation,
so its figures are better than those on sources that nobody has looked at yet.

The answer is `likely_ai`, `inconclusive` or `no_evidence`. The last does not mean that a person made the recording:
decoders without strides (inverse STFT), diffusion on waveforms, anti-aliased or very quiet decoders leave no traces.
A [residual network](residual-network.md) that is meant for them runs in shadow where somebody wants it, and
[what else was tried](what-was-tried.md) has a page of its own.
The detector says nothing (an abstention with its reason) under 10 s, in silence, and where there is no bandwidth; under
20 s it asks for more strength.

## What it must not be used for
Not to punish by itself. It never leads further than a person's queue. It says "traces in the sound", never "this part
was sung by a machine". A recording by a person that went through a neural codec, vocoder or restoration carries the
same traces.

## Law
Patents have been applied for on detecting generated music by such spectral peaks (Deezer, December 2024). This is an
implementation of its own, which does not change that. Each search can be switched off (`EARMARK_AI_COMB_SEARCH`,
`EARMARK_AI_CLOCK_SEARCH`); without both every answer is the abstention "switched off". Take advice before commercial
use.
"""


@dataclass(frozen=True)
class Source:
    """One place that clips come from: its name, how it is laid out, its digest and how many clips it has."""

    name: str
    layout: str
    sha256: str
    clips: int


@dataclass(frozen=True)
class Run:
    """Where figures come from: the command, the commit, the clips by their digests, and how many were read."""

    command: str
    commit: str
    sources: Sequence[Source]
    rows: int
    unreadable: int
    absent: int = 0


@dataclass(frozen=True)
class Disguised:
    """Shares that keep the answer under one disguise: AI clips that were found plain, and false positives."""

    name: str
    plain: int
    still: int
    human_clips: int
    false: int


_DECODERS = {
    GeneratorDecoder.STRIDED: "With strided decoders",
    GeneratorDecoder.UNSTRIDED: "Without strided decoders",
    GeneratorDecoder.UNKNOWN: "Decoder not published",
}

MOST_ROWS = 60
"""Rows of a table; of more sources the largest are shown, and those with an answer."""


def model_card(
    run: Run,
    calibration: Calibration,
    report: Report,
    disguised: Sequence[Disguised] = (),
    plots: Mapping[str, str] | None = None,
    guarded: Sequence[Guarded] = (),
) -> str:
    """The card as Markdown. ``plots`` are the files of the plots by name, beside the card."""
    low, high = report.false_interval
    parts = [
        INTRODUCTION,
        "## Where the figures come from\n",
        f"- Model `{calibration.model}`, commit `{run.commit}`, command `{run.command}`",
        *(
            f"- `{source.name}` ({source.layout}), {source.clips} clips, SHA-256 `{source.sha256}`"
            for source in run.sources
        ),
        f"- {run.rows} clips, {run.unreadable} unreadable"
        + (f"; {run.absent} more are listed and not there" if run.absent else ""),
        f"- Answers: `likely_ai` from a strength of {calibration.likely}, `inconclusive` from "
        f"{calibration.inconclusive}; {calibration.short_extra} more under 20 s",
        "- *Over threshold*: over the strength that at most one human music clip (10 s or longer) lies over, "
        f"{report.threshold:.2f}; for a human source, the one that the other sources set",
        "- *Left out*: `likely_ai` by thresholds that were fitted without the family or source of the row",
        "- Intervals are exact, of 95 % (Clopper-Pearson)",
        "",
        "## False positives",
        "",
        f"With the threshold set by the other sources, {report.left_out_false} of {report.human_clips} human music "
        f"clips of the left-out source lie over it (95 % interval {low:.1%} to {high:.1%}, Clopper-Pearson). "
        f"Hard negatives ({report.hard.name}): {report.hard.likely} of {report.hard.clips} `likely_ai`, "
        f"{report.hard.inconclusive} `inconclusive`.",
        "",
        "Human clips that are not `no_evidence`: "
        + (", ".join(f"`{name}` ({score})" for name, score in report.false_names) or "none")
        + ".",
        "",
        "## Probability and precision",
        "",
        f"The probability assumes that {calibration.prior:.0%} of what is judged was generated. Its calibration error "
        f"at that share, with curves fitted without the family or source that is judged: "
        f"{report.calibration_error:.3f}.",
        "",
        *_plot(plots, "reliability", "Reliability diagram: probability told against the share that was generated"),
        "Precision of `likely_ai`, families and sources left out. Its interval pairs the worst ends of both rates:",
        "",
        "| share of AI among what is delivered | precision | 95 % interval | |",
        "|---:|---:|---:|---|",
        *(
            f"| {row.ai_share:.1%} | {row.best:.0%} | {row.low:.0%} to {row.high:.0%} "
            f"| {'extrapolated' if row.ai_share < _MEASURED_SHARE else ''} |"
            for row in report.precisions
        ),
        "",
        "## Generators, each family left out in turn",
        "",
        *_by_decoder(report.families, report.by_decoder),
        "All generators together:",
        "",
        *_table([report.all_ai]),
        "",
        *_plot(plots, "roc", "ROC curves by kind of decoder"),
        *_plot(plots, "strengths", "Strength of the evidence, one dot a clip, one row a family"),
        "## Clips of at least 20 s alone",
        "",
        *_by_decoder(report.long_families, report.long_by_decoder),
        "All generators together:",
        "",
        *_table([report.all_long_ai]),
        "",
        "## Neither side",
        "",
        "Human recordings through neural codecs and vocoders, and compositions of a model played by a synthesiser:",
        "",
        *_table(report.others),
        "",
        "## Human sources, each left out in turn",
        "",
        *_table(most_telling(report.human)),
        *_table([report.all_human], head=False),
        *_left_away(report.human),
        "",
    ]
    if guarded:
        parts += ["## With and without each guard", "", *_guards(guarded), ""]
    if disguised:
        parts += ["## Robustness", "", *_disguises(disguised), ""]
    return "\n".join(parts)


_MEASURED_SHARE = 0.01
"""Under this share of AI, more human recordings would have to be measured than there are: precision is extrapolated."""


def _plot(plots: Mapping[str, str] | None, name: str, said: str) -> list[str]:
    return [f"![{said}]({plots[name]})", ""] if plots else []


def _by_decoder(
    families: Mapping[GeneratorDecoder, Sequence[Found]], sums: Mapping[GeneratorDecoder, Found]
) -> list[str]:
    lines = []
    for kind, rows in families.items():
        lines += [f"### {_DECODERS[kind]}", "", *_table(rows), *_table([sums[kind]], head=False), ""]
    return lines


def most_telling(rows: Sequence[Found]) -> list[Found]:
    """All rows, or of too many those with an answer and the largest."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    largest = sorted(rows, key=lambda row: (-row.over_threshold, -row.likely, -row.clips))[:MOST_ROWS]
    return sorted(largest, key=lambda row: row.name)


def _left_away(rows: Sequence[Found]) -> list[str]:
    if len(rows) <= MOST_ROWS:
        return []
    return ["", f"{len(rows) - MOST_ROWS} more sources count in the last row and are not shown."]


def _table(rows: Sequence[Found], *, head: bool = True) -> list[str]:
    lines = [
        "| | clips | AUROC | over threshold | 95 % | left out | 95 % | `likely_ai` | `inconclusive` |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return (lines if head else []) + [
        f"| {_cell(row.name)} | {row.clips} | {row.auroc:.2f} "
        f"| {row.over_threshold} ({_share(row.over_threshold, row.clips)}) | {_range(row.over_interval)} "
        f"| {row.left_out_likely} ({_share(row.left_out_likely, row.clips)}) | {_range(row.left_out_interval)} "
        f"| {row.likely} | {row.inconclusive} |"
        for row in rows
    ]


def _cell(text: str) -> str:
    """A name from outside that cannot break the table."""
    return " ".join(text.split()).replace("|", "/").replace("<", "&lt;")


def _range(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.0%} to {interval[1]:.0%}"


def _disguises(rows: Sequence[Disguised]) -> list[str]:
    return [
        "AI clips that are `likely_ai` as they came, and how many of them still are; human music clips that become "
        "`likely_ai`:",
        "",
        "| | found plain | still found | 95 % | human clips | false |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {row.name} | {row.plain} | {row.still} ({_share(row.still, row.plain)}) "
            f"| {_range(clopper_pearson(row.still, row.plain))} | {row.human_clips} | {row.false} |"
            for row in rows
        ),
    ]


def _guards(rows: Sequence[Guarded]) -> list[str]:
    names = " | ".join(f"no guard: {guard}" for guard in Guard)
    return [
        "Clips that are `likely_ai` by the thresholds in force with every guard in its place, and with one of them "
        "left out. *Repetition* is anything that repeats exactly, *held notes* are harmonics of notes, drones and "
        "basses, *broad lines* are spacings that fit only as well as unrelated ones, *comes and goes* takes up to a "
        "fifth off a comb that is not steady, and *codec grids* are what lossy codecs leave, MPEG Layer III's "
        "subbands included. Decoders of DAC's kind are those of Stable Audio 1.0 and of the LAC codec. Rows of what "
        "belongs to neither side count clips under 10 s as if they were longer, for all of them are short.",
        "",
        f"| | clips | all guards | {names} |",
        "|---|---:|---:" + "|---:" * len(Guard) + "|",
        *(
            f"| {_cell(row.name)} | {row.clips} | {row.likely} | "
            + " | ".join(str(row.without[guard]) for guard in Guard)
            + " |"
            for row in rows
        ),
    ]


def _share(hits: int, of: int) -> str:
    return f"{hits / of:.0%}" if of else "-"


def as_json(report: Report) -> Mapping[str, object]:
    """The report's headline figures for a machine."""
    return {
        "threshold": _number(report.threshold, 3),
        "human_clips": report.human_clips,
        "left_out_false": report.left_out_false,
        "false_interval": [round(bound, 4) for bound in report.false_interval],
        "auroc": _number(report.all_ai.auroc),
        "auroc_long": _number(report.all_long_ai.auroc),
        "calibration_error": round(report.calibration_error, 4),
        "precision": {
            f"{row.ai_share:g}": [round(figure, 4) for figure in (row.best, row.low, row.high)]
            for row in report.precisions
        },
        "families": {
            row.name: {
                "decoder": kind.value,
                "clips": row.clips,
                "auroc": _number(row.auroc),
                "likely": row.likely,
                "left_out_likely": row.left_out_likely,
            }
            for kind, rows in report.families.items()
            for row in rows
        },
        "decoders": {
            kind.value: {"clips": row.clips, "auroc": _number(row.auroc), "left_out_likely": row.left_out_likely}
            for kind, row in report.by_decoder.items()
        },
    }


def _number(value: float, digits: int = 4) -> float | None:
    """Rounded; None for what JSON has no number for."""
    return round(value, digits) if isfinite(value) else None
