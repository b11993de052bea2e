from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from service.store.api_keys import ApiKeys
from service.store.ids import Noun, new_id
from service.store.tenants import Tenants
from service.store.workers import Workers
from tests.deliveries import NOON, sha, tenant


def add_key(session, prefix="em_abcdefghijkl", owner="harbour"):
    return ApiKeys(session).add(
        tenant(session, owner).id, name="ci", prefix=prefix, sha256=sha(prefix), scopes=["tracks:write"], now=NOON
    )


def test_a_tenant_is_made_once_for_its_name(database):
    with database.write() as session:
        tenants = Tenants(session)
        one = tenants.ensure("harbour", NOON)
        assert tenants.ensure("harbour", NOON).id == one.id
        assert tenants.get(one.id).name == "harbour"
        assert tenants.by_name("nobody") is None
        assert [found.id for found in tenants.all()] == [one.id]


def test_a_key_is_found_by_its_prefix_and_keeps_no_secret(database):
    with database.write() as session:
        key = add_key(session)
        found = ApiKeys(session).by_prefix(key.prefix)
        assert (found.sha256, found.scopes, found.revoked_at) == (sha(key.prefix), ["tracks:write"], None)
        assert ApiKeys(session).by_prefix("em_zzzzzzzzzzzz") is None
        assert [mine.id for mine in ApiKeys(session).of_tenant(key.tenant_id)] == [key.id]


def test_two_keys_cannot_share_a_prefix(database):
    with pytest.raises(IntegrityError), database.write() as session:
        add_key(session)
        add_key(session, owner="stranger")


def test_a_key_stays_revoked_since_the_first_time(database):
    with database.write() as session:
        key = add_key(session)
        ApiKeys(session).revoke(key.id, NOON)
        ApiKeys(session).revoke(key.id, NOON + timedelta(days=1))
        assert ApiKeys(session).by_prefix(key.prefix).revoked_at == NOON
        assert ApiKeys(session).revoke("key_unknown", NOON) is None


def test_ids_sort_by_time_name_their_noun_and_do_not_repeat():
    ids = [new_id(Noun.TRACK) for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(made.startswith("trk_") and len(made) == 30 for made in ids)
    assert [made[:14] for made in ids] == sorted(made[:14] for made in ids)


def test_a_worker_is_alive_as_long_as_it_gives_signs_of_life(database):
    with database.write() as session:
        workers = Workers(session)
        workers.beat("worker@a:1", "worker", NOON)
        workers.beat("reconcile@a:2", "reconcile", NOON)
        workers.beat("worker@a:1", "worker", NOON + timedelta(seconds=20))
        alive = workers.alive(NOON + timedelta(seconds=45), within_s=30)
        assert [(worker.name, worker.started_at) for worker in alive] == [("worker@a:1", NOON)]
        assert workers.alive(NOON + timedelta(seconds=51), within_s=30) == []
        workers.leave("worker@a:1")
        assert workers.alive(NOON, within_s=30) == []
        workers.forget(NOON + timedelta(days=1))
        assert workers.alive(NOON, within_s=30, role="reconcile") == []
