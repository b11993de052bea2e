"""Spoken word and the language of the title reach the rules on live traffic."""

from typing import Any

from classifiers.pipeline import PIPELINE_VERSION
from service.store.clock import utc_now
from service.store.evidence import EvidenceStore
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, deliver, evidence
from workers.decide import decide
from workers.lifecycle import Context


def judged(context: Context, title: str, speech: float | None) -> dict[str, Any]:
    """The facts of a track with such a title whose analysis found so much spoken word."""
    with context.database.write() as session:
        track = deliver(session, title, title=title)
        found = evidence(title, pipeline=PIPELINE_VERSION)
        audio = found.audio.model_copy(update={"speech": speech})
        EvidenceStore(session).put(found.model_copy(update={"audio": audio}), NOON)
        Jobs(session).enqueue(JobKind.DECIDE, track.id)
    with context.database.write() as session:
        [job] = Jobs(session).claim([JobKind.DECIDE], limit=1, worker="test", lease_s=60, now=utc_now())
    decide(context, job)
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track.id)
        assert verdict is not None
        return verdict.facts


def test_spoken_word_and_language_are_facts(sqlite_context: Context) -> None:
    facts = judged(sqlite_context, "Wenn der Regen auf die alten Dächer fällt", 0.9)
    assert (facts["audio"]["speech"], facts["text"]["language"]) == (0.9, "de")


def test_what_could_not_be_told_is_unknown(sqlite_context: Context) -> None:
    facts = judged(sqlite_context, "Rain", None)
    assert (facts["audio"]["speech"], facts["text"]["language"]) == (None, None)
