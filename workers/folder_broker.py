"""The embedded broker: Celery's filesystem transport with atomic messages.

kombu's own filesystem transport writes a message into the shared folder while a consumer may already be reading it, and
hands the file over through the system's temporary folder. Here a message is written aside and renamed into place, taken
by a rename in the same folder, and a message that cannot be read is dropped: Earmark's messages are wake-ups without
content, so a lost one costs a moment and nothing else. For the same reason a queue is never longer than
:data:`LONGEST_QUEUE`.
"""

import os
import uuid
from json import JSONDecodeError
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem, virtual
from kombu.utils.json import dumps, loads

SCHEME = "filesystem"
LONGEST_QUEUE = 64


class Channel(filesystem.Channel):
    """A channel over one folder: every message is a file named ``<milliseconds>_<uuid>.<queue>.msg``."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        if self._size(queue) >= LONGEST_QUEUE:
            return
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{int(monotonic() * 1000):015d}_{uuid.uuid4()}"
        aside = folder / f"{name}.writing"
        aside.write_text(dumps(payload))
        aside.rename(folder / f"{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(self._names(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken"
            try:
                (folder / name).rename(taken)
                payload = loads(taken.read_text())
            except FileNotFoundError:
                continue
            except (JSONDecodeError, UnicodeDecodeError):
                taken.unlink(missing_ok=True)
                continue
            taken.unlink(missing_ok=True)
            return payload
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(name.partition(".")[2] == f"{queue}.msg" for name in self._names(Path(self.data_folder_in)))

    @staticmethod
    def _names(folder: Path) -> list[str]:
        try:
            return os.listdir(folder)  # noqa: PTH208 - names alone; Path objects cost more in a loop that polls
        except FileNotFoundError:
            return []


class Transport(filesystem.Transport):
    """Remembers what it has declared by itself: kombu's remembers it for all folders of a process together."""

    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = virtual.BrokerState()


def install() -> None:
    """Make ``filesystem://`` mean this transport, in this process."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def options(folder: Path) -> dict[str, Any]:
    """``broker_transport_options`` for a broker that lives in ``folder``."""
    messages = folder / "messages"
    messages.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
