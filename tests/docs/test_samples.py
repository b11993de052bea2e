"""Every code sample of the documentation works as it stands: commands, requests, files and messages."""

import json
import os
import re
import shlex
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.catalogue import TrackMetadata, unknown_keys
from schemas.webhooks import WebhookMessage
from service import local
from service.manifest import FOR_THE_CALLER, read_rows
from service.register import read_register
from service.seal_keys import check_keys
from tests.command_lines import options_of
from tests.running import Running
from tests.service.api.test_deliveries import ern

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "deploy" / "README.md"]
BLOCK = re.compile(r"^```(?P<kind>[a-z]+)(?P<rest>[^\n]*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?earmark (?P<arguments>.*)$", re.MULTILINE)

ELSEWHERE = {
    ("quickstart.md", "sh"): "test_site.py: the newcomer's path",
    ("for-policy-owners.md", "sh"): "test_site.py: the policy owner's commands",
    ("models.md", "text"): "names of files, beside their meaning",
    ("README.md", "text"): "a picture and a table of output",
}
HERE = {
    *(("ddex.md", kind) for kind in ("sh", "csv", "python")),
    ("uploads.md", "sh"),
    ("README.md", "sh"),
    ("webhooks.md", "http"),
    ("register.md", "json"),
    ("rules.md", "yaml"),
    ("retention.md", "console"),
}


def blocks(page: str, kind: str) -> list[str]:
    [path] = [path for path in PAGES if path.name == page and (page != "README.md" or path.parent == ROOT)]
    return [found["text"] for found in BLOCK.finditer(path.read_text("utf-8")) if found["kind"] == kind]


def earmark_commands() -> Iterator[tuple[str, list[str]]]:
    for path in PAGES:
        for block in BLOCK.finditer(path.read_text("utf-8")):
            text = block["text"].replace("\\\n", " ")
            if block["kind"] in ("sh", "console"):
                for found in COMMAND.finditer(text):
                    yield path.name, shlex.split(found["arguments"], comments=True)


COMMANDS = list(earmark_commands())


@pytest.mark.parametrize(("page", "arguments"), COMMANDS, ids=[f"{page}: {' '.join(a)}"[:70] for page, a in COMMANDS])
def test_every_earmark_command_is_one_that_the_command_line_takes(
    page: str, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "service").symlink_to(ROOT / "service")
    for name in arguments:
        if re.fullmatch(r"[A-Z_]+\.[a-z]+", name):  # stands for a file of the reader's
            (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert options_of(arguments) is not None


def test_no_sample_is_left_out() -> None:
    for path in PAGES:
        for block in BLOCK.finditer(path.read_text("utf-8")):
            key = (path.name, block["kind"])
            lines = [line for line in block["text"].replace("\\\n", " ").splitlines() if line.strip()]
            only_commands = all(COMMAND.match(line) or line.startswith(("make ", "#", "export ")) for line in lines)
            assert key in ELSEWHERE or key in HERE or only_commands, f"{path.name}: {block['text'][:200]}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running service in a folder that looks like a clone, with the files that the samples name."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / ".venv").symlink_to(Path(sys.prefix))
    (clone / "resources").mkdir()
    with wave.open(str(clone / "night-drive.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    sound = (clone / "night-drive.wav").read_bytes()
    for name in ("resources/A1.flac", "A1.flac", "track.flac"):
        (clone / name).write_bytes(sound)
    message = ern(isrcs=("QZEM62600001",)).replace(b"resources/QZEM62600001.wav", b"resources/A1.flac")
    (clone / "release.xml").write_bytes(message)
    with Running(clone / ".earmark") as running:
        yield running


def run(service: Running, script: str, program: str = "bash") -> str:
    clone = service.folder.parent
    environment = service.environment | {"PATH": f"{clone / '.venv' / 'bin'}:{os.environ['PATH']}"}
    environment |= {"PYTHONPATH": str(ROOT)}
    command = ["bash", "-euo", "pipefail", "-c", script] if program == "bash" else [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_resumable_upload_by_curl(service: Running) -> None:
    answer = run(service, "\n".join(blocks("uploads.md", "sh")))
    assert json.loads(answer)["state"] == "received"


def test_one_request_delivers_a_track(service: Running) -> None:
    [sample] = [text for text in blocks("README.md", "sh") if "curl" in text]
    answer = run(service, sample.replace("http://127.0.0.1:8000", service.address))
    assert json.loads(answer)["state"] == "received"


def test_a_message_with_its_audio_by_curl_and_by_the_client(service: Running) -> None:
    [sample] = blocks("ddex.md", "sh")
    assert json.loads(run(service, sample))["state"] == "received"
    [sample] = blocks("ddex.md", "python")
    key = local.read(service.folder / local.KEY) or ""
    assert "em_..." in sample
    sample = sample.replace("em_...", key).replace("http://127.0.0.1:8000", service.address)
    assert run(service, sample, "python").strip() in ("received", "done")


def test_a_manifest(service: Running) -> None:
    [sample] = blocks("ddex.md", "csv")
    [(_, row)] = read_rows("manifest.csv", sample)
    metadata = TrackMetadata.model_validate({key: value for key, value in row.items() if key not in FOR_THE_CALLER})
    assert unknown_keys(metadata) == []
    (service.folder.parent / "manifest.csv").write_text(sample)
    deliver = 'curl -sS --fail-with-body "$(cat .earmark/address)/v1/deliveries" -F file=@manifest.csv '
    answer = run(service, deliver + '-F file=@night-drive.wav -H "Authorization: Bearer $(cat .earmark/key)"')
    assert json.loads(answer)["files"]


def test_a_webhook_message() -> None:
    [sample] = blocks("webhooks.md", "http")
    head, body = sample.split("\n\n", 1)
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    message = WebhookMessage.model_validate_json(body)
    assert headers["webhook-id"] == f"msg_{message.data.track_id.removeprefix('trk_')}_{message.data.seq}"
    assert headers["webhook-signature"].startswith("v1,") and int(headers["webhook-timestamp"])


def test_a_register(tmp_path: Path) -> None:
    [sample] = blocks("register.md", "json")
    path = tmp_path / "register.jsonl"
    path.write_text(sample.replace("…64 hexadecimal digits…", "0" * 64))
    assert read_register(path).senders


def test_a_pack_of_rules(service: Running) -> None:
    [sample] = blocks("rules.md", "yaml")
    (service.folder.parent / "house.yaml").write_text(sample)
    run(service, "earmark policy check house.yaml && earmark policy test house.yaml")


def test_a_key_for_sealing(service: Running) -> None:
    [sample] = [text for text in blocks("retention.md", "console") if "python" in text]
    [key] = run(service, sample.removeprefix("$ ")).split()
    assert check_keys(key) == [key]
