"""How long audio is kept, by the state of its track. Pure.

Written as ``decided=365,unreadable=30,withdrawn=7``: days since the track last changed. A state that is not named keeps
its audio for good.
"""

from schemas.review import TrackState

LONGEST_DAYS = 36_500


def keep_days(text: str) -> dict[TrackState, int]:
    """Days by state. Raises ``ValueError`` for what is no such list, or names a state in which work is to come."""
    found: dict[TrackState, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, days = part.partition("=")
        try:
            state = TrackState(name.strip())
        except ValueError:
            known = ", ".join(one.value for one in TrackState if one.settled)
            raise ValueError(f"{name.strip()!r} is no state of a track; there are {known}") from None
        if not state.settled:
            raise ValueError(f"audio of a track that is {state.value} is still needed")
        if not days.strip().isdigit() or not 1 <= int(days) <= LONGEST_DAYS:
            raise ValueError(f"{state.value} needs a number of days from 1 to {LONGEST_DAYS}")
        if state in found:
            raise ValueError(f"{state.value} is named twice")
        found[state] = int(days)
    return found
