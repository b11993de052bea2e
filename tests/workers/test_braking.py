"""The brake on stored verdicts: who counts, what is lowered, what is judged again, and how it is let go."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from schemas.facts import Facts, SenderFacts
from schemas.verdict import Action
from service.rules import RuleSet
from service.rules.standing import Standing, stand
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.rule_sets import RuleSets
from service.store.tables.jobs import JobKind
from service.store.tables.verdicts import Verdict
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, PIPELINE, deliver
from tests.service.rules.packs import HEAD, pack, rule
from workers.braking import look, release
from workers.lifecycle import Context
from workers.reconcile import Reconciler

AN_HOUR_AGO = NOON - timedelta(hours=1)


def then(action: str) -> str:
    return f"{{action: {action}, priority: P1, queue: volume, case: sender}}"


def rules_with(when: str, action: str, given: str, other: str) -> RuleSet:
    return RuleSet([pack(rule("busy", when, then(action), given=given, other=other))])


def busy(action: str = "hold") -> RuleSet:
    return rules_with("sender.tracks_24h > 50", action, "{sender.tracks_24h: 90}", "{sender.tracks_24h: 1}")


class Service:
    """Tracks judged by rules and stored, as workers store them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._delivered = 0

    def judge(
        self, rules: RuleSet, senders: int, *, tier: str, at: datetime = AN_HOUR_AGO, tracks: int = 1, count: int = 90
    ) -> list[str]:
        made = []
        facts = Facts.model_validate(
            {"sender": {"tier": tier, "tracks_24h": count}, "rights": {"banned_payout": count > 50}}
        )
        judgement = rules.judge(facts)
        with self.database.write() as session:
            RuleSets(session).remember(rules.hash, "rules: []", NOON)
            for sender in range(senders):
                for _ in range(tracks):
                    self._delivered += 1
                    named = {"id": f"{tier} {sender}", "tier": tier}
                    track = deliver(session, f"audio {self._delivered}", at=at, sender=named)
                    Verdicts(session).stand(track, pipeline=PIPELINE, facts=facts, judgement=judgement, now=at)
                    made.append(track.id)
        return made

    def pending(self) -> set[str]:
        with self.database.write() as session:
            claimed = Jobs(session).claim([JobKind.DECIDE], limit=1000, worker="test", lease_s=60, now=NOON)
            return {job.subject_id for job in claimed}


@pytest.fixture
def service(database: Database) -> Service:
    return Service(database)


def test_a_rule_that_suddenly_holds_good_senders_is_lowered_and_what_it_held_is_judged_again(service: Service) -> None:
    rules = busy()
    service.judge(rules, 40, tier="verified", count=3)
    held = service.judge(rules, 6, tier="verified") + service.judge(rules, 3, tier="unverified")
    [braking] = look(service.database, rules, NOON)
    assert (braking.acted_as, braking.lowered_to, len(braking.good_senders)) == (Action.HOLD, Action.QUEUE, 6)
    assert "hit 6 trusted or verified senders" in braking.message
    assert service.pending() >= set(held)
    with service.database.read() as session:
        [held_brake] = Brakes(session).engaged()
        assert (held_brake.rule, held_brake.lowered_to, held_brake.tracks) == ("busy", Action.QUEUE, 9)


def test_a_brake_engages_once_however_often_it_is_looked_for(service: Service) -> None:
    rules = busy()
    service.judge(rules, 6, tier="trusted")
    assert [len(look(service.database, rules, NOON)) for _ in range(3)] == [1, 0, 0]


def test_flooding_does_not_switch_off_the_rule_that_catches_it(service: Service) -> None:
    rules = busy()
    service.judge(rules, 60, tier="unverified", tracks=3)
    service.judge(rules, 4, tier="verified", tracks=20)
    assert look(service.database, rules, NOON) == []


@pytest.mark.parametrize(("action", "lowered"), [("block", Action.HOLD), ("hold", Action.QUEUE)])
def test_a_rule_is_lowered_by_one_rung(service: Service, action: str, lowered: Action) -> None:
    rules = busy(action)
    service.judge(rules, 6, tier="verified")
    assert [braking.lowered_to for braking in look(service.database, rules, NOON)] == [lowered]


def test_a_rule_that_queues_is_left_alone(service: Service) -> None:
    rules = busy("queue")
    service.judge(rules, 20, tier="verified")
    assert look(service.database, rules, NOON) == []


def test_a_rule_on_protected_or_confirmed_recordings_has_no_brake(service: Service) -> None:
    rules = rules_with("rights.banned_payout", "block", "{rights.banned_payout: true}", "{rights.banned_payout: false}")
    service.judge(rules, 20, tier="verified")
    assert look(service.database, rules, NOON) == []


def test_what_is_ordinary_for_a_rule_does_not_brake_it(service: Service) -> None:
    rules = busy()
    for day in range(1, 11):
        service.judge(rules, 6, tier="verified", at=NOON - timedelta(days=day, hours=2))
    service.judge(rules, 6, tier="verified")
    assert look(service.database, rules, NOON) == []


def test_what_lies_more_than_a_day_back_does_not_count(service: Service) -> None:
    rules = busy()
    service.judge(rules, 6, tier="verified", at=NOON - timedelta(hours=30))
    assert look(service.database, rules, NOON) == []


def test_a_released_rule_acts_in_full_and_what_it_let_by_is_judged_anew(service: Service) -> None:
    rules = busy()
    service.judge(rules, 6, tier="verified")
    look(service.database, rules, NOON)
    service.pending()
    lowered = RuleSet(stand(rules.packs, Standing(lowered={("busy", 1): Action.QUEUE})))
    let_by = service.judge(lowered, 3, tier="verified", at=NOON + timedelta(minutes=5))
    with service.database.write() as session:
        released, tracks = release(session, "busy", by="ann", now=NOON + timedelta(minutes=10)) or pytest.fail()
        assert (released.released_by, tracks) == ("ann", 3)
        assert release(session, "busy", by="ann", now=NOON) is None
        assert Jobs(session).of(JobKind.DECIDE, let_by[0]) is not None
    assert look(service.database, rules, NOON + timedelta(minutes=11)) == []


def test_a_released_rule_can_be_braked_again_by_what_happens_after(service: Service) -> None:
    rules = busy()
    service.judge(rules, 6, tier="verified")
    look(service.database, rules, NOON)
    with service.database.write() as session:
        release(session, "busy", by="ann", now=NOON + timedelta(minutes=1))
    service.judge(rules, 6, tier="verified", at=NOON + timedelta(minutes=2))
    assert len(look(service.database, rules, NOON + timedelta(minutes=3))) == 1


def test_a_verdict_that_knows_no_tier_counts_for_nobody(service: Service) -> None:
    rules = busy()
    service.judge(rules, 20, tier="verified")
    with service.database.write() as session:
        facts = Facts(sender=SenderFacts(tracks_24h=90)).model_dump(mode="json")
        session.execute(update(Verdict).values(facts=facts))
    assert look(service.database, rules, NOON) == []


def test_the_reconciler_brakes_and_running_workers_act_by_it(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    given, other = "{sender.tracks_24h: 90}", "{sender.tracks_24h: 1}"
    when = "sender.tracks_24h > 50"
    path.write_text(HEAD.format(name="house") + rule("busy", when, then("hold"), given=given, other=other), "utf-8")
    url = service.database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=tmp_path, database_url=url, policy_packs=str(path), _env_file=None)
    context = Context(settings)
    rules = context.rules
    now = utc_now()
    service.judge(rules, 6, tier="verified", at=now - timedelta(hours=1))
    due = Reconciler(settings, publish=lambda _: None).round()
    assert due[JobKind.DECIDE] == 6
    with service.database.read() as session:
        assert [held.rule for held in Brakes(session).engaged()] == ["busy"]
    facts = Facts(sender=SenderFacts(tracks_24h=90))
    assert (rules.judge(facts).action, context.rules.judge(facts).action) == (Action.HOLD, Action.QUEUE)
    context.close()
