"""A whole service as its users start it: ``earmark serve`` in a process of its own, on servers of the test's choice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text

from service import local
from service.client import Client
from service.store.database import Database
from tests.waiting import group_members, until

READY_S = 300.0

_TWICE = {
    "evidence": "SELECT audio_sha256 FROM evidence GROUP BY audio_sha256, pipeline HAVING count(*) > 1",
    "standing verdicts": "SELECT track_id FROM verdict WHERE standing GROUP BY track_id HAVING count(*) > 1",
    "verdicts": "SELECT track_id FROM verdict GROUP BY track_id, revision, audio_sha256, pipeline, facts_sha256, "
    "rule_set HAVING count(*) > 1",
    "analysed": "SELECT track_id FROM event WHERE kind = 'track.analysed' "
    "GROUP BY track_id, revision HAVING count(*) > 1",
}


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    code: int
    lines: list[dict[str, Any]]
    errors: str


class Running:
    """``with Running(folder) as service``: started and ready; ended, with everything it started, at the end.

    :param folder: data folder; the same one again continues with what it holds
    :param settings: further ``EARMARK_*`` settings, without the prefix, in lower case
    """

    def __init__(self, folder: Path, settings: Mapping[str, object] | None = None) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")}
        chosen = {"data_dir": folder, "port": 0, "dispatch_interval_s": 0.1, "lease_s": 3, **(settings or {})}
        self.environment |= {f"EARMARK_{name.upper()}": str(value) for name, value in chosen.items()}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "serve"], env=self.environment, stdout=log, stderr=log
            )
        try:
            until(self._answers, f"the service is ready; it says:\n{self.said()}", longest_s=READY_S)
        except AssertionError:
            print(self.said())
            self.stop()
            raise

    def stop(self) -> int:
        """End it as Ctrl-C would; its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def kill(self) -> None:
        """SIGKILL the supervisor alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    @property
    def address(self) -> str:
        return local.read(self.folder / local.ADDRESS) or ""

    def said(self) -> str:
        """What the service and its roles wrote so far."""
        return self.log.read_text(errors="replace")

    def client(self) -> Client:
        return Client(self.address, local.read(self.folder / local.KEY))

    def database(self) -> Database:
        url = self.environment.get("EARMARK_DATABASE_URL") or f"sqlite:///{self.folder / 'earmark.db'}"
        return Database.open(url)

    def stands_twice(self) -> dict[str, list[object]]:
        """What stands more than once and must not: evidence, verdicts, entries of the feed."""
        database = self.database()
        with database.read() as session:
            found = {what: list(session.execute(text(question))) for what, question in _TWICE.items()}
        database.dispose()
        return {what: rows for what, rows in found.items() if rows}

    def count(self, question: str) -> int:
        """One number from the database."""
        database = self.database()
        with database.read() as session:
            number = session.scalar(text(question))
        database.dispose()
        return int(number or 0)

    def wait_for_evidence(self, pieces: int, *, longest_s: float = 300.0) -> None:
        """Wait until so many files are analysed and the worker role runs: the moment to kill it."""
        question = "SELECT count(*) FROM evidence"
        until(lambda: self.count(question) >= pieces, f"{pieces} pieces of evidence", longest_s=longest_s)
        until(lambda: self.group_of("worker"), "the worker role runs")

    def wait_for_tracks(self, track_ids: Sequence[str]) -> Counter[str]:
        """Wait until nothing more happens to these tracks; how many are in which state."""
        with self.client() as client:

            def settled() -> bool:
                return not any(client.track(track_id)["pending"] for track_id in track_ids)

            until(settled, "the tracks are settled", longest_s=120)
            return Counter(client.track(track_id)["state"] for track_id in track_ids)

    def group_of(self, role: str) -> int | None:
        """The process group of a role, by the command that leads it."""
        assert self._process is not None
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self._process.pid and role.encode() in command:
                return int(entry.name)
        return None

    def kill_role(self, role: str) -> int:
        """SIGKILL a role and everything in its group; how many processes that were."""
        group = self.group_of(role)
        assert group is not None
        members = group_members(group)
        os.killpg(group, signal.SIGKILL)
        return len(members)

    def earmark(self, *arguments: str | Path, limit_s: float = 600, **settings: object) -> Result:
        """Run a command beside it, as its user would; standard output is read as JSON lines."""
        environment = {**self.environment, **{f"EARMARK_{k.upper()}": str(v) for k, v in settings.items()}}
        ran = subprocess.run(
            [sys.executable, "-m", "service.cli", *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
        )
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        return Result(ran.returncode, lines, ran.stderr)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the service ended:\n{self.said()}")
        if not self.address:
            return False
        with self.client() as client:
            return client.ready()


def verdicts_by_file(lines: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
    """State, action and labels of each track of a delivery, by file name."""
    return {Path(line["file"]).name: (line["state"], line["action"], tuple(line["labels"])) for line in lines}
