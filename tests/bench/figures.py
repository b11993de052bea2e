"""What a measurement of ``make bench`` says beside its yardstick."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the report. ``met`` is ``None`` where there is no target."""

    what: str
    ours: str
    yardstick: str
    ratio: float
    target: str
    met: bool | None
