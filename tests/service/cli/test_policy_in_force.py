"""``earmark policy list, activate, promote, demote, rollback, release`` as a policy owner calls them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schemas.verdict import Action, RuleStatus
from service.cli import policy
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.database import Database
from service.store.tables.policy import RuleBrake
from tests.service.rules.packs import HEAD, rule

app = typer.Typer()
app.callback()(lambda: None)
policy.register(app)
run = CliRunner()
HOLD = "{action: hold, priority: P1, queue: volume, case: sender}"
WHY = ["--because", "noise farms", "--by", "ann"]


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("EARMARK_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARMARK_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    path = tmp_path / "house.yaml"
    given, other = "{sender.tracks_24h: 90}", "{sender.tracks_24h: 1}"
    path.write_text(
        HEAD.format(name="house")
        + rule("busy", "sender.tracks_24h > 50", HOLD, given=given, other=other)
        + rule("seen", status=RuleStatus.DRAFT),
        encoding="utf-8",
    )
    return path


def call(*words: str, code: int = 0) -> str:
    result = run.invoke(app, ["policy", *words])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else " ".join(result.stderr.replace("│", " ").split())


def rows(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call(*words, "--json").splitlines()]


def test_the_gate_refuses_what_is_not_proven_and_says_how_to_go_on(pack: Path) -> None:
    said = call("activate", str(pack), *WHY, code=1)
    assert "not proven on 0 stored verdicts" in said
    assert "busy: 0 of its hits were reviewed; it needs 30" in said
    assert "--despite-gate" in said
    assert call("history") == "no version was ever activated, and no brake ever engaged\n"


def test_a_policy_goes_in_force_is_promoted_demoted_and_rolled_back(pack: Path) -> None:
    assert "version 1 is in force: noise farms" in call("activate", str(pack), *WHY, "--despite-gate")
    assert [(row["rule"], row["status"]) for row in rows("list")] == [("busy", "live"), ("seen", "draft")]
    assert "seen is shadow: noise farms" in call("promote", "seen", *WHY)
    assert "seen is live: noise farms" in call("promote", "seen", *WHY)
    assert [(row["status"], row["status_in_pack"]) for row in rows("list")] == [("live", "live"), ("live", "draft")]
    assert "live (pack: draft)" in call("list")
    call("demote", "busy", "--to", "retired", *WHY)
    assert [row["status"] for row in rows("list")] == ["retired", "live"]
    assert "version 5 is in force: back to version 3" in call("rollback", *WHY)
    history = rows("history")
    assert [(row["version"], row["change"], row["by"]) for row in history][:2] == [
        (5, "rolled_back", "ann"),
        (4, "demoted", "ann"),
    ]
    assert len({row["rule_set"] for row in history}) == 4


def test_wrong_use_is_answered_with_what_there_is(pack: Path) -> None:
    call("activate", str(pack), *WHY, "--despite-gate")
    assert "did you mean busy?" in call("promote", "bussy", *WHY, code=1)
    assert "shadow, draft, retired" in call("demote", "busy", "--to", "live", *WHY, code=2)
    assert "say why" in call("demote", "busy", "--because", " ", code=2)
    assert "there is no version 9" in call("rollback", "--to", "9", *WHY, code=1)
    assert "there is no brake on 'busy'" in call("release", "busy", code=1)
    assert "no-such.yaml: No such file" in call("activate", "no-such.yaml", *WHY, code=2)
    broken = pack.with_name("broken.yaml")
    broken.write_text(pack.read_text("utf-8").replace("tracks_24h >", "tracks24h >"), "utf-8")
    assert "did you mean sender.tracks_24h?" in call("activate", str(broken), *WHY, code=1)
    assert len(rows("history")) == 1


def test_a_brake_is_shown_with_its_message_and_let_go(pack: Path) -> None:
    call("activate", str(pack), *WHY, "--despite-gate")
    database = Database.open(Settings().database)
    with database.write() as session:
        Brakes(session).engage(
            RuleBrake(
                rule="busy",
                version=1,
                acted_as=Action.HOLD,
                lowered_to=Action.QUEUE,
                good_senders=["label/1"],
                expected=0.2,
                tracks=0,
                message="Rule 'busy' hit 6 trusted or verified senders.",
                engaged_at=utc_now(),
            )
        )
    database.dispose()
    [busy, _] = rows("list")
    assert (busy["action"], busy["brake"]["acted_as"], busy["brake"]["lowered_to"]) == ("queue", "hold", "queue")
    shown = " ".join(call("list").split())
    assert "braked from hold" in shown
    assert "Rule 'busy' hit 6 trusted or verified senders." in shown
    assert call("release", "busy", "--by", "ann") == "busy acts as hold again; tracks judged again: 0\n"
    assert "released" in call("history")
    assert rows("list")[0]["action"] == "hold"
