"""A console on a server of its own, and people who sit at it in a real browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page

from service.api.backend import Backend
from service.app import create_app
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.database import Database
from tests.running import Running
from tests.servers import free_port
from tests.service.console.signing import PASSWORD

TENANT = "harbour"

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE: dict[str, object] = {"runOnly": TAGS, "resultTypes": ["violations"]}
"""What axe-core looks for. What it does not object to it need not describe: that takes as long as all the rest."""

AXE_COLOURS: dict[str, object] = {
    **AXE,
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""The rules that look at colours, for a page that was looked at in other colours already."""


@dataclass
class House:
    address: str
    backend: Backend
    ids: dict[str, str] = field(default_factory=dict)


@contextmanager
def console(folder: Path) -> Iterator[House]:
    """An empty house, served."""
    database = Database.open(f"sqlite:///{folder / 'earmark.db'}")
    database.migrate()
    settings = Settings(data_dir=folder / "data")
    backend = Backend(settings, database, BlobStorage.open(settings.storage))
    server = uvicorn.Server(uvicorn.Config(create_app(backend=backend), port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield House(f"http://127.0.0.1:{server.config.port}", backend)
    server.should_exit = True
    thread.join(10)
    database.dispose()


@contextmanager
def seated(browser: Browser, house: House | Running, name: str, password: str = PASSWORD) -> Iterator[Page]:
    """Somebody signed in; an error in the browser's console fails the test."""
    context = browser.new_context(base_url=house.address, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/console/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/cases*")
    yield page
    context.close()
    assert [line for line in said if "status of 4" not in line] == []


def flaws(page: Page, addresses: list[str]) -> list[tuple[object, ...]]:
    """What axe-core finds in light and dark, and pages that are wider than the window at 768, 1280 and 1920."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[tuple[object, ...]] = []
    for address in addresses:
        page.goto(address)
        for scheme, options in (("light", AXE), ("dark", AXE_COLOURS)):
            page.emulate_media(color_scheme=scheme)
            results = Axe().run(page, options=options)
            violations = results.response["violations"]
            found += [(scheme, address, one["id"], one["nodes"][0]["html"][:200]) for one in violations]
        for width in (768, 1920, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            if not page.locator("html").evaluate("node => node.scrollWidth <= node.clientWidth"):
                found.append((width, address))
    return found
