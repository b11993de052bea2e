"""What a case is about, in words."""

from collections.abc import Sequence

from schemas.verdict import CaseScope
from service.store.tables.tracks import Track


def describe(scope: CaseScope, tracks: Sequence[Track]) -> str:
    """One line such as ``recording 'Low Water': 3 tracks by 3 artists``."""
    if not tracks:
        return f"{scope.value}: no tracks any more"
    artists = len({tuple(track.artists) for track in tracks})
    many = f"{_count(len(tracks), 'track')} by {_count(artists, 'artist')}"
    if scope is CaseScope.TRACK:
        return f"track '{tracks[0].title[:80]}'"
    if scope is CaseScope.SENDER:
        sender = tracks[0].sender_key.partition("/")[2] or "the tenant itself"
        return f"{many} from sender {sender}"
    return f"{scope.value} '{tracks[0].title[:80]}': {many}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
