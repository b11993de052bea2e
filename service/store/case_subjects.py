"""What a case is about, in words."""

from collections.abc import Sequence

from schemas.verdict import CaseScope
from service.store.tables.tracks import Track


def describe(scope: CaseScope, first: Sequence[Track], tracks: int, artists: int, senders: int = 1) -> str:
    """One line such as ``recording 'Low Water': 3 tracks by 3 artists``.

    ``first`` is the case's first track, if any; ``tracks``, ``artists`` and ``senders`` are how many there are in
    all.
    """
    if not first:
        return f"{scope.value}: no tracks any more"
    many = f"{_count(tracks, 'track')} by {_count(artists, 'artist')}"
    if scope is CaseScope.TRACK:
        return f"track '{first[0].title[:80]}'"
    if scope is CaseScope.SENDER:
        sender = first[0].sender_key.partition("/")[2] or "the tenant itself"
        others = f" and {_count(senders - 1, 'account')} joined with it" if senders > 1 else ""
        return f"{many} from sender {sender}{others}"
    return f"{scope.value} '{first[0].title[:80]}': {many}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
