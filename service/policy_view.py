"""The policy in force as people look at it: every rule with its state, and the brakes that hold."""

from sqlalchemy.orm import Session

from schemas.policy import BrakeOut, ClauseOut, PolicyOut, RuleOut, WorkerRules
from service.policy import policy_in_force
from service.rules.ruleset import rule_hash
from service.settings import Settings
from service.store.brakes import Brakes
from service.store.clock import utc_now
from service.store.tables.policy import RuleBrake
from service.store.workers import Workers


def policy_view(session: Session, settings: Settings) -> PolicyOut:
    """Rules by id, clauses by id. Raises as :func:`service.policy.policy_in_force` does."""
    policy = policy_in_force(session, settings)
    brakes = {(brake.rule, brake.version): brake for brake in Brakes(session).engaged()}
    written = {ready.rule.id: (loaded, ready.rule) for loaded in policy.packs for ready in loaded.rules}
    rules = policy.rule_set()
    workers = Workers(session).alive(utc_now(), settings.worker_silence_s)
    return PolicyOut(
        version=policy.version,
        rule_set=rules.hash,
        live=bool(workers) and all(worker.rule_set == rules.hash for worker in workers),
        workers=[WorkerRules(worker=one.name, rule_set=one.rule_set, seen_at=one.seen_at) for one in workers],
        clauses=[ClauseOut(**clause.model_dump()) for _, clause in sorted(rules.clauses.items())],
        rules=[
            RuleOut(
                rule=rule.id,
                version=rule.version,
                hash=rule_hash(rule),
                status=rule.status,
                status_in_pack=written[rule.id][1].status,
                action=rule.then.at_least,
                priority=rule.then.priority,
                case_scope=rule.then.case,
                labels=rule.then.labels,
                clause=rule.policy,
                pack=written[rule.id][0].pack.pack,
                when=rule.when,
                brake=_brake(brakes.get((rule.id, rule.version))),
            )
            for rule in rules.rules
        ],
    )


def _brake(brake: RuleBrake | None) -> BrakeOut | None:
    if brake is None:
        return None
    return BrakeOut(
        acted_as=brake.acted_as,
        lowered_to=brake.lowered_to,
        message=brake.message,
        engaged_at=brake.engaged_at,
        told_at=brake.told_at,
    )
