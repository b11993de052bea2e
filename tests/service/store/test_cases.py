import threading
from datetime import timedelta

from schemas.events import EventKind
from schemas.evidence import Relation
from schemas.review import CaseState, DecisionIn, ReasonCode
from schemas.verdict import Action, CaseScope, Priority
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.events import Events
from service.store.matches import Matches
from service.store.tables.cases import Case
from service.store.tracks import Tracks
from tests.deliveries import NOON, cause, deliver, match, sha, tenant


def reconcile(session, track, *causes, content="1"):
    Tracks(session).find(track.id, lock=True)
    return Cases(session).reconcile(track, causes, content=content, now=NOON)


def states(session, owner):
    return [case.state for case in Cases(session).page(owner)]


def decide(session, case, action=Action.NONE):
    decision = DecisionIn(case_id=case.id, action=action, policy_clause="AI-1", reason=ReasonCode.AI_NOT_CONFIRMED)
    return Decisions(session).decide(case.tenant_id, decision, decided_by="rita", now=NOON)


def test_one_cause_is_one_case_however_many_tracks_share_it(database):
    with database.write() as session:
        tracks = [deliver(session, f"copy {n}", artist=f"artist {n}") for n in range(3)]
        shared = cause("group", scope=CaseScope.RECORDING)
        for track in tracks:
            reconcile(session, track, shared)
        [case] = Cases(session).page(tracks[0].tenant_id)
        assert [track.id for track in Cases(session).tracks(case.id)] == [track.id for track in tracks]
        assert Cases(session).summary(case).subject == "recording 'Low Water': 3 tracks by 3 artists"
        assert Events(session).of(tracks[0].id)[-1].kind is EventKind.CASE_OPENED
        assert Events(session).of(tracks[1].id)[-1].kind is EventKind.CASE_JOINED


def test_a_connection_that_opened_many_cases_opens_more(database):
    """From the tenth time on PostgreSQL has one plan for all values of a prepared statement."""
    with database.write() as session:
        for n in range(15):
            track = deliver(session, f"song {n}", title=f"Song {n}")
            reconcile(session, track, cause(track.id))
        assert len(Cases(session).page(track.tenant_id)) == 15


def test_the_same_judgement_again_changes_nothing(database):
    with database.write() as session:
        track = deliver(session)
        [one] = reconcile(session, track, cause(track.id))
        [two] = reconcile(session, track, cause(track.id))
        assert one.id == two.id
        assert len(Events(session).of(track.id)) == 2


def test_a_case_closes_when_its_cause_is_gone_from_the_last_track(database):
    with database.write() as session:
        one, two = deliver(session), deliver(session, "other")
        shared = cause("s", scope=CaseScope.SENDER)
        reconcile(session, one, shared)
        reconcile(session, two, shared)
        reconcile(session, one)
        assert states(session, one.tenant_id) == [CaseState.OPEN]
        reconcile(session, two)
        assert states(session, one.tenant_id) == [CaseState.CLOSED]
        assert Events(session).of(two.id)[-1].kind is EventKind.CASE_LEFT
        [again] = reconcile(session, two, shared)
        assert states(session, one.tenant_id) == [CaseState.CLOSED, CaseState.OPEN]
        assert Cases(session).of_track(two.id)[0].id == again.id


def test_a_case_is_as_urgent_as_its_most_urgent_track(database):
    with database.write() as session:
        tracks = [deliver(session, f"song {n}") for n in range(3)]
        wanted = [(Priority.P3, Action.QUEUE), (Priority.P1, Action.HOLD), (Priority.P1, Action.QUEUE)]
        for track, (priority, action) in zip(tracks, wanted, strict=True):
            said = cause("s", scope=CaseScope.SENDER, priority=priority, action=action, reason=f"on {track.id}")
            [case] = reconcile(session, track, said)
        assert (case.priority, case.action, case.reason) == (Priority.P1, Action.HOLD, f"on {tracks[1].id}")
        reconcile(session, tracks[1])
        assert (case.action, case.reason) == (Action.QUEUE, f"on {tracks[2].id}")
        reconcile(session, tracks[2])
        assert case.priority is Priority.P3


def test_tenants_never_share_a_case(database):
    with database.write() as session:
        mine, theirs = deliver(session), deliver(session, by="stranger")
        shared = cause("group", scope=CaseScope.RECORDING)
        [case] = reconcile(session, mine, shared)
        [other] = reconcile(session, theirs, shared)
        assert case.id != other.id
        assert Cases(session).get(theirs.tenant_id, case.id) is None
        assert Cases(session).lock(theirs.tenant_id, case.id) is None
        assert [found.id for found in Cases(session).page(theirs.tenant_id)] == [other.id]


def test_what_a_person_decided_stays_decided_for_the_same_content(database):
    with database.write() as session:
        track = deliver(session)
        [case] = reconcile(session, track, cause(track.id))
        decide(session, case)
        assert reconcile(session, track, cause(track.id)) == []
        assert reconcile(session, track) == []
        assert reconcile(session, track, cause(track.id)) == []
        assert states(session, track.tenant_id) == [CaseState.DECIDED]


def test_new_content_and_another_cause_are_looked_at_anew(database):
    with database.write() as session:
        track = deliver(session)
        [case] = reconcile(session, track, cause(track.id))
        decide(session, case)
        [revised] = reconcile(session, track, cause(track.id), content="2")
        assert revised.id != case.id
        [_, spam] = reconcile(session, track, cause(track.id), cause(track.id, "spam"), content="2")
        assert spam.id not in (case.id, revised.id)


def test_content_that_was_decided_leaves_the_case_that_was_opened_in_between(database):
    with database.write() as session:
        track = deliver(session)
        decide(session, reconcile(session, track, cause(track.id))[0])
        reconcile(session, track, cause(track.id), content="2")
        assert reconcile(session, track, cause(track.id), content="1") == []
        assert states(session, track.tenant_id) == [CaseState.DECIDED, CaseState.CLOSED]


def test_a_new_copy_of_a_decided_recording_opens_a_case_of_its_own(database):
    with database.write() as session:
        first, copy = deliver(session), deliver(session, "copy")
        shared = cause("group", scope=CaseScope.RECORDING)
        decide(session, reconcile(session, first, shared)[0])
        [case] = reconcile(session, copy, shared)
        assert [track.id for track in Cases(session).tracks(case.id)] == [copy.id]
        assert reconcile(session, first, shared) == []


def test_a_case_keeps_its_address_when_its_recordings_group_is_renamed(database):
    names = sorted(("one", "two", "three"), key=sha)
    with database.write() as session:
        tracks = [deliver(session, name) for name in names]
        matches = Matches(session)

        def about(track):
            return cause(matches.group_key(track.audio_sha256), "same recording", scope=CaseScope.RECORDING)

        matches.record(sha(names[1]), sha(names[2]), match(Relation.SAME_RECORDING), NOON)
        opened = {reconcile(session, track, about(track))[0].id for track in tracks[1:]}
        matches.record(sha(names[0]), sha(names[2]), match(Relation.SAME_RECORDING), NOON)
        for track in tracks:
            opened.add(reconcile(session, track, about(track))[0].id)
        [case] = Cases(session).page(tracks[0].tenant_id)
        assert opened == {case.id}
        assert len(Cases(session).tracks(case.id)) == 3
        decide(session, case)
        assert reconcile(session, tracks[0], about(tracks[0])) == []


def test_two_cases_of_groups_that_merge_become_one(database):
    names = sorted(("one", "two", "three", "four"), key=sha)
    with database.write() as session:
        tracks = [deliver(session, name) for name in names]
        matches = Matches(session)

        def judge():
            for track in tracks:
                key = matches.group_key(track.audio_sha256)
                reconcile(session, track, cause(key, "same recording", scope=CaseScope.RECORDING))

        matches.record(sha(names[0]), sha(names[1]), match(), NOON)
        matches.record(sha(names[2]), sha(names[3]), match(), NOON)
        judge()
        assert states(session, tracks[0].tenant_id) == [CaseState.OPEN, CaseState.OPEN]
        matches.record(sha(names[1]), sha(names[2]), match(), NOON)
        judge()
        assert sorted(states(session, tracks[0].tenant_id)) == [CaseState.CLOSED, CaseState.OPEN]
        [case] = Cases(session).page(tracks[0].tenant_id, state=CaseState.OPEN)
        assert len(Cases(session).tracks(case.id)) == 4


def test_a_case_waits_until_the_last_of_its_holds_has_had_its_time(database):
    with database.write() as session:
        tracks = [deliver(session, f"song {n}") for n in range(2)]

        def held(days):
            due_at = NOON + timedelta(days=days)
            return cause("s", scope=CaseScope.SENDER, action=Action.HOLD, due_at=due_at, due_action=Action.QUEUE)

        for track, days in zip(tracks, (3, 7), strict=True):
            [case] = reconcile(session, track, held(days))
        assert (case.due_at, case.due_action) == (NOON + timedelta(days=7), Action.QUEUE)
        reconcile(session, tracks[0], held(30))
        assert case.due_at == NOON + timedelta(days=7), "judged again on the same, it waits no longer"
        reconcile(session, tracks[0], held(30), content="2")
        assert case.due_at == NOON + timedelta(days=30)
        for track in tracks:
            reconcile(session, track, cause("s", scope=CaseScope.SENDER), content="3")
        assert (case.due_at, case.due_action) == (None, None), "nothing is held any more"


def test_cases_can_be_narrowed_and_counted(database):
    with database.write() as session:
        tracks = [deliver(session, f"song {n}") for n in range(3)]
        for track, queue in zip(tracks, ("spam", "spam", "disclosure"), strict=True):
            reconcile(session, track, cause(track.id, queue=queue))
        cases, owner = Cases(session), tracks[0].tenant_id
        assert cases.counts() == {("spam", Priority.P2): 2, ("disclosure", Priority.P2): 1}
        assert len(cases.page(owner, queue="spam")) == 2
        assert len(cases.page(owner, priority=Priority.P0)) == 0
        first = cases.page(owner, limit=2)
        assert len(cases.page(owner, after=first[-1].id)) == 1
        assert cases.page(tenant(session, "stranger").id) == []


def test_subjects_are_worded_by_scope(database):
    with database.write() as session:
        track = deliver(session, title="Low Water", sender={"id": "sub-label 12"})
        causes = [cause("x", f"about the {scope}", scope=scope) for scope in CaseScope]
        subjects = {case.scope: Cases(session).summary(case).subject for case in reconcile(session, track, *causes)}
        assert subjects == {
            CaseScope.TRACK: "track 'Low Water'",
            CaseScope.RELEASE: "release 'Low Water': 1 track by 1 artist",
            CaseScope.RECORDING: "recording 'Low Water': 1 track by 1 artist",
            CaseScope.SENDER: "1 track by 1 artist from sender sub-label 12",
        }


def test_tracks_that_join_and_leave_at_once_end_in_one_open_case(database):
    shared = cause("s", scope=CaseScope.SENDER)
    with database.write() as session:
        tracks = [deliver(session, f"song {n}") for n in range(4)]

    def judge(track):
        for causes in ([shared], [], [shared], [], [shared]):
            database.attempt(
                lambda session, causes=causes: reconcile(session, Tracks(session).find(track.id, lock=True), *causes)
            )

    threads = [threading.Thread(target=judge, args=(track,)) for track in tracks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        [case] = Cases(session).page(tracks[0].tenant_id, state=CaseState.OPEN)
        assert len(Cases(session).tracks(case.id)) == 4
        closed = session.query(Case).filter(Case.state == CaseState.CLOSED).all()
        assert all(not Cases(session).tracks(case.id) for case in closed)
