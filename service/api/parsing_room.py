"""How much XML one process reads at once: a tree takes many times the memory of its text, and memory ends for all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.problems import ProblemType
from service.api.problems import ProblemError

WAIT_S = 3.0
"""How long a message waits for its turn before its sender is asked to come again."""

AGAIN_AFTER_S = 5


class ParsingRoom:
    """Room for so many bytes of messages, shared by all threads of a process.

    A message larger than all of it is read alone. Who waits holds nothing but its staged file.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held_bytes = 0
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, size_bytes: int) -> Iterator[None]:
        """Room for one message while it is read. Ends in a 503 with ``Retry-After`` where there is none in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._fits(size_bytes), timeout=WAIT_S):
                raise ProblemError(ProblemType.BUSY, headers={"Retry-After": str(AGAIN_AFTER_S)})
            self._held_bytes += size_bytes
        try:
            yield
        finally:
            with self._changed:
                self._held_bytes -= size_bytes
                self._changed.notify_all()

    def _fits(self, size_bytes: int) -> bool:
        return self._held_bytes == 0 or self._held_bytes + size_bytes <= self._max_bytes
