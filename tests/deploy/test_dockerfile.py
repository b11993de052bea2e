"""The images: two out of one file, as an ordinary user, with the CPU build of PyTorch in one of them alone."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "Dockerfile").read_text()


def stages() -> dict[str, tuple[str, str]]:
    """Base and instructions of each stage."""
    found = {}
    for block in re.split(r"(?m)^FROM ", TEXT)[1:]:
        head, _, body = block.partition("\n")
        base, _, name = head.partition(" AS ")
        found[name] = (base, body)
    return found


def test_both_images_run_as_an_ordinary_user() -> None:
    found = stages()
    assert {"api", "worker"} <= set(found)
    for name in ("api", "worker"):
        assert found[name][0] == "runtime"
        assert "USER root" not in found[name][1]
    assert re.search(r"(?m)^USER 10001$", found["runtime"][1])


def test_the_api_is_built_without_pytorch_and_the_worker_with_its_cpu_build() -> None:
    found = stages()
    assert "torch" not in found["build-api"][1]
    assert "--from=build-api" in found["api"][1]
    assert "--index-url https://download.pytorch.org/whl/cpu" in found["build-worker"][1]
    makefile = (ROOT / "Makefile").read_text()
    pinned = re.search(r"TORCH \?= (\S+)", makefile)
    assert pinned and pinned[1] in found["build-worker"][1]


def test_every_install_holds_to_the_pinned_versions() -> None:
    installs = [line for line in TEXT.splitlines() if "pip install" in line and "torch==" not in line]
    assert len(installs) == 2
    assert all("-c constraints.txt" in line for line in installs)


def test_every_room_that_is_packaged_is_copied_and_reaches_the_build() -> None:
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    let_in = (ROOT / ".dockerignore").read_text()
    for room in (pattern.rstrip("*") for pattern in rooms):
        assert f"COPY {room} {room}\n" in TEXT
        assert f"!{room}\n" in let_in
