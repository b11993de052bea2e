from datetime import date

from schemas.evidence import Relation
from service.facts.registry import ReferenceKind
from service.store.matches import Matches
from service.store.references import Entry, References
from tests.deliveries import NOON, deliver, match, sha


def heard(session, audio):
    return References(session).heard_in(sha(audio), Matches(session).group_key(sha(audio)))


def test_a_reference_is_heard_in_its_copies_and_nowhere_else(database):
    with database.write() as session:
        for name in ("copy", "over the same beat", "stranger", "master"):
            deliver(session, name)
        References(session).put(
            sha("master"),
            Entry(ReferenceKind.PROTECTED, title="Low Water", owner="harbour", release_date=date(2027, 1, 8)),
            NOON,
        )
        Matches(session).record(sha("copy"), sha("master"), match(Relation.TRANSFORMED, speed_ratio=1.2), NOON)
        Matches(session).record(sha("over the same beat"), sha("master"), match(Relation.SHARED_BACKING), NOON)
        found = heard(session, "copy")
        assert found is not None and found[0].release_date == date(2027, 1, 8) and found[0].owner == "harbour"
        assert found[1] is not None and round(found[1].speed_ratio, 3) == 1.2
        assert heard(session, "master") is not None
        assert heard(session, "stranger") is None and heard(session, "over the same beat") is None


def test_confirmed_spam_goes_before_a_protected_recording(database):
    with database.write() as session:
        for name in ("copy", "a", "b"):
            deliver(session, name)
        References(session).put(sha("a"), Entry(ReferenceKind.PROTECTED), NOON)
        References(session).put(sha("b"), Entry(ReferenceKind.CONFIRMED_SPAM), NOON)
        for name in "ab":
            Matches(session).record(sha("copy"), sha(name), match(Relation.SAME_RECORDING), NOON)
        assert heard(session, "copy")[0].kind is ReferenceKind.CONFIRMED_SPAM


def test_a_set_is_listed_changed_and_emptied(database):
    with database.write() as session:
        references = References(session)
        references.put(sha("a"), Entry(ReferenceKind.PROTECTED, title="One\x00"), NOON)
        references.put(sha("a"), Entry(ReferenceKind.PROTECTED, title="Two", licensed_to=frozenset({"b", "a"})), NOON)
        references.put(sha("c"), Entry(ReferenceKind.CONFIRMED_SPAM), NOON)
        (row,) = references.all(ReferenceKind.PROTECTED)
        assert (row.title, row.licensed_to) == ("Two", ["a", "b"]) and len(references.all()) == 2
        assert references.remove(sha("a")) and not references.remove(sha("a"))
        assert [row.audio_sha256 for row in references.all()] == [sha("c")]
