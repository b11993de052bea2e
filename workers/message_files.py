"""The files that a message needs among those that were delivered: audio for its tracks, a cover for its release."""

from collections.abc import Iterable

from schemas.deliveries import Fault, FileStatus
from schemas.ern.images import cover_of
from schemas.ern.message import ErnFile, ErnMessage, ErnRelease
from service.ddex import resources
from service.ddex.applying import Audio, Found
from service.ddex.tracks import ReleaseTrack
from service.store.tables.deliveries import DeliveryFile
from workers.lifecycle import Context


def audio_for(
    context: Context,
    message_file: str,
    tracks: Iterable[ReleaseTrack],
    files: list[DeliveryFile],
    standing: set[str],
    earlier: Found,
) -> tuple[Found, list[Fault]]:
    """Audio for the tracks of a release, its hash sums verified, and what is missing or wrong.

    :param standing: keys of tracks that have their audio already
    :param earlier: audio of tracks that were taken down
    """
    audio: Found = {}
    faults: list[Fault] = []
    for track in tracks:
        file, fault = _first(context, message_file, track.files, files)
        if fault is not None:
            faults.append(fault)
        elif file is not None:
            audio[track.key] = Audio(file.sha256, file.name)
        elif track.key in earlier and track.key not in standing:
            audio[track.key] = earlier[track.key]
        elif track.key not in standing:
            missing = _missing(f"the audio of {track.key}", track.files)
            faults.append(missing.model_copy(update={"isrc": track.metadata.isrc}))
    return audio, faults


def cover_for(
    context: Context, message_file: str, message: ErnMessage, release: ErnRelease, files: list[DeliveryFile], new: bool
) -> tuple[str | None, Fault | None]:
    """SHA-256 of the cover that a release names, where it was delivered, and what is wrong with it.

    A release that is ``new`` waits for a cover that its message names; one that is there keeps what it has.
    """
    image = cover_of(message, release)
    if image is None or release.taken_down:
        return None, None
    file, fault = _first(context, message_file, image.files, files)
    if fault is not None:
        return None, fault
    if file is None:
        return None, _missing("the cover", image.files) if new else None
    most = context.settings.max_artwork_bytes
    if file.size_bytes > most:
        detail = f"the cover {file.name} has {file.size_bytes} bytes; {most} are taken"
        return None, Fault(status=FileStatus.NOT_AS_SPECIFIED, detail=detail[:500], file=image.files[0].uri)
    return file.sha256, None


def _first(
    context: Context, message_file: str, stated: Iterable[ErnFile], files: list[DeliveryFile]
) -> tuple[DeliveryFile | None, Fault | None]:
    """The first of the files that a message names which was delivered, and the fault of its hash sum."""
    for each in stated:
        file = resources.find(each.uri, message_file, files)
        if file is not None:
            fault = resources.check(each, file, context.blobs.read)
            return (None, fault) if fault else (file, None)
    return None, None


def _missing(what: str, stated: list[ErnFile]) -> Fault:
    named = ", ".join(each.uri for each in stated[:3]) or "no file is named"
    uri = stated[0].uri if stated else None
    return Fault(status=FileStatus.RESOURCE_MISSING, detail=f"{what} is missing: {named}"[:500], file=uri)
