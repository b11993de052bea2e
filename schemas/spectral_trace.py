"""What the strongest trace of a decoder looks like, so that a person can see it and need not believe a number."""

from enum import StrEnum

from pydantic import Field

from schemas.evidence import Frozen


class TraceKind(StrEnum):
    """What was found at equal distances: lines in the spectrum, or swings of the sound's power."""

    LINES = "lines"
    SWINGS = "swings"


class SpectralTrace(Frozen):
    """All places of a comb laid over one another: a real one stands out in the middle, chance stays level."""

    kind: TraceKind
    spacing_hz: float
    low_hz: float = Field(description="Lower edge of the sound that was searched.")
    high_hz: float = Field(description="Upper edge of it.")
    places: int = Field(description="Number of places that were laid over one another.")
    step_hz: float = Field(description="Distance of one value to the next.")
    around: list[float] = Field(
        description="Mean over all places, from so many steps under each to as many over it. Lines: dB over their "
        "surroundings. Swings: power over that of chance."
    )
