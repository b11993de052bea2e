"""How often the rules are right, from what people found in what was flagged and in a sample of what was not."""

from dataclasses import dataclass

from service.rules.wilson import wilson_interval


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole with the interval of its share; the share is missing where the whole is nothing."""

    part: float
    of: float
    share: float | None
    low: float
    high: float


def counted(part: int, of: int) -> Share:
    """A share that was counted, with Wilson's interval of 95 %."""
    low, high = wilson_interval(part, of)
    return Share(part, of, part / of if of else None, low, high)


def false_positive_rate(wrong: int, unflagged: int, sampled: int, missed: int) -> Share:
    """Of all tracks with nothing to find, how many were flagged.

    ``wrong`` flags were cleared by people. How many of the ``unflagged`` tracks had nothing to find is not known; of
    ``sampled`` ones that people looked at ``missed`` had something, and the others stand for all. The interval is that
    of the sample. Without a sample there is no rate.
    """
    if not sampled:
        return Share(wrong, 0, None, 0.0, 1.0)
    least, most = wilson_interval(missed, sampled)
    good, fewest, all_but = (unflagged * (1 - share) for share in (missed / sampled, most, least))
    rate = _rate(wrong, good)
    return Share(wrong, wrong + good, rate, _rate(wrong, all_but) or 0.0, _rate(wrong, fewest) or 0.0)


def _rate(wrong: float, good: float) -> float | None:
    return wrong / (wrong + good) if wrong + good else None
