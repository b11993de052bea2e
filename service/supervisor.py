"""Starts the roles of one machine as processes of their own, starts again what dies, and ends them together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from service import lifeline

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
STEADY_S = 20.0
"""A role that ran this long is taken as healthy: the pause before its next start begins at the shortest again."""

FINISH_S = 8.0
"""How long a role may go on with what it is doing after SIGTERM before it gets SIGQUIT: drop it and leave."""

STOP_S = 16.0
"""How long after SIGTERM what is still there is killed. Work that is cut off is leased work: it is taken up again."""


@dataclass(frozen=True)
class Role:
    """One process of the service: its name, its command after the program's, its extra environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()


class _Child:
    def __init__(self, role: Role) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.pause_s = FIRST_PAUSE_S
        self.due_at = 0.0


class Supervisor:
    """Runs the roles until told to stop.

    Every role is the leader of its own process group, so that a terminal's Ctrl-C reaches the supervisor alone and a
    role with children can be ended as a whole.

    :param roles: what to run
    :param say: receives one line for a person whenever a role dies or is started again
    :param kept: file descriptors that stay open in every role, such as the lock on the data folder
    :param program: what a role's command is given to
    """

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        say: Callable[[str], None],
        kept: Sequence[int] = (),
        program: Sequence[str] = (sys.executable, "-m", "service.cli"),
    ) -> None:
        self._children = [_Child(role) for role in roles]
        self._say = say
        self._kept = tuple(kept)
        self._program = tuple(program)
        self._stopping = threading.Event()
        self._pipe: tuple[int, int] | None = None

    def stop(self) -> None:
        """End the run; may be called from a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Start every role and keep it running; returns after :meth:`stop`, when all have ended."""
        self._pipe = os.pipe()
        try:
            while not self._stopping.is_set():
                for child in self._children:
                    self._tend(child)
                self._stopping.wait(0.1)
        finally:
            self._end_all()
            for descriptor in self._pipe:
                os.close(descriptor)

    def _tend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None and (code := child.process.poll()) is not None:
            _kill_group(child.process.pid)
            if now - child.started_at > STEADY_S:
                child.pause_s = FIRST_PAUSE_S
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            self._say(f"{child.role.name} ended ({how}); starting it again in {child.pause_s:g} s")
            child.process = None
            child.due_at = now + child.pause_s
            child.pause_s = min(2 * child.pause_s, LONGEST_PAUSE_S)
        if child.process is None and now >= child.due_at:
            child.process = self._start(child.role)
            child.started_at = now

    def _start(self, role: Role) -> subprocess.Popen[bytes]:
        assert self._pipe is not None
        reading_end = self._pipe[0]
        return subprocess.Popen(
            [*self._program, *role.command],
            env={**os.environ, **role.environment, lifeline.VARIABLE: str(reading_end)},
            stdin=subprocess.DEVNULL,
            pass_fds=(reading_end, *self._kept, *role.descriptors),
            start_new_session=True,
        )

    def _end_all(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        began = time.monotonic()
        for how, until in ((signal.SIGTERM, FINISH_S), (signal.SIGQUIT, STOP_S)):
            for process in running:
                if process.poll() is None:
                    process.send_signal(how)
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, began + until - time.monotonic()))
        for process in running:
            _kill_group(process.pid)
            process.wait()


def _kill_group(leader: int) -> None:
    """End what a role left behind: its children share its group, whose id is that of the leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
