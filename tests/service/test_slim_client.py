"""An integrator's install has httpx and what the vocabulary needs, and delivers with that."""

import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.service.api.serving import serve

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "service")
DELIVER = """
import pathlib, sys
from service.client import Client
with Client(sys.argv[1], sys.argv[2]) as client:
    metadata = {"title": "Night Drive", "artists": [{"name": "Ada"}], "declared_ai": {"VOCALS": "NONE"}}
    accepted = client.deliver(metadata, pathlib.Path(sys.argv[3]), idempotency_key="one")
    print(accepted.state)
    print(client.deliver_files({"message.xml": pathlib.Path(sys.argv[4])})["state"])
"""
EVERY_SCHEMA = """
import importlib, pkgutil, schemas
for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
    importlib.import_module(module.name)
"""


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in [*project["dependencies"], *project["optional-dependencies"]["client"]]]


def closure(wanted: list[Requirement]) -> dict[str, Distribution]:
    """Everything that an installer would bring, out of what is installed here."""
    found: dict[str, Distribution] = {}
    waiting = list(wanted)
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        if name in found:
            continue
        found[name] = distribution(name)
        needs = [Requirement(line) for line in found[name].requires or []]
        extras = requirement.extras or {""}
        waiting += [
            need for need in needs if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The interpreter of a bare environment with the client's own needs and these two rooms in it."""
    folder = tmp_path_factory.mktemp("slim")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for installed in closure(declared()).values():
        for top in {Path(file).parts[0] for file in installed.files or [] if ".." not in Path(file).parts}:
            place = packages / top
            if not place.exists() and not top.endswith(".pth"):
                place.symlink_to(Path(str(installed.locate_file(top))).resolve())
    for room in ROOMS:
        (packages / room).symlink_to(ROOT / room)
    yield folder / "bin" / "python"


def run(python: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-I", "-B", "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=python.parent, timeout=120)


def test_the_client_brings_no_server_and_nothing_heavy() -> None:
    brought = set(closure(declared()))
    assert {"httpx", "pydantic", "lxml", "python-stdnum"} <= brought
    assert len(brought) < 20, sorted(brought)
    assert not brought & {"torch", "numpy", "fastapi", "sqlalchemy", "celery", "librosa", "uvicorn", "typer"}


def test_every_schema_and_the_client_import_with_that_alone(python: Path) -> None:
    ran = run(python, EVERY_SCHEMA + "import service.client")
    assert ran.returncode == 0, ran.stderr
    assert run(python, "import fastapi").returncode == 1, "the environment is bare"


def test_it_delivers_to_a_real_service(python: Path, sqlite_url: str, tmp_path: Path) -> None:
    audio, message = tmp_path / "night drive.wav", tmp_path / "message.xml"
    audio.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(1000))
    message.write_text(
        '<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/432"><MessageHeader><MessageId>M1</MessageId>'
        "</MessageHeader></ern:NewReleaseMessage>"
    )
    with serve(tmp_path / "data", sqlite_url) as served:
        ran = run(python, DELIVER, served.url, served.key, str(audio), str(message))
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.split() == ["received", "received"]
    assert sys.prefix not in str(python)
