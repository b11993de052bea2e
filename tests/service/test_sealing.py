"""Secrets lie sealed in the database, keys can be changed, and what was stored before is sealed when the API starts."""

import stat
import threading

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.sealing import KEY_FILE, PREFIX, CannotOpen, Seal, seal_of
from service.settings import Settings
from service.store.clock import utc_now
from service.store.database import Database
from service.store.reviewers import Reviewers
from service.store.tables.reviewers import Reviewer
from service.store.tables.webhooks import Webhook
from service.store.tenants import Tenants
from service.store.webhooks import Webhooks

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_sealed_text_opens_under_any_key_of_the_list_and_no_other():
    stored = Seal([OLD]).close("whsec_x")
    assert stored.startswith(PREFIX) and "whsec_x" not in stored
    assert Seal([NEW, OLD]).open(stored) == "whsec_x"
    assert Seal([NEW]).open("whsec_clear") == "whsec_clear"
    for stranger in (Seal([NEW]), Seal([])):
        with pytest.raises(CannotOpen, match="EARMARK_SECRETS_KEYS"):
            stranger.open(stored)
    with pytest.raises(CannotOpen):
        Seal([OLD]).open(stored[:-2])


def test_only_what_is_not_under_the_newest_key_is_renewed():
    both, fresh = Seal([NEW, OLD]), Seal([NEW])
    assert both.renewed(fresh.close("x")) is None
    assert fresh.open(both.renewed(Seal([OLD]).close("x"))) == "x"
    assert fresh.open(both.renewed("x")) == "x"
    assert Seal([]).renewed("x") is None


@pytest.mark.parametrize(
    "keys",
    ["", " , ", "short", OLD + ",x", OLD[:-4] + "!!!="],
    ids=["empty", "commas", "short", "one good one bad", "no base64"],
)
def test_what_is_no_key_is_refused_by_the_setting(keys):
    with pytest.raises(ValueError, match=r"no key|is not 32 bytes"):
        Settings(secrets_keys=keys, _env_file=None)


def test_the_embedded_default_makes_one_key_however_many_start_at_once(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)
    seals, barrier = [], threading.Barrier(8)

    def start():
        barrier.wait()
        seals.append(seal_of(settings))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = seals[0].close("x")
    assert [seal.open(stored) for seal in seals] == ["x"] * 8
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [KEY_FILE]


def test_secrets_of_earlier_versions_and_keys_are_sealed_anew_as_the_api_starts(database_url, tmp_path):
    def start(keys):
        settings = Settings(data_dir=tmp_path, database_url=database_url, secrets_keys=keys, _env_file=None)
        Backend.open(settings).close()

    def stored():
        with database.read() as session:
            found = [*session.execute(select(Webhook.secret, Webhook.previous_secret)).one()]
            return [*found, session.scalars(select(Reviewer.totp_secret)).one()]

    database = Database.open(database_url)
    with database.write() as session:
        owner, now = Tenants(session).ensure("label", utc_now()), utc_now()
        Webhooks(session).add(owner.id, url="https://x.example/", description="", events=[], secret="one", now=now)
        Reviewers(session).add(owner.id, name="ines", password_hash="-", role=ReviewerRole.REVIEWER, now=now)
        session.execute(update(Webhook).values(previous_secret="two"))
        session.execute(update(Reviewer).values(totp_secret="three"))
    start(OLD)
    under_old = stored()
    assert [Seal([OLD]).open(one) for one in under_old] == ["one", "two", "three"]
    assert not {"one", "two", "three"} & set(under_old)
    start(OLD)
    assert stored() == under_old, "a second start changes nothing"
    start(f"{NEW},{OLD}")
    assert [Seal([NEW]).open(one) for one in stored()] == ["one", "two", "three"]
    database.dispose()
