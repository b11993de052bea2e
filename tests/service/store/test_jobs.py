import threading
from datetime import timedelta

import pytest

from schemas.events import EventKind
from schemas.review import CaseState, TrackState
from service.store.cases import Cases
from service.store.database import Database
from service.store.events import Events
from service.store.jobs import MAX_FAILURES, MAX_LOSSES, Jobs, LostLease
from service.store.tables.jobs import JobKind, JobState, Lane
from service.store.tenants import Tenants
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver
from tests.processes import processes

KINDS = list(JobKind)
LATER = NOON + timedelta(hours=1)


def enqueue(database, subject="trk_1", kind=JobKind.DECIDE, **options):
    with database.write() as session:
        Jobs(session).enqueue(kind, subject, **{"now": NOON, **options})


def claim(database, now=NOON, limit=1, worker="w1", lease_s=60.0, kinds=KINDS):
    with database.write() as session:
        return Jobs(session).claim(kinds, limit=limit, worker=worker, lease_s=lease_s, now=now)


def state_of(database, subject="trk_1", kind=JobKind.DECIDE):
    with database.read() as session:
        return Jobs(session).of(kind, subject)


def finish(database, job, now=NOON):
    with database.write() as session:
        Jobs(session).finish(job.id, job.token, now)


def test_work_that_is_rolled_back_was_never_asked_for(database):
    with pytest.raises(RuntimeError), database.write() as session:
        Jobs(session).enqueue(JobKind.DECIDE, "trk_1", now=NOON)
        raise RuntimeError
    assert claim(database) == []


def test_work_asked_for_twice_is_pending_once(database):
    enqueue(database)
    enqueue(database)
    assert [job.subject_id for job in claim(database, limit=10)] == ["trk_1"]


def test_the_same_subject_may_have_work_of_each_kind(database):
    for kind in JobKind:
        enqueue(database, kind=kind)
    assert {job.kind for job in claim(database, limit=10)} == set(JobKind)


def test_only_the_kinds_asked_for_are_claimed(database):
    enqueue(database, kind=JobKind.ANALYSE)
    assert claim(database, kinds=[JobKind.DECIDE]) == []


def test_urgent_lanes_go_first_then_what_was_due_first(database):
    enqueue(database, "back", lane=Lane.BACK_CATALOGUE, run_after=NOON - timedelta(days=9))
    enqueue(database, "late", run_after=NOON)
    enqueue(database, "early", run_after=NOON - timedelta(minutes=1))
    enqueue(database, "friday", lane=Lane.RELEASE_DATE)
    assert [job.subject_id for job in claim(database, limit=10)] == ["friday", "early", "late", "back"]


def test_within_a_lane_what_is_begun_is_ended_first(database):
    for kind in JobKind:
        enqueue(database, f"{kind}", kind=kind, run_after=NOON - timedelta(minutes=len(kind)))
    enqueue(database, "friday", kind=JobKind.ANALYSE, lane=Lane.RELEASE_DATE)
    assert [job.subject_id for job in claim(database, limit=4)] == ["friday", "notify", "deliver", "decide"]


def test_work_becomes_more_urgent_when_it_is_asked_for_urgently_but_never_less(database):
    enqueue(database, lane=Lane.BACK_CATALOGUE, run_after=LATER)
    enqueue(database, lane=Lane.RELEASE_DATE)
    enqueue(database, lane=Lane.NORMAL, run_after=LATER)
    assert state_of(database).lane == Lane.RELEASE_DATE
    assert state_of(database).run_after == NOON


def test_work_that_is_not_due_waits(database):
    enqueue(database, run_after=LATER)
    assert claim(database, now=NOON) == []
    assert len(claim(database, now=LATER)) == 1


def test_new_work_on_a_running_job_runs_it_once_more(database):
    enqueue(database)
    [job] = claim(database)
    enqueue(database)
    enqueue(database)
    assert claim(database) == []
    finish(database, job)
    [again] = claim(database)
    assert again.id == job.id and again.token > job.token
    finish(database, again)
    assert claim(database, now=LATER) == []
    assert state_of(database).state is JobState.DONE


def test_done_work_can_be_asked_for_again(database):
    enqueue(database)
    finish(database, claim(database)[0])
    enqueue(database)
    assert [job.attempts for job in claim(database)] == [1]


def test_a_result_under_an_old_token_is_refused_with_all_it_wrote(database):
    enqueue(database)
    [old] = claim(database, lease_s=10)
    with database.write() as session:
        assert Jobs(session).release_expired(NOON + timedelta(seconds=11)) == 1
    [new] = claim(database, now=NOON + timedelta(seconds=12), worker="w2")
    with pytest.raises(LostLease), database.write() as session:
        Jobs(session).enqueue(JobKind.DELIVER, "written by the old one", now=NOON)
        Jobs(session).finish(old.id, old.token)
    assert state_of(database, "written by the old one", JobKind.DELIVER) is None
    finish(database, new)


def test_a_lease_that_ran_out_but_went_to_nobody_still_cannot_be_used(database):
    enqueue(database)
    [job] = claim(database, lease_s=10)
    with database.write() as session:
        Jobs(session).release_expired(LATER)
    with pytest.raises(LostLease):
        finish(database, job)


def test_a_job_is_finished_only_once(database):
    enqueue(database)
    [job] = claim(database)
    finish(database, job)
    with pytest.raises(LostLease):
        finish(database, job)


def test_heartbeats_keep_a_lease_and_tell_when_it_is_lost(database):
    enqueue(database)
    [job] = claim(database, lease_s=10)
    with database.write() as session:
        jobs = Jobs(session)
        assert jobs.heartbeat(job.id, job.token, 10, NOON + timedelta(seconds=9))
        assert jobs.release_expired(NOON + timedelta(seconds=15)) == 0
        assert jobs.release_expired(NOON + timedelta(seconds=20)) == 1
        assert not jobs.heartbeat(job.id, job.token, 10, NOON + timedelta(seconds=21))


def test_a_job_given_back_counts_as_no_attempt(database):
    enqueue(database)
    for _ in range(MAX_LOSSES + MAX_FAILURES):
        [job] = claim(database)
        assert job.attempts == 1
        with database.write() as session:
            assert Jobs(session).release(job.id, job.token, NOON)


def test_a_failed_attempt_waits_before_the_next(database):
    enqueue(database)
    [job] = claim(database)
    with database.write() as session:
        assert Jobs(session).fail(job.id, job.token, "no luck", NOON) is JobState.PENDING
    assert claim(database) == []
    assert [job.attempts for job in claim(database, now=NOON + timedelta(minutes=5))] == [2]


def test_a_success_forgets_the_failures_before_it(database):
    enqueue(database)
    [job] = claim(database)
    with database.write() as session:
        Jobs(session).fail(job.id, job.token, "no luck", NOON)
    finish(database, claim(database, now=LATER)[0], LATER)
    assert (state_of(database).failures, state_of(database).last_error) == (0, None)


def fail_for_good(database, kind):
    now = NOON
    for _ in range(MAX_FAILURES):
        now += timedelta(hours=1)
        [job] = claim(database, now=now, kinds=[kind])
        with database.write() as session:
            state = Jobs(session).fail(job.id, job.token, "broken\x00pipe", now)
    return state


@pytest.mark.parametrize("kind", [JobKind.ANALYSE, JobKind.DECIDE])
def test_the_third_failure_takes_the_track_to_a_person(database, kind):
    with database.write() as session:
        track = deliver(session)
        Jobs(session).enqueue(kind, track.id, now=NOON)
    assert fail_for_good(database, kind) is JobState.FAILED
    with database.read() as session:
        found = Tracks(session).find(track.id)
        assert found.state is TrackState.FAILED
        assert found.state_type == "processing-failed"
        [case] = Cases(session).of_track(track.id)
        assert "broken\ufffdpipe" in case.reason
        assert case.state is CaseState.OPEN
        kinds = [event.kind for event in Events(session).of(track.id)]
        assert kinds == [EventKind.RECEIVED, EventKind.FAILED, EventKind.CASE_OPENED]


def test_labels_that_cannot_be_delivered_leave_the_track_as_it_was_decided(database):
    with database.write() as session:
        track = deliver(session)
        Tracks(session).move(track, TrackState.DECIDED, NOON)
        Jobs(session).enqueue(JobKind.DELIVER, track.id, now=NOON)
    fail_for_good(database, JobKind.DELIVER)
    with database.read() as session:
        assert Tracks(session).find(track.id).state is TrackState.DECIDED
        assert len(Cases(session).of_track(track.id)) == 1


def test_work_that_came_during_the_last_attempt_gets_attempts_of_its_own(database):
    enqueue(database)
    now = NOON
    for _ in range(MAX_FAILURES - 1):
        now += timedelta(hours=1)
        [job] = claim(database, now=now)
        with database.write() as session:
            Jobs(session).fail(job.id, job.token, "no luck", now)
    [job] = claim(database, now=now + timedelta(hours=1))
    enqueue(database)
    with database.write() as session:
        assert Jobs(session).fail(job.id, job.token, "no luck", now) is JobState.PENDING
    assert state_of(database).failures == 0


def test_a_file_that_keeps_killing_its_worker_goes_to_a_person(database):
    with database.write() as session:
        track = deliver(session)
    now = NOON
    for _ in range(MAX_LOSSES):
        assert len(claim(database, now=now, lease_s=10)) == 1
        now += timedelta(seconds=11)
        with database.write() as session:
            assert Jobs(session).release_expired(now) == 1
    assert claim(database, now=LATER) == []
    with database.read() as session:
        assert Tracks(session).find(track.id).state is TrackState.FAILED


def test_a_failed_job_can_be_tried_again_by_hand(database):
    with database.write() as session:
        deliver(session)
    fail_for_good(database, JobKind.ANALYSE)
    with database.write() as session:
        [job] = Jobs(session).failed()
        assert Jobs(session).retry(job.id, LATER)
        assert not Jobs(session).retry(job.id, LATER)
    assert [job.attempts for job in claim(database, now=LATER)] == [1]


def test_what_can_be_published_is_what_can_be_claimed(database):
    for number in range(5):
        enqueue(database, f"trk_{number}")
    enqueue(database, "later", run_after=LATER)
    enqueue(database, "other", kind=JobKind.DELIVER)
    with database.write() as session:
        jobs = Jobs(session)
        assert jobs.publishable(NOON) == {JobKind.DECIDE: 5, JobKind.DELIVER: 1}
        assert jobs.publishable(NOON, at_most=3) == {JobKind.DECIDE: 3, JobKind.DELIVER: 1}
        jobs.claim([JobKind.DECIDE], limit=2, worker="w", lease_s=60, now=NOON)
        backlog = jobs.backlog(NOON + timedelta(seconds=30))[JobKind.DECIDE]
        assert (backlog.due, backlog.running, backlog.failed, backlog.oldest_due_s) == (3, 2, 0, 30.0)
        assert jobs.unsettled()


def test_threads_that_claim_at_once_get_each_job_once(database):
    with database.write() as session:
        Jobs(session).enqueue_many(JobKind.ANALYSE, [f"trk_{number}" for number in range(200)], now=NOON)
    claimed, lock = [], threading.Lock()

    def work(name):
        while jobs := claim(database, limit=7, worker=name):
            with lock:
                claimed.extend((job.id, job.token) for job in jobs)
            for job in jobs:
                finish(database, job)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 200
    assert {token for _, token in claimed} == {1}
    with database.read() as session:
        assert not Jobs(session).unsettled()


def test_work_asked_for_while_it_is_being_done_is_never_lost(database):
    """The last run began after the last request was committed, and so saw all that made the work necessary."""
    requests, seen, over = 30, [], threading.Event()

    def ask():
        for number in range(requests):
            with database.write() as session:
                Tenants(session).ensure(f"change {number}", NOON)
                Jobs(session).enqueue(JobKind.DECIDE, "trk_1", now=NOON)
        over.set()

    def work():
        while True:
            last_round = over.is_set()
            jobs = claim(database)
            for job in jobs:
                with database.read() as session:
                    changes = len(Tenants(session).all())
                finish(database, job)
                seen.append(changes)
            if last_round and not jobs:
                return

    threads = [threading.Thread(target=ask), threading.Thread(target=work), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) == requests
    assert state_of(database).state is JobState.DONE


def _claim_all(url, name, claimed):
    database = Database.open(url)
    mine = []
    while jobs := claim(database, limit=5, worker=name):
        mine += [job.id for job in jobs]
        for job in jobs:
            finish(database, job)
    claimed.put(mine)


def test_processes_that_claim_at_once_get_each_job_once(database, database_url):
    with database.write() as session:
        Jobs(session).enqueue_many(JobKind.ANALYSE, [f"trk_{number}" for number in range(100)], now=NOON)
    context = processes()
    claimed = context.Queue()
    started = [context.Process(target=_claim_all, args=(database_url, f"w{n}", claimed)) for n in range(2)]
    for process in started:
        process.start()
    ids = [job for _ in started for job in claimed.get(timeout=60)]
    for process in started:
        process.join(60)
    assert len(ids) == len(set(ids)) == 100
