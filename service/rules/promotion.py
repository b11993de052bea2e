"""Whether a rule may go live: what it must have shown on stored facts and in the shadow."""

from dataclasses import dataclass

from schemas.verdict import Action
from service.rules.backtest import RuleReport


@dataclass(frozen=True, slots=True)
class Gate:
    """What a rule must show before its action is taken on live tracks.

    The stronger the action, the surer: a queue costs a reviewer's minute, a hold costs a sender their release.
    """

    least_precision: float
    """Least lower bound of the precision's interval of 95 %."""
    least_reviewed: int
    """Least number of hits that a person decided about."""
    most_cases_per_day: float
    """Most new cases for reviewers on an average day."""
    most_good_tracks: int | None = None
    """Most good tracks that it may hit at all."""

    def failures(self, report: RuleReport) -> list[str]:
        """What keeps the rule from going live, in words; nothing where it may."""
        found = []
        reviewed = report.bad + report.good
        if reviewed < self.least_reviewed:
            found.append(f"{reviewed} of its hits were reviewed; it needs {self.least_reviewed}")
        low = report.precision[1] if report.precision else 0.0
        if self.least_precision > 0 and low < self.least_precision:
            found.append(f"its precision is surely only over {low:.0%}; it needs {self.least_precision:.0%}")
        if report.cases_per_day > self.most_cases_per_day:
            found.append(f"{report.cases_per_day:.1f} cases a day; it may make {self.most_cases_per_day:g}")
        if self.most_good_tracks is not None and report.good > self.most_good_tracks:
            found.append(f"it hits {report.good} good tracks; it may hit {self.most_good_tracks}")
        return found


GATES: dict[Action, Gate] = {
    Action.NONE: Gate(least_precision=0.0, least_reviewed=0, most_cases_per_day=0),
    Action.LABEL: Gate(least_precision=0.0, least_reviewed=0, most_cases_per_day=0),
    Action.QUEUE: Gate(least_precision=0.2, least_reviewed=20, most_cases_per_day=50),
    Action.HOLD: Gate(least_precision=0.8, least_reviewed=30, most_cases_per_day=20, most_good_tracks=2),
    Action.BLOCK: Gate(least_precision=0.95, least_reviewed=80, most_cases_per_day=20, most_good_tracks=0),
}
"""House defaults by action. A label is information that can be corrected and needs no proof beyond its tests."""


def may_go_live(report: RuleReport) -> list[str]:
    """What keeps a rule from going live by the gate of its action; nothing where it may."""
    return GATES[report.action].failures(report)
