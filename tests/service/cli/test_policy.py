"""``earmark policy`` as its users call it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import policy
from service.rules import PACKS

ROOT = Path(__file__).parents[3]
BROKEN = ROOT / "tests" / "service" / "rules" / "broken"
DEFAULT = PACKS / "default.yaml"

app = typer.Typer()
app.callback()(lambda: None)
policy.register(app)
run = CliRunner()


def lines_of(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_the_packs_in_force_are_good() -> None:
    result = run.invoke(app, ["policy", "check"])
    assert result.exit_code == 0
    assert "default.yaml: good" in result.stdout


def test_a_refused_pack_is_explained_on_standard_error() -> None:
    result = run.invoke(app, ["policy", "check", str(BROKEN / "unknown_field.yaml"), str(DEFAULT)])
    assert result.exit_code == 1
    assert "did you mean ai.probability?" in result.stderr
    assert "default.yaml: good" in result.stdout


def test_problems_come_as_json_with_their_place() -> None:
    result = run.invoke(app, ["policy", "check", "--json", str(BROKEN / "wrong_type.yaml")])
    [line] = lines_of(result.stdout)
    assert line["ok"] is False
    assert {"line": 10, "column": 24, "hint": "write 1.0"}.items() <= line["problems"][0].items()  # type: ignore[index]


def test_the_same_pack_twice_is_refused_as_two_rules_of_one_id() -> None:
    result = run.invoke(app, ["policy", "check", str(DEFAULT), str(DEFAULT)])
    assert result.exit_code == 1
    assert "give every rule an id of its own" in result.stderr


def test_tests_are_shown_one_by_one_and_a_failing_one_says_why() -> None:
    result = run.invoke(app, ["policy", "test", "--json", str(BROKEN / "failing_test.yaml")])
    assert result.exit_code == 1
    assert [line["passed"] for line in lines_of(result.stdout)] == [True, False, False]
    result = run.invoke(app, ["policy", "test", str(BROKEN / "failing_test.yaml")])
    assert "1 of 3 tests pass." in result.stdout


def test_all_tests_of_the_packs_in_force_pass() -> None:
    result = run.invoke(app, ["policy", "test"])
    assert result.exit_code == 0
    assert "tests pass." in result.stdout


def test_a_backtest_shows_what_rules_would_have_done(tmp_path: Path) -> None:
    moments = tmp_path / "moments.jsonl"
    lines = [
        {
            "track": f"trk_{number}",
            "day": "2026-11-01",
            "facts": {"declared.music_all": number < 3},
            "confirmed": "good",
        }
        for number in range(10)
    ]
    moments.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    result = run.invoke(app, ["policy", "backtest", "--facts", str(moments), "--json", str(DEFAULT)])
    assert result.exit_code == 0
    reports = {line["rule"]: line for line in lines_of(result.stdout)}
    assert reports["ai-declared"]["tracks"] == 3
    assert reports["ai-declared"]["good_tracks"] == ["trk_0", "trk_1", "trk_2"]
    shown = run.invoke(app, ["policy", "backtest", "--facts", str(moments), str(DEFAULT)]).stdout
    assert "tracks: 10; days: 1; reviewed by people: 10; cases a day of all live rules: 0.0" in shown
    assert "good tracks hit by ai-declared: trk_0, trk_1, trk_2" in shown
    assert "without a hit: ai-declared-partly" in " ".join(shown.split())
    [row] = [line.split() for line in shown.splitlines() if line.startswith("ai-declared ")]
    assert row == ["ai-declared", "live", "label", "3", "3.0", "3", "0.0", "3", "3", "0%", "(0%", "to", "56%)", "3"]


def test_facts_that_cannot_be_read_are_wrong_use(tmp_path: Path) -> None:
    moments = tmp_path / "moments.jsonl"
    moments.write_text('{"track": "a"}\n', encoding="utf-8")
    result = run.invoke(app, ["policy", "backtest", "--facts", str(moments)])
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_a_difference_shows_old_and_new(tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    changed.write_text(DEFAULT.read_text("utf-8").replace("surge_z >= 3.5", "surge_z >= 3.0"), encoding="utf-8")
    result = run.invoke(app, ["policy", "diff", str(DEFAULT), str(changed)])
    assert result.exit_code == 0
    assert "upload-surge changed" in result.stdout
    assert "raise it" in result.stdout
    [line] = lines_of(run.invoke(app, ["policy", "diff", "--json", str(DEFAULT), str(changed)]).stdout)
    assert (line["rule"], line["forgotten_version"]) == ("upload-surge", True)


def test_the_page_of_facts_is_written(tmp_path: Path) -> None:
    page = tmp_path / "facts.md"
    assert run.invoke(app, ["policy", "facts", "--write", str(page)]).exit_code == 0
    assert page.read_text("utf-8") == run.invoke(app, ["policy", "facts"]).stdout


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_file_that_is_not_there_is_wrong_use(command: str) -> None:
    assert run.invoke(app, ["policy", command, "nowhere.yaml"]).exit_code == 2
