"""Keeps the lease of a running job alive from a thread of its own, as long as the process lives."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Heartbeat:
    """Calls ``beat`` every ``interval_s`` until the block ends or ``beat`` says that the lease is lost.

    :param beat: renews the lease and returns whether it is still held; what it raises counts as no answer, and it is
        asked again: a database that is away for a moment must not end the work
    :param interval_s: a quarter of the lease, so that three renewals may fail
    """

    def __init__(self, beat: Callable[[], bool], interval_s: float) -> None:
        self._beat = beat
        self._interval_s = interval_s
        self._over = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._interval_s):
            try:
                held = self._beat()
            except Exception:
                continue
            if not held:
                self.lost = True
                return
