"""The walls of the house: a room may use the rooms below it, never above; and house rules that a machine can hold.

Read from the source by its syntax tree, so that an import inside a function counts as much as one at the top.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "classifiers", "service", "workers")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
HEAVY = ("torch", "librosa", "sklearn", "scipy", "soundfile", "soxr", "av", "numba")
LONGEST_FILE = 400

JUDGES = ("service.rules", "service.facts", "service.quality")
"""Pure rooms inside service: they judge, and know neither database nor network nor clock."""


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Modules that a file imports; of ``from a import b`` both ``a`` and ``a.b``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in _at_import_time(tree.body) if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            found.add("a relative import")
    return found


def _at_import_time(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _at_import_time([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)])


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def breaches(rooms: tuple[str, ...], forbidden: tuple[str, ...], *, top_level_only: bool = False) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in SOURCES
        if within(module_of(path), *rooms)
        for module in sorted(imports(path, top_level_only=top_level_only))
        if within(module, *forbidden)
    ]


IO = (
    "sqlalchemy", "alembic", "psycopg", "sqlite3", "httpx", "requests", "urllib.request", "socket", "redis", "celery",
    "kombu", "fastapi", "starlette", "uvicorn", "obstore",
)  # fmt: skip


def test_schemas_uses_no_other_room_and_no_input_or_output() -> None:
    assert not breaches(("schemas",), ("classifiers", "service", "workers", "tests", *IO, "os", "pathlib", "time"))


def test_classifiers_use_schemas_alone_and_know_no_database_or_network() -> None:
    assert not breaches(("classifiers",), ("service", "workers", "tests", *IO))


def test_rules_and_facts_use_schemas_alone_and_know_no_database_network_or_clock() -> None:
    others = tuple(
        module_of(path)
        for path in SOURCES
        if within(module_of(path), "service", "workers", "classifiers") and not within(module_of(path), *JUDGES)
    )
    assert not breaches(JUDGES, (*(name for name in others if name != "service"), *IO, "time"))


def test_the_store_knows_no_http_and_no_broker() -> None:
    above = ("service.api", "service.auth", "service.cli", "service.console", "service.app", "workers")
    assert not breaches(("service.store",), (*above, "fastapi", "starlette", "celery", "kombu", "httpx", "uvicorn"))


def test_workers_know_no_http_routes() -> None:
    assert not breaches(("workers",), ("service.api", "service.app", "service.console", "fastapi", "starlette"))


def test_the_service_never_imports_heavy_libraries_itself() -> None:
    light = tuple(module_of(path) for path in SOURCES if within(module_of(path), "service", "workers", "schemas"))
    assert not breaches(light, ("torch", "librosa", "sklearn", "scipy"), top_level_only=True)
    assert not breaches(("service.api", "service.auth", "service.app"), ("classifiers", *HEAVY))
    assert not breaches(("service.store",), HEAVY)


def test_the_service_does_not_reach_into_workers_from_the_api() -> None:
    assert not breaches(("service.api", "service.auth", "service.app"), ("workers", "celery"))


def test_sql_is_written_in_the_store_alone() -> None:
    everywhere_else = tuple(
        module_of(path) for path in SOURCES if not within(module_of(path), "service.store") and module_of(path)
    )
    exact = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in SOURCES
        if module_of(path) in everywhere_else
        for module in sorted(imports(path))
        if within(module, "sqlalchemy", "alembic", "psycopg", "sqlite3")
        and module not in ("sqlalchemy.orm", "sqlalchemy.orm.Session")
        and not within(module, "sqlalchemy.exc")
    ]
    assert not exact


def test_no_room_imports_the_tests_or_relatively() -> None:
    assert not breaches(ROOMS, ("tests", "a relative import"))


def test_no_file_is_named_for_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "lib"}
    everything = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in everything if vague & {path.stem, *path.parent.parts[-1:]}] == []


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if "migrations/versions" not in path.as_posix()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


@pytest.mark.parametrize("module", ["service.app", "service.cli", "service.client", "schemas.problems"])
def test_importing_it_pulls_in_nothing_heavy_and_touches_nothing(module: str, tmp_path: Path) -> None:
    """In a process of its own: sys.modules tells what really came along, and the folder what was written."""
    script = (
        f"import sys, threading, {module}\n"
        f"heavy = sorted({{name.partition('.')[0] for name in sys.modules}} & set({HEAVY!r}))\n"
        "assert not heavy, heavy\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.iterdir()) == []
