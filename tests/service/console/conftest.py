"""A running service with cases in it, a reviewer, and a browser."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.clock import utc_now
from service.store.database import Database
from service.store.reviewers import Reviewers
from service.store.tenants import Tenants
from tests import install_chromium
from tests.running import Running
from tests.service.console.signing import HASHED
from tests.sounds import SUNO_COMMENT, music, write_audio, write_comment

expect.set_options(timeout=30_000)
"""No test fails for being slow."""

HOSTILE = "<script>document.title='owned'</script>\u202edlrow"
DENIED = dict.fromkeys(("VOCALS", "INSTRUMENTATION", "POST_PRODUCTION"), "NONE")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A module that needs others has a fixture of this name."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def backend(sqlite_url: str, settings: Settings) -> Iterator[Backend]:
    """What the pages stand on, without a server."""
    database = Database.open(sqlite_url)
    yield Backend(settings, database, BlobStorage.open(settings.storage))
    database.dispose()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Three tagged recordings that are declared as made without AI, one of them under a hostile title."""
    folder = tmp_path_factory.mktemp("console")
    rows = []
    for number, title in enumerate(["Step Back", HOSTILE, "Iron Causeway"], start=1):
        name = f"{number}.mp3"
        write_comment(write_audio(folder / name, music(12.0, seed=number), bit_rate_kbps=128), SUNO_COMMENT)
        rows.append({"file": name, "title": title, "artists": [{"name": f"Artist {number}"}], "declared_ai": DENIED})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Running(folder / "data", {"worker_processes": 1}) as running:
        delivered = running.earmark("deliver", folder, "--wait", "--json")
        assert delivered.code == 0, (delivered.lines, running.said())
        sit(running, dict.fromkeys(("ines", "nora", "sam"), ReviewerRole.REVIEWER) | {"otto": ReviewerRole.AUDITOR})
        yield running


def sit(running: Running, people: Mapping[str, ReviewerRole], tenant: str = "local") -> None:
    """People of a running service, as ``earmark admin reviewer create`` makes them one by one."""
    database, now = running.database(), utc_now()
    with database.write() as session:
        tenant_id = Tenants(session).ensure(tenant, now).id
        for name, role in people.items():
            Reviewers(session).add(tenant_id, name=name, password_hash=HASHED, role=role, now=now)
    database.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = install_chromium.find()
    assert path is not None, "no Chromium: run `make test-setup`"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        opened = playwright.chromium.launch(
            executable_path=str(path), args=arguments, env={**_environment(), **install_chromium.environment(path)}
        )
        yield opened
        opened.close()


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


@pytest.fixture
def page(browser: Browser, service: Running) -> Iterator[Page]:
    """A fresh browser that is not signed in. A violation of the content security policy fails the test."""
    context = browser.new_context(base_url=service.address, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert [line for line in said if "status of 4" not in line] == []


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    return tmp_path
