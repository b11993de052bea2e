"""The command answers fast, in plain words and with the exit codes that scripts rely on."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from service.cli import COMMANDS

HEAVY = ("torch", "librosa", "scipy", "sklearn", "numpy", "celery", "fastapi", "sqlalchemy")


def _earmark(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", **environment},
    )


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom service.cli import main\nsys.argv = ['earmark', '--help']\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code\n"
        f"heavy = sorted(set({HEAVY!r}) & set(sys.modules))\nassert not heavy, heavy\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    listed = {line.split()[0] for line in ran.stdout.splitlines() if line.startswith("  ")}
    assert {name for name in COMMANDS if name != "analyze"} <= listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    ran = _earmark(command, "--help")
    assert ran.returncode == 0, ran.stderr
    assert f"earmark {command}" in ran.stdout


def test_version() -> None:
    assert _earmark("--version").stdout == f"earmark {version('earmark')}\n"


def test_wrong_use_is_exit_code_2() -> None:
    assert _earmark("sing").returncode == 2
    assert _earmark("deliver").returncode == 2
    assert _earmark("deliver", "/nowhere").returncode == 2


def test_a_wrong_setting_is_named() -> None:
    ran = _earmark("migrate", EARMARK_PORT="many")
    assert ran.returncode == 2
    assert ran.stderr.startswith("earmark: EARMARK_PORT: ")


def test_without_a_service_a_command_says_what_to_do(tmp_path: object) -> None:
    ran = _earmark("cases", "list", EARMARK_DATA_DIR=str(tmp_path))
    assert ran.returncode == 2
    assert "start one with 'earmark serve' or set EARMARK_URL" in ran.stderr
