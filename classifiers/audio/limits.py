"""How much of a stranger's file is taken on before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one file. What is over a bound is refused with a reason; nothing is cut down silently.

    Four hours hold every real recording (DJ mixes, audio plays); the CPU bound is some twenty times what four hours of
    the slowest format need. ``stall_s`` is the time without a single new block after which the decoder is given up:
    the time that our own analysis takes between blocks does not count.
    """

    max_duration_s: float = 4 * 3600.0
    min_sample_rate_hz: int = 4_000
    max_sample_rate_hz: int = 384_000
    max_channels: int = 8
    cpu_s: int = 600
    stall_s: float = 60.0
    memory_bytes: int = 1 << 30
