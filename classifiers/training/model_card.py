"""The model card: what the detector is, what it was measured on, and what came out, written by the evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.ai.calibration import Calibration
from classifiers.training.report import Found, Report
from classifiers.training.statistics import clopper_pearson

INTRODUCTION = """\
# Model card: AI likelihood

## What it is
Two searches for what decoders leave; nothing is trained, for both traces are placed by the architecture of the
decoder.

The *comb search* looks for equally spaced lines in the average spectrum, which decoders draw that upsample by strided
transposed convolutions. Any spacing from 15 to 1,500 Hz is searched between 1 and 16 kHz, in two averages (peaks cut,
and notes left out) that must agree. What repetition, held notes, broad lines and codec grids account for is taken off.
What is left, the *strength*, is in units of what chance reaches in the same recording.

The *clock search* looks for power that swings with the frames of a decoder. What a strided decoder adds is noise whose
power is not steady but follows the phase of its frames, also where no line stands in the spectrum. The spectrum of the
squared, whitened sound without its notes is searched at the multiples of all frame rates that decoders are built of
(rates of 16 to 48 kHz over products of 2, 3 and 5), with guards for exact repetition and for the frames and subbands of
lossy codecs. It does not see a recording that was played at another speed.

The stronger of the two decides; 2.5 standard errors of a clock count as one unit of strength. The guards of both were
designed while looking at the recordings of this evaluation, so its figures are better than those on sources that nobody
has looked at yet.

The answer is `likely_ai`, `inconclusive` or `no_evidence`. The last does not mean that a person made the recording:
decoders without strides (inverse STFT), diffusion on waveforms, anti-aliased or very quiet decoders leave no traces.
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
class Run:
    """Where figures come from: the command, the commit, the manifest by its digest, and how many rows were read."""

    command: str
    commit: str
    manifest_sha256: str
    rows: int
    unreadable: int


@dataclass(frozen=True)
class Disguised:
    """Shares that keep the answer under one disguise: AI clips that were found plain, and false positives."""

    name: str
    plain: int
    still: int
    human_clips: int
    false: int


def model_card(run: Run, calibration: Calibration, report: Report, disguised: Sequence[Disguised]) -> str:
    """The card as Markdown."""
    low, high = report.false_interval
    parts = [
        INTRODUCTION,
        "## Where the figures come from\n",
        f"- Model `{calibration.model}`, commit `{run.commit}`, command `{run.command}`",
        f"- Manifest SHA-256 `{run.manifest_sha256}`, {run.rows} clips, {run.unreadable} unreadable",
        f"- Answers: `likely_ai` from a strength of {calibration.likely}, `inconclusive` from "
        f"{calibration.inconclusive}; {calibration.short_extra} more under 20 s",
        "- The threshold of the tables is the strength that at most one human music clip (10 s or longer) lies over: "
        f"{report.threshold:.2f}",
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
        f"The probability assumes that {calibration.prior:.0%} of what is judged was generated. Its calibration error "
        f"at that share, with curves fitted without the family that is judged: {report.calibration_error:.3f}. At 10 % "
        "and 40 % of generated music among what is delivered, the precision of `likely_ai` is "
        + " and ".join(_precision(report, share) for share in (0.1, 0.4))
        + ". At 0.5 % it is "
        + _precision(report, 0.005)
        + ", an extrapolation.",
        "",
        "## Generators",
        "",
        *_table(report.families),
        *_table([report.all_ai], head=False),
        "",
        "Clips of at least 20 s alone:",
        "",
        *_table(report.long_families),
        *_table([report.all_long_ai], head=False),
        "",
        "## Neither side",
        "",
        "Human recordings through neural codecs and vocoders, and compositions of a model played by a synthesiser:",
        "",
        *_table(report.others),
        "",
        "## Human sources",
        "",
        *_table(report.human),
        "",
    ]
    if disguised:
        parts += ["## Robustness", "", *_disguises(disguised), ""]
    return "\n".join(parts)


def _precision(report: Report, share: float) -> str:
    """Share of right answers among ``likely_ai`` at a share of AI, with the interval that the false positives give."""
    found = report.all_ai.likely / max(1, report.all_ai.clips)
    false = sum(source.likely for source in report.human)
    rates = [false / max(1, report.human_clips), *clopper_pearson(false, report.human_clips)]
    best, low, high = (share * found / max(1e-12, share * found + (1 - share) * rate) for rate in rates)
    return f"{best:.0%} ({min(low, high):.0%} to {max(low, high):.0%})"


def _table(rows: Sequence[Found], *, head: bool = True) -> list[str]:
    lines = [
        "| | clips | AUROC | over threshold | `likely_ai` | `inconclusive` |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    return (lines if head else []) + [
        f"| {row.name} | {row.clips} | {row.auroc:.2f} "
        f"| {row.over_threshold} ({_share(row.over_threshold, row.clips)}) "
        f"| {row.likely} | {row.inconclusive} |"
        for row in rows
    ]


def _disguises(rows: Sequence[Disguised]) -> list[str]:
    return [
        "AI clips that are `likely_ai` as they came, and how many of them still are; human music clips that become "
        "`likely_ai`:",
        "",
        "| | found plain | still found | human clips | false |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row.name} | {row.plain} | {row.still} ({_share(row.still, row.plain)}) "
            f"| {row.human_clips} | {row.false} |"
            for row in rows
        ),
    ]


def _share(hits: int, of: int) -> str:
    return f"{hits / of:.0%}" if of else "-"


def as_json(report: Report) -> Mapping[str, object]:
    """The report's headline figures for a machine."""
    return {
        "threshold": round(report.threshold, 3),
        "human_clips": report.human_clips,
        "left_out_false": report.left_out_false,
        "false_interval": [round(bound, 4) for bound in report.false_interval],
        "auroc": round(report.all_ai.auroc, 4),
        "auroc_long": round(report.all_long_ai.auroc, 4),
        "calibration_error": round(report.calibration_error, 4),
        "families": {
            row.name: {"clips": row.clips, "auroc": round(row.auroc, 4), "likely": row.likely}
            for row in report.families
        },
    }
