"""Versions of the policy: activated, promoted, demoted, rolled back; and what workers make of it at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.facts import Facts, SenderFacts
from schemas.verdict import Action, RuleStatus
from service.policy import RulesInForce, policy_in_force, rules_in_force
from service.policy_changes import Author, ChangeRefused, PolicyChanges
from service.policy_view import policy_view
from service.rules import PackRefused
from service.rules.backtest import Confirmed, Moment
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.database import Database
from service.store.policies import PackText, Policies
from service.store.tables.policy import PolicyChange, RuleBrake
from service.store.workers import Workers
from tests.deliveries import NOON
from tests.service.rules.packs import HEAD, rule

ANN = Author("ann", "noise farms")
SURE = Author("ann", "noise farms", despite_gate=True)
BUSY = Facts(sender=SenderFacts(tracks_24h=90))
THEN = "{action: queue, priority: P2, queue: volume, case: sender}"


def busy(status: RuleStatus = RuleStatus.LIVE, over: int = 50) -> str:
    given, other = f"{{sender.tracks_24h: {over + 1}}}", "{sender.tracks_24h: 1}"
    return rule("busy", f"sender.tracks_24h > {over}", THEN, status, given=given, other=other)


def proven(bad: int = 30, good: int = 0) -> list[Moment]:
    """Stored facts on which the rule was right so often, one on each day."""
    found = [Confirmed.BAD] * bad + [Confirmed.GOOD] * good
    return [
        Moment(
            f"trk_{n}", f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", {"sender.tracks_24h": 90}, f"snd_{n}", confirmed=said
        )
        for n, said in enumerate(found)
    ]


class House:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.settings = Settings(data_dir=folder, policy_packs=str(self.pack("settings.yaml", busy())), _env_file=None)
        self.rules = RulesInForce(self.settings)

    def pack(self, name: str, *rules: str) -> Path:
        path = self.folder / name
        path.write_text(HEAD.format(name="house") + "".join(rules), encoding="utf-8")
        return path

    def changes(self, moments: list[Moment] | None = None) -> PolicyChanges:
        return PolicyChanges(self.database, self.settings, moments=proven() if moments is None else moments)

    def action(self) -> Action:
        """What a worker that is running already makes of a busy sender."""
        return self.rules.now(self.database).judge(BUSY).action


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def test_until_a_version_is_activated_the_packs_of_the_settings_are_in_force(house: House) -> None:
    with house.database.read() as session:
        assert policy_in_force(session, house.settings).version is None
    assert house.rules.now(house.database).hash == rules_in_force(house.settings).hash
    assert house.action() is Action.QUEUE


def test_an_activated_pack_is_taken_up_by_running_workers_and_does_not_follow_its_file(house: House) -> None:
    assert house.action() is Action.QUEUE
    path = house.pack("new.yaml", busy(over=100))
    version = house.changes([]).activate([path], Author("ann", "too strict", despite_gate=True), NOON)
    assert (version.seq, version.change, version.activated_by) == (1, PolicyChange.ACTIVATED, "ann")
    assert "despite the gate: busy: 0 of its hits were reviewed" in version.note
    assert house.action() is Action.NONE
    path.write_text("gone", encoding="utf-8")
    assert RulesInForce(house.settings).now(house.database).judge(BUSY).action is Action.NONE


def test_a_rule_that_goes_live_or_changes_what_it_does_passes_the_gate_and_one_that_stays_does_not(
    house: House,
) -> None:
    house.changes([]).activate([house.pack("same.yaml", busy())], ANN, NOON)
    with pytest.raises(ChangeRefused, match="not proven on 0 stored verdicts") as refused:
        house.changes([]).activate([house.pack("other.yaml", busy(over=40))], ANN, NOON)
    assert refused.value.reasons[0] == "busy: 0 of its hits were reviewed; it needs 20"
    with pytest.raises(ChangeRefused) as imprecise:
        house.changes(proven(bad=5, good=30)).activate([house.pack("other.yaml", busy(over=40))], ANN, NOON)
    assert "precision" in imprecise.value.reasons[0]
    assert house.changes().activate([house.pack("other.yaml", busy(over=40))], ANN, NOON).seq == 2


def test_a_broken_pack_changes_nothing(house: House) -> None:
    with pytest.raises(PackRefused):
        house.changes().activate([house.pack("broken.yaml", busy().replace("sender.", "sendr."))], ANN, NOON)
    with house.database.read() as session:
        assert Policies(session).in_force() is None


def test_a_rule_climbs_from_draft_over_shadow_to_live_where_the_gate_stands(house: House) -> None:
    house.changes().activate([house.pack("draft.yaml", busy(RuleStatus.DRAFT))], ANN, NOON)
    assert house.action() is Action.NONE
    shadow = house.changes([]).promote("busy", ANN, NOON)
    assert (shadow.change, shadow.statuses) == (PolicyChange.PROMOTED, {"busy": "shadow"})
    assert [trace.rule for trace in house.rules.now(house.database).judge(BUSY).shadow] == ["busy"]
    with pytest.raises(ChangeRefused, match="not proven"):
        house.changes([]).promote("busy", ANN, NOON)
    assert house.action() is Action.NONE
    house.changes().promote("busy", ANN, NOON)
    assert house.action() is Action.QUEUE
    with pytest.raises(ChangeRefused, match="live already"):
        house.changes().promote("busy", ANN, NOON)


def test_a_rule_is_taken_back_without_proof_and_may_be_retired(house: House) -> None:
    assert house.changes([]).demote("busy", ANN, NOON).statuses == {"busy": "shadow"}
    assert house.action() is Action.NONE
    assert house.changes([]).demote("busy", ANN, NOON, to=RuleStatus.RETIRED).statuses == {"busy": "retired"}
    with pytest.raises(ChangeRefused, match="retired already"):
        house.changes([]).demote("busy", ANN, NOON)


def test_an_unknown_rule_is_answered_with_the_nearest(house: House) -> None:
    with pytest.raises(ChangeRefused, match="did you mean busy"):
        house.changes().promote("bussy", ANN, NOON)


def test_rolling_back_restores_the_version_before_and_then_the_settings(house: House) -> None:
    house.changes().activate([house.pack("lax.yaml", busy(over=100))], SURE, NOON)
    house.changes([]).demote("busy", ANN, NOON, to=RuleStatus.RETIRED)
    back = house.changes().roll_back(ANN, NOON)
    assert (back.seq, back.change, back.statuses) == (3, PolicyChange.ROLLED_BACK, {})
    assert house.action() is Action.NONE
    assert house.changes().roll_back(ANN, NOON, to=2).statuses == {"busy": "retired"}
    with pytest.raises(ChangeRefused, match="there is no version 9"):
        house.changes().roll_back(ANN, NOON, to=9)


def test_before_the_first_version_are_the_packs_of_the_settings(house: House) -> None:
    with pytest.raises(ChangeRefused, match="none to go back to"):
        house.changes().roll_back(ANN, NOON)
    house.changes().activate([house.pack("lax.yaml", busy(over=100))], SURE, NOON)
    assert house.action() is Action.NONE
    house.changes().roll_back(ANN, NOON)
    assert house.action() is Action.QUEUE


def test_a_brake_is_taken_up_by_running_workers_and_let_go_by_them(house: House) -> None:
    given, other = "{sender.tracks_24h: 90}", "{sender.tracks_24h: 1}"
    hold = rule("busy", "sender.tracks_24h > 50", THEN.replace("queue,", "hold,", 1), given=given, other=other)
    house.changes().activate([house.pack("hold.yaml", hold)], Author("ann", "x", despite_gate=True), NOON)
    assert house.action() is Action.HOLD
    brake = RuleBrake(
        rule="busy",
        version=1,
        acted_as=Action.HOLD,
        lowered_to=Action.QUEUE,
        good_senders=[],
        expected=0.1,
        tracks=0,
        message="said",
        engaged_at=NOON,
    )
    with house.database.write() as session:
        assert Brakes(session).engage(brake)
    assert house.action() is Action.QUEUE
    with house.database.write() as session:
        Brakes(session).release("busy", by="ann", now=NOON + timedelta(hours=1))
    assert house.action() is Action.HOLD


def test_a_version_that_can_no_longer_be_read_leaves_running_rules_as_they_were(house: House) -> None:
    assert house.action() is Action.QUEUE
    with house.database.write() as session:
        Policies(session).put_in_force(
            PolicyChange.ACTIVATED, [PackText("old.yaml", "pack: [")], {}, rule_set="0", note="old", by="ann", now=NOON
        )
    assert house.action() is Action.QUEUE
    with pytest.raises(PackRefused):
        RulesInForce(house.settings).now(house.database)
    house.changes().activate([house.pack("mended.yaml", busy())], ANN, NOON)
    assert RulesInForce(house.settings).now(house.database).judge(BUSY).action is Action.QUEUE


def test_a_change_is_live_when_every_running_worker_judges_by_it(house: House) -> None:
    def live() -> bool:
        with house.database.read() as session:
            return policy_view(session, house.settings).live

    def beat(worker: str, rule_set: str | None, seconds_ago: int = 0) -> None:
        with house.database.write() as session:
            now = utc_now() - timedelta(seconds=seconds_ago)
            Workers(session).beat(worker, "worker", now, rule_set=rule_set)

    assert not live()
    before = house.rules.now(house.database).hash
    beat("worker@a:1", before)
    beat("worker@gone:1", "an old one", seconds_ago=3600)
    assert live()
    beat("worker@b:1", None)
    assert not live()
    beat("worker@b:1", before)
    assert live()
    house.changes([]).demote("busy", ANN, NOON)
    assert not live()
    for worker in ("worker@a:1", "worker@b:1"):
        beat(worker, house.rules.now(house.database).hash)
    assert live()
