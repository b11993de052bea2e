"""A pool process that is told to leave, leaves: also where Python would drop the order.

SIGTERM raises ``SystemExit`` wherever the process stands, and the work in hand is given back on the way out
(``workers.ledger``). An exception out of a destructor or out of a native library's callback is dropped by Python and
told to ``sys.unraisablehook``: a process that was loading compiled code worked on as if nothing had been said, and the
pool's second SIGTERM, no longer handled, killed it with the work still in its name. Here a dropped order is given again
until it arrives, and one that has arrived is not given twice.
"""

import signal
import sys
from types import FrameType

AGAIN_S = 0.05
"""How long after a dropped order it is given again: a burst of destructors is over by then."""

_given = False


def insist() -> None:
    """Take SIGTERM, SIGALRM and ``sys.unraisablehook`` for this; in the main thread, as often as one likes. What else
    cannot be raised is reported as before."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGALRM, _leave)
    if sys.unraisablehook is not _report:
        global _reported_before
        _reported_before = sys.unraisablehook
        sys.unraisablehook = _report


def _leave(number: int, frame: FrameType | None) -> None:
    global _given
    if not _given:
        _given = True
        sys.exit(128 + signal.SIGTERM)


def _report(dropped: "sys.UnraisableHookArgs") -> None:
    global _given
    if isinstance(dropped.exc_value, SystemExit):
        _given = False
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        _reported_before(dropped)


_reported_before = sys.unraisablehook
