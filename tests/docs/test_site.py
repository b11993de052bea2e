"""The site builds without a warning, and its commands work as typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from schemas.verdict import Label
from service.rules import PACKS
from tests.running import Running

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"```sh(?P<kind>[^\n]*)\n(?P<commands>.*?)```", re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """The shell blocks of a page: what follows ``sh`` in the fence, and the commands."""
    text = (DOCS / page).read_text("utf-8")
    return [(found["kind"].strip(), found["commands"]) for found in _BLOCK.finditer(text)]


def run(commands: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = f"set -euo pipefail\n{commands}"
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a clone that was set up."""
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "service").symlink_to(ROOT / "service")
    return tmp_path


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    packs = (tmp_path / "site/packs.html").read_text("utf-8")
    for path in PACKS.rglob("*.yaml"):
        pack = yaml.safe_load(path.read_text("utf-8"))
        for said in [clause["clause"] for clause in pack["policies"]] + [rule["id"] for rule in pack["rules"]]:
            assert said in packs, f"{path.name}: {said}"
    api = (tmp_path / "site/api.html").read_text("utf-8")
    for said in ("/v1/tracks/{track_id}/labels", "track.labelled", "Deliver a track"):
        assert said in api


def test_a_newcomer_gets_from_the_quick_start_to_a_labelled_track(clone: Path) -> None:
    """The set-up and the service are this test's own; every other command is run as it stands on the page."""
    commands = [text for kind, text in blocks("quickstart.md") if kind not in ("setup", "serve")]
    assert len(commands) >= 6
    with Running(clone / ".earmark") as service:
        script = "\n".join(commands).replace("http://127.0.0.1:8000", service.address)
        done = run(script, clone, service.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"state":"received"' in done.stdout
    assert '"ai_declared_partly"' in done.stdout
    assert '"format":"credits"' in done.stdout


def test_the_policy_owner_s_commands_work(clone: Path) -> None:
    with Running(clone / ".earmark") as service:
        for _, commands in blocks("for-policy-owners.md"):
            done = run(commands, clone, service.environment)
            assert done.returncode == 0, done.stdout + done.stderr


def test_every_label_is_explained() -> None:
    text = (DOCS / "labels.md").read_text("utf-8")
    assert all(f"| `{label.value}` |" in text for label in Label)
