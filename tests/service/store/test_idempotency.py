import threading
from datetime import timedelta

import pytest

from service.store.idempotency import Answer, Idempotency, KeyInFlight, LostReservation, Reservation
from service.store.tracks import Tracks
from tests.deliveries import NOON, deliver, sha, tenant

LATER = NOON + timedelta(minutes=20)


def reserve(database, key="k", now=NOON, owner="harbour"):
    with database.write() as session:
        return Idempotency(session).reserve(tenant(session, owner).id, key, now=now, hold_s=600)


def complete(session, reservation, now=NOON):
    Idempotency(session).complete(
        reservation, request_sha256=sha("request"), status=202, body=b'{"id": 1}', now=now, keep_s=86_400
    )


def test_the_second_request_gets_the_first_ones_answer(database):
    reservation = reserve(database)
    assert isinstance(reservation, Reservation)
    with database.write() as session:
        complete(session, reservation)
    assert reserve(database) == Answer(sha("request"), 202, b'{"id": 1}')


def test_a_request_in_flight_keeps_others_out(database):
    reserve(database)
    with pytest.raises(KeyInFlight):
        reserve(database)


def test_keys_belong_to_their_tenant(database):
    reserve(database)
    assert isinstance(reserve(database, owner="stranger"), Reservation)


def test_a_refused_request_frees_its_key(database):
    reservation = reserve(database)
    with database.write() as session:
        Idempotency(session).abandon(reservation)
    assert isinstance(reserve(database), Reservation)


def test_an_answer_cannot_be_abandoned(database):
    reservation = reserve(database)
    with database.write() as session:
        complete(session, reservation)
        Idempotency(session).abandon(reservation)
    assert isinstance(reserve(database), Answer)


def test_a_request_that_died_can_be_taken_over_and_its_work_is_refused_if_it_was_not_dead(database):
    slow = reserve(database)
    quick = reserve(database, now=LATER)
    assert isinstance(quick, Reservation)
    with pytest.raises(LostReservation), database.write() as session:
        deliver(session, "written by the slow one")
        complete(session, slow, LATER)
    with database.write() as session:
        complete(session, quick, LATER)
        assert Tracks(session).page(quick.tenant_id) == []


def test_work_and_answer_are_committed_together(database):
    reservation = reserve(database)
    with pytest.raises(RuntimeError), database.write() as session:
        deliver(session)
        complete(session, reservation)
        raise RuntimeError("the process dies before the commit")
    with pytest.raises(KeyInFlight):
        reserve(database)
    assert isinstance(reserve(database, now=LATER), Reservation)


def test_answers_are_forgotten_after_their_time(database):
    with database.write() as session:
        complete(session, reserve_in(session))
    with database.write() as session:
        assert Idempotency(session).forget_expired(NOON) == 0
        assert Idempotency(session).forget_expired(NOON + timedelta(days=2)) == 1
    assert isinstance(reserve(database), Reservation)


def test_a_slow_request_that_nobody_took_over_can_still_be_answered(database):
    slow = reserve(database)
    with database.write() as session:
        assert Idempotency(session).forget_expired(NOON + timedelta(hours=3)) == 0
        complete(session, slow, NOON + timedelta(hours=3))
    abandoned = reserve(database, key="abandoned")
    with database.write() as session:
        assert Idempotency(session).forget_expired(NOON + timedelta(days=2)) == 2
    with pytest.raises(LostReservation), database.write() as session:
        complete(session, abandoned)


def reserve_in(session):
    return Idempotency(session).reserve(tenant(session).id, "k", now=NOON, hold_s=600)


def test_of_requests_that_come_at_once_one_does_the_work(database):
    barrier, outcomes = threading.Barrier(6), []

    def request():
        barrier.wait()
        try:
            reservation = reserve(database)
        except KeyInFlight:
            outcomes.append("in flight")
            return
        if isinstance(reservation, Answer):
            outcomes.append("answered")
            return
        with database.write() as session:
            deliver(session)
            complete(session, reservation)
        outcomes.append("worked")

    reserve(database, "make the tenant first")
    threads = [threading.Thread(target=request) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("worked") == 1 and len(outcomes) == 6
    with database.write() as session:
        assert len(Tracks(session).page(tenant(session).id)) == 1
