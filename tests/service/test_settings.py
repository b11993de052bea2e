import pytest
from pydantic import ValidationError

from service.settings import Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"EARMARK_{name.upper()}", raising=False)


def test_the_embedded_default_keeps_everything_under_one_folder(tmp_path):
    settings = Settings(data_dir=tmp_path / "with space")
    assert settings.database == f"sqlite:///{tmp_path}/with space/earmark.db"
    assert settings.broker == "filesystem://"
    assert settings.broker_dir == tmp_path / "with space" / "broker"
    assert settings.storage == (tmp_path / "with space" / "blobs").as_uri()
    assert settings.staging_dir.parent == tmp_path / "with space"


def test_servers_are_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("EARMARK_DATABASE_URL", "postgresql://db/earmark")
    monkeypatch.setenv("EARMARK_BROKER_URL", "redis://broker/0")
    monkeypatch.setenv("EARMARK_STORAGE_URL", "s3://bucket/audio")
    monkeypatch.setenv("EARMARK_STORAGE_ENDPOINT", "http://minio:9000")
    monkeypatch.setenv("EARMARK_STORAGE_SECRET_ACCESS_KEY", "hush")
    settings = Settings()
    assert (settings.database, settings.broker) == ("postgresql://db/earmark", "redis://broker/0")
    assert settings.storage == "s3://bucket/audio"
    assert settings.storage_options == {"endpoint": "http://minio:9000", "secret_access_key": "hush"}


def test_secrets_are_not_shown(monkeypatch):
    monkeypatch.setenv("EARMARK_API_KEY", "em_secret")
    monkeypatch.setenv("EARMARK_STORAGE_SECRET_ACCESS_KEY", "hush")
    shown = repr(Settings())
    assert "em_secret" not in shown and "hush" not in shown


@pytest.mark.parametrize(("name", "value"), [("PORT", "65536"), ("LEASE_S", "0"), ("LOG_LEVEL", "loud")])
def test_a_setting_that_makes_no_sense_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"EARMARK_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_every_setting_is_explained():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
