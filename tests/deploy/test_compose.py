"""The Compose file is one, names settings that exist, and runs every role."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.command_lines import options_of

FILE = Path(__file__).parents[2] / "deploy" / "compose.yaml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return found


def schema_faults(path: Path) -> str:
    """What the Compose specification's schema has against a file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_it_holds_to_the_compose_specification() -> None:
    assert schema_faults(FILE) == ""


def test_a_typing_error_in_it_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(FILE.read_text().replace("healthcheck:", "healthchek:"))
    assert "healthchek" in schema_faults(wrong)


def test_every_setting_exists(services: dict[str, dict[str, Any]]) -> None:
    known = {f"EARMARK_{name.upper()}" for name in Settings.model_fields}
    for name, service in services.items():
        given = {key for key in service.get("environment", {}) if key.startswith("EARMARK_")}
        assert given <= known, name


def test_every_role_and_every_queue_is_served(services: dict[str, dict[str, Any]]) -> None:
    commands = [service["command"] for service in services.values() if "build" in service]
    assert {command[0] for command in commands} == {"migrate", "api", "worker", "reconcile", "watch"}
    queues = [queue for command in commands if command[0] == "worker" for queue in command[2].split(",")]
    assert sorted(queues) == ["analyse", "decide", "deliver", "ingest", "notify"]


def test_only_the_api_is_seen_from_outside_and_on_this_machine_alone(services: dict[str, dict[str, Any]]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in published["api"])


def test_a_folder_is_watched_by_a_profile_of_its_own(services: dict[str, dict[str, Any]]) -> None:
    assert [name for name, service in services.items() if "profiles" in service] == ["watch"]
    options = options_of(services["watch"]["command"])
    assert options["tenant"] == "${WATCHED_TENANT:-local}"
    assert any(volume.endswith(f":{options['place']}") for volume in services["watch"]["volumes"])


def test_secrets_are_sealed_by_every_role_that_stores_or_opens_them(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if "build" in service:
            assert ":?" in service["environment"]["EARMARK_SECRETS_KEYS"], name
