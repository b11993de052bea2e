"""When to try again. Pure.

The pauses are those that the Standard Webhooks rules advise, from seconds to a day; jitter keeps receivers that failed
together from being asked together.
"""

LONGEST_QUIET_S = 600.0
"""A webhook that fails is left alone as a whole for at most this long, so that it is soon known that it is well."""

JITTER = 0.25


def pauses(text: str) -> tuple[float, ...]:
    """Pauses from a setting: seconds, separated by commas. Raises ``ValueError``."""
    found = tuple(float(part) for part in text.split(",") if part.strip())
    if any(not 0 <= pause <= 7 * 86_400 for pause in found):
        raise ValueError("a pause has between 0 seconds and a week")
    return found


def pause_after(
    attempts: int, schedule: tuple[float, ...], chance: float, asked_s: float | None = None
) -> float | None:
    """Seconds until the next attempt after so many failed ones; ``None``: give up.

    :param chance: between 0 and 1; lengthens the pause by up to a quarter
    :param asked_s: what the receiver asked for in ``Retry-After``; counts where it is longer, up to a day
    """
    if attempts > len(schedule):
        return None
    planned = schedule[attempts - 1] * (1 + JITTER * chance)
    return max(planned, min(asked_s or 0.0, 86_400.0))


def quiet_for(failures: int, schedule: tuple[float, ...], chance: float) -> float:
    """Seconds for which a webhook is left alone after so many failures in a row, whatever is waiting for it."""
    if not schedule:
        return 0.0
    planned = schedule[min(failures, len(schedule)) - 1]
    return min(planned, LONGEST_QUIET_S) * (1 + JITTER * chance)
