"""Passwords and one-time codes are not to be guessed one after the other."""

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

AT_MOST = 5
WITHIN_S = 60
_COUNTED = 100

log = structlog.get_logger(__name__)


class Guesses:
    """How often a name may be tried from one address: ``at_most`` failures within ``within_s`` seconds.

    Somebody who guesses shuts nobody else out: from other addresses the name is only answered more slowly. Counted in
    ``storage``, by which processes count together; one that does not answer hinders nobody.
    """

    def __init__(self, storage: Storage | None = None, *, at_most: int = AT_MOST, within_s: int = WITHIN_S) -> None:
        self._window = MovingWindowRateLimiter(storage or MemoryStorage())
        self._at_most = at_most
        self._item = RateLimitItemPerSecond(_COUNTED, within_s, namespace="earmark-guesses")

    def allowed(self, name: str, address: str) -> bool:
        return self._recent(name, address) < self._at_most

    def delay_s(self, name: str) -> float:
        """How long the next answer to this name waits, whoever asks: a tenth of a second for each failure beyond the
        usual, a second at most."""
        return min(1.0, 0.1 * max(0, self._recent(name) - self._at_most))

    def failed(self, name: str, address: str) -> None:
        try:
            for key in ((name,), (name, address)):
                self._window.hit(self._item, *key)
        except Exception as error:
            log.warning("guesses cannot be counted", error=type(error).__name__)

    def _recent(self, *key: str) -> int:
        try:
            return _COUNTED - int(self._window.get_window_stats(self._item, *key).remaining)
        except Exception as error:
            log.warning("guesses cannot be counted", error=type(error).__name__)
            return 0
