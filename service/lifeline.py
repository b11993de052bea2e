"""How the processes of ``earmark serve`` end together, however the supervisor ends.

The supervisor holds the writing end of a pipe and never writes to it; each role holds the reading end. When the
supervisor is gone, by whatever signal, the operating system closes the pipe and every role sees the end of it.
"""

import os
import signal
import threading
import time

VARIABLE = "EARMARK_LIFELINE_FD"
GRACE_S = 5.0


def hold() -> None:
    """Watch the supervisor's pipe if this process was started by one; end the process group when it closes."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is None:
        return
    os.set_inheritable(int(descriptor), False)
    threading.Thread(target=_watch, args=(int(descriptor),), name="lifeline", daemon=True).start()


def _watch(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)
