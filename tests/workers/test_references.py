"""Reference recordings on live traffic: entered as files, heard in what is delivered before and after."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from classifiers.duplicates.frames import RATE_HZ
from schemas.verdict import Action, Judgement, Priority
from service.facts.registry import ReferenceKind
from service.store.clock import utc_now
from service.store.references import Entry, References
from service.store.tables.jobs import JobKind
from service.store.verdicts import Verdicts, facts_of, judgement_of
from tests.classifiers.duplicates.songs import noisy, played, song
from tests.workers.conftest import deliver_to
from workers.analyse import analyse
from workers.decide import decide
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.references import CannotBeKnown, enter, judge_again


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    sounds = {
        "master": song(1, 24),
        "fast": noisy(played(song(1, 24), 1.06), 15),
        "own": noisy(song(1, 24), 25),
        "other": song(2, 24),
        "noise": np.random.default_rng(1).standard_normal(12 * RATE_HZ),
    }
    for name, sound in sounds.items():
        soundfile.write(folder / f"{name}.wav", 0.5 * sound / np.abs(sound).max(), RATE_HZ, subtype="PCM_16")
    return {name: folder / f"{name}.wav" for name in sounds}


def settle(context: Context) -> None:
    """Work until nothing is left: a slice of work ends by the clock, whatever is still due."""
    while work_through(context, JobKind.ANALYSE, analyse, batch=1):
        pass
    while work_through(context, JobKind.DECIDE, decide, batch=4):
        pass


def judged(context: Context, track_id: str) -> tuple[Judgement, str | None, bool | None]:
    """The judgement, with the reference heard and whether it is licensed."""
    with context.database.read() as session:
        verdict = Verdicts(session).standing(track_id)
        assert verdict is not None
        rights = facts_of(verdict).rights
        return judgement_of(verdict), rights.reference, rights.licensed


PROTECTED = Entry(ReferenceKind.PROTECTED, title="Low Water", owner="harbour", licensed_to=frozenset({"live"}))


def test_a_fast_copy_of_a_protected_master_is_blocked_at_once_and_its_owner_is_not(
    sqlite_context: Context, files: dict[str, Path]
) -> None:
    context = sqlite_context
    enter(context, files["master"], PROTECTED)
    fast = deliver_to(context, files["fast"], sender={"id": "stranger"})
    own = deliver_to(context, files["own"], title="Low Water", sender={"id": "harbour"})
    licensed = deliver_to(context, files["master"], title="Low Water", sender={"id": "live"})
    other = deliver_to(context, files["other"], title="Other", artist="Else", sender={"id": "stranger two"})
    settle(context)
    judgement, reference, is_licensed = judged(context, fast)
    assert (reference, is_licensed) == ("protected", False)
    assert (judgement.action, judgement.priority) == (Action.BLOCK, Priority.P0)
    for track in (own, licensed):
        judgement, reference, is_licensed = judged(context, track)
        assert (reference, is_licensed) == ("protected", True) and judgement.action.rank < Action.HOLD.rank
    assert judged(context, other)[1] == "none"


def test_a_master_that_is_entered_later_is_heard_in_what_is_there_and_forgotten_when_it_is_removed(
    sqlite_context: Context, files: dict[str, Path]
) -> None:
    context = sqlite_context
    fast = deliver_to(context, files["fast"], sender={"id": "stranger"})
    settle(context)
    assert judged(context, fast)[1] == "none"
    unreleased = Entry(ReferenceKind.PROTECTED, release_date=utc_now().date() + timedelta(days=30))
    sha256, tracks = enter(context, files["master"], unreleased)
    settle(context)
    judgement, *_ = judged(context, fast)
    assert tracks == 1 and judgement.priority is Priority.P0
    assert "unreleased-recording" in {rule.rule for rule in judgement.fired}
    with context.database.write() as session:
        assert References(session).remove(sha256)
        assert judge_again(session, sha256) == 1
    settle(context)
    assert judged(context, fast)[1] == "none"


def test_what_comes_back_from_the_set_of_spam_is_blocked_whoever_sends_it(
    sqlite_context: Context, files: dict[str, Path]
) -> None:
    context = sqlite_context
    enter(context, files["master"], Entry(ReferenceKind.CONFIRMED_SPAM, owner="harbour"))
    track = deliver_to(context, files["fast"], sender={"id": "harbour"})
    settle(context)
    judgement, reference, is_licensed = judged(context, track)
    assert (reference, is_licensed, judgement.action) == ("confirmed_spam", False, Action.BLOCK)


def test_noise_is_refused_and_leaves_the_set_as_it_was(sqlite_context: Context, files: dict[str, Path]) -> None:
    with pytest.raises(CannotBeKnown):
        enter(sqlite_context, files["noise"], PROTECTED)
    with sqlite_context.database.read() as session:
        assert not References(session).all()
