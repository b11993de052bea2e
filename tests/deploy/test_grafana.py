"""The dashboard asks for figures that exist, by labels that they have."""

import json
import re
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from service.api.metrics import Metrics
from workers import figures

DASHBOARDS = Path(__file__).parents[2] / "deploy" / "grafana"


def known() -> dict[str, set[str]]:
    """Names of the series as Prometheus has them, with their labels."""
    written = [*vars(figures).values(), *vars(Metrics()).values()]
    found: dict[str, set[str]] = {}
    for metric in written:
        if isinstance(metric, MetricWrapperBase):
            labels = set(metric._labelnames)
            if isinstance(metric, Counter):
                found[f"{metric._name}_total"] = labels
            elif isinstance(metric, Histogram):
                found |= {f"{metric._name}_{part}": labels | {"le"} for part in ("bucket", "sum", "count")}
            else:
                found[metric._name] = labels
    return found


def dashboards() -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in DASHBOARDS.glob("*.json")]
    assert found
    return found


def test_every_expression_asks_for_figures_that_exist_by_labels_that_they_have() -> None:
    series = known()
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                names = re.findall(r"earmark_\w+", target["expr"])
                assert names, panel["title"]
                for name in names:
                    assert name in series, (panel["title"], name)
                    grouped = {
                        label for group in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in group.split(", ")
                    }
                    assert grouped <= series[name], (panel["title"], name)
                shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                assert shown <= {label for name in names for label in series[name]}, panel["title"]


def test_every_figure_of_the_workers_is_on_a_dashboard() -> None:
    shown = " ".join(
        target["expr"] for dashboard in dashboards() for panel in dashboard["panels"] for target in panel["targets"]
    )
    for metric in vars(figures).values():
        if isinstance(metric, MetricWrapperBase):
            assert metric._name in shown


def test_panels_have_a_meaning_and_do_not_lie_on_each_other() -> None:
    for dashboard in dashboards():
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            assert panel["description"].endswith(".")
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            assert max(x for x, _ in cells) < 24
            taken |= cells
