"""From an ERN message to the tracks of each release, as any other intake has them. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from schemas.catalogue import MAX_TITLE, TrackMetadata
from schemas.deliveries import Fault, FileStatus
from schemas.disclosure import Level
from schemas.ern.message import ErnContributor, ErnFile, ErnMessage, ErnRelease, ErnTrack

SHORT = 255


@dataclass(frozen=True)
class ReleaseTrack:
    """A recording on a release. ``key`` is what it is known by in later messages."""

    key: str
    metadata: TrackMetadata
    files: list[ErnFile] = field(default_factory=list)


def release_key(message: ErnMessage, release: ErnRelease) -> str:
    """What a release is known by in later messages: its GRid or UPC, its sender's own id, its thread."""
    named = release.grid or release.upc or release.proprietary_id or message.thread_id or message.message_id
    kind = "grid" if release.grid else "upc" if release.upc else "own"
    return f"{kind}:{named}"[:300]


def tracks_of(message: ErnMessage, release: ErnRelease) -> tuple[list[ReleaseTrack], list[Fault]]:
    """The recordings of a release in its order, and what is missing to make tracks of them.

    A release that refers to none has all of the message. Where two go by the same ISRC, the second is known by its
    reference.
    """
    by_reference = {track.resource_reference: track for track in message.tracks}
    named = [by_reference[reference] for reference in release.resource_references if reference in by_reference]
    found: dict[str, ReleaseTrack] = {}
    faults: list[Fault] = []
    for position, track in enumerate(named or message.tracks, start=1):
        key = track.isrc if track.isrc and track.isrc not in found else track.resource_reference or f"#{position}"
        try:
            found[key] = ReleaseTrack(key, TrackMetadata.model_validate(_said(message, release, track)), track.files)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            detail = f"recording {key}: {where}: {first['msg']}"
            faults.append(Fault(status=FileStatus.METADATA_MISSING, detail=detail[:300], isrc=track.isrc))
    return list(found.values()), faults


def _said(message: ErnMessage, release: ErnRelease, track: ErnTrack) -> dict[str, object]:
    """Metadata as a sender would write it. An identifier with a wrong check digit was warned of and is left out here;
    the message itself is kept."""
    wrong = {warning.message.split("'")[1] for warning in message.warnings if warning.code == "invalid-identifier"}
    said: dict[str, object] = {
        "title": (track.title or "")[:MAX_TITLE],
        "version": _short(track.version),
        "artists": _credits(track),
        "isrc": track.isrc if track.isrc not in wrong else None,
        "release": {
            "title": release.title[:MAX_TITLE] if release.title else None,
            "upc": release.upc if release.upc not in wrong else None,
            "label": _short(release.label),
            "type": _short(release.type),
            "release_date": (release.release_date or "")[:10] if _is_date(release.release_date) else None,
            "artist": _short(release.artist),
        },
        "language": track.language if re.fullmatch("[A-Za-z]{2,3}", track.language or "") else None,
        "p_line": _short(track.p_line),
        "sender": {"id": _short(release.label) or _short(message.sender_name), "parent": _short(message.sender)},
        "declared_ai": {facet: level for facet, level in track.declared_ai.items() if level is not Level.UNDECLARED},
        "client_reference": _short(f"{message.sender}/{message.message_id}/{track.resource_reference}"),
    }
    return {name: value for name, value in said.items() if value is not None}


def _credits(track: ErnTrack) -> list[dict[str, str]]:
    """Artists, then contributors by each of their roles; who is named in no way is no credit."""
    found: dict[tuple[str, str], None] = {}
    for person in [*track.artists, *track.contributors]:
        if person.name and person.name.strip():
            for role in person.roles or [_default_role(person, track)]:
                found[(person.name[:MAX_TITLE], role[:SHORT])] = None
    return [{"name": name, "role": role} for name, role in found][:200]


def _default_role(person: ErnContributor, track: ErnTrack) -> str:
    return "MainArtist" if person in track.artists else "Contributor"


def _short(value: str | None) -> str | None:
    return value.strip()[:SHORT] or None if value else None


def _is_date(value: str | None) -> bool:
    try:
        date.fromisoformat((value or "")[:10])
    except ValueError:
        return False
    return True
