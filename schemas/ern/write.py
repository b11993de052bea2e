"""Our records written as an ERN 4.3.2 NewReleaseMessage with the disclosure in it.

A facet is written as a contributor under the plainest role that stands for it: ALL as generative AI, PARTLY and NONE by
whoever is credited there, or else as the main artist's own statement (:mod:`schemas.ern.credited`). An undeclared facet
has no statement, so that absence is never written as none.
Elements stand in the order of the schema (ERN 4.3.2, release-notification.xsd).
"""

from datetime import UTC, datetime

from lxml import etree
from pydantic import BaseModel

from schemas.catalogue import TrackMetadata
from schemas.disclosure import Facet, Level, level_of
from schemas.ern.credited import Credited, contributors, display_artists
from schemas.ern.disclosure import GENERATIVE_AI, contains_ai_of
from schemas.ern.roles import is_allowed
from schemas.ern.xml_text import xml_text

NAMESPACE = "http://ddex.net/xml/ern/432"
_VALUE = {Level.ALL: "All", Level.PARTLY: "Partly", Level.NONE: "None"}
_RELEASE_TYPES = {name.lower(): name for name in ("Single", "EP", "Album", "MiniAlbum", "MaxiSingle", "Compilation")}


class DeliveredTrack(BaseModel):
    """A track to be written: its metadata, its audio file and how long it plays."""

    metadata: TrackMetadata
    duration_s: float
    uri: str
    sha256: str


class Envelope(BaseModel):
    """Who sends the message to whom, and when. ``sender`` and ``recipient`` are DPIDs."""

    message_id: str
    thread_id: str
    sender: str
    sender_name: str
    recipient: str
    created_at: datetime
    test: bool = False


def write_message(envelope: Envelope, tracks: list[DeliveredTrack]) -> bytes:
    """One release with its tracks, in order, as UTF-8 XML. ``tracks`` must not be empty; the release is the first's."""
    if not tracks:
        raise ValueError("a NewReleaseMessage needs at least one track")
    root = etree.Element(f"{{{NAMESPACE}}}NewReleaseMessage", nsmap={"ern": NAMESPACE})
    root.set("AvsVersionId", "9")
    root.set("LanguageAndScriptCode", "en")
    root.set("ReleaseProfileVersionId", "SimpleAudioSingle" if len(tracks) == 1 else "Audio")
    _header(root, envelope)
    names = _party_references(tracks, envelope.sender_name)
    parties = _add(root, "PartyList")
    for name, reference in names.items():
        party = _add(parties, "Party")
        _add(party, "PartyReference", reference)
        _add(_add(party, "PartyName"), "FullName", name)
    resources = _add(root, "ResourceList")
    for position, track in enumerate(tracks, start=1):
        _recording(resources, position, track, names)
    artwork = _highest(tracks, Facet.ARTWORK)
    if artwork is not Level.UNDECLARED:
        image = _add(resources, "Image")
        _add(image, "ResourceReference", f"A{len(tracks) + 1}")
        _add(image, "Type", "FrontCoverImage")
        proprietary = _add(_add(image, "ResourceId"), "ProprietaryId", f"{envelope.message_id}-cover")
        proprietary.set("Namespace", f"DPID:{envelope.sender}")
        _add(image, "ContainsAI", _VALUE[artwork])
    _release(_add(root, "ReleaseList"), tracks, names, envelope, with_image=artwork is not Level.UNDECLARED)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, name)
    if text is not None:
        element.text = xml_text(text)
    return element


def _header(root: etree._Element, envelope: Envelope) -> None:
    header = _add(root, "MessageHeader")
    _add(header, "MessageThreadId", envelope.thread_id)
    _add(header, "MessageId", envelope.message_id)
    sender = _add(header, "MessageSender")
    _add(sender, "PartyId", envelope.sender)
    _add(_add(sender, "PartyName"), "FullName", envelope.sender_name)
    _add(_add(header, "MessageRecipient"), "PartyId", envelope.recipient)
    moment = envelope.created_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    _add(header, "MessageCreatedDateTime", moment)
    _add(header, "MessageControlType", "TestMessage" if envelope.test else "LiveMessage")


def _party_references(tracks: list[DeliveredTrack], sender_name: str) -> dict[str, str]:
    names = [artist.name for track in tracks for artist in track.metadata.artists]
    names += [track.metadata.release.label or sender_name for track in tracks]
    return {name: f"P{position}" for position, name in enumerate(dict.fromkeys(names), start=1)}


def _recording(resources: etree._Element, position: int, track: DeliveredTrack, names: dict[str, str]) -> None:
    metadata = track.metadata
    recording = _add(resources, "SoundRecording")
    _add(recording, "ResourceReference", f"A{position}")
    _add(recording, "Type", "MusicalWorkSoundRecording")
    edition = _add(recording, "SoundRecordingEdition")
    identifier = _add(edition, "ResourceId")
    if metadata.isrc:
        _add(identifier, "ISRC", metadata.isrc)
    else:
        _add(identifier, "ProprietaryId", metadata.client_reference or track.sha256[:32]).set("Namespace", "earmark")
    if metadata.p_line:
        _add(_add(edition, "PLine"), "PLineText", metadata.p_line)
    technical = _add(edition, "TechnicalDetails")
    _add(technical, "TechnicalResourceDetailsReference", f"T{position}")
    delivery = _add(technical, "DeliveryFile")
    _add(delivery, "Type", "AudioFile")
    file = _add(delivery, "File")
    _add(file, "URI", track.uri)
    digest = _add(file, "HashSum")
    _add(digest, "Algorithm", "SHA-256")
    _add(digest, "HashSumValue", track.sha256)
    _titles(recording, metadata.title, metadata.version)
    _display_artists(recording, metadata, names)
    declaration = metadata.declared_ai
    for sequence, credited in enumerate(contributors(metadata), start=1):
        _contributor(recording, sequence, credited, names)
    _add(recording, "Duration", _duration(track.duration_s))
    _add(recording, "ParentalWarningType", _warning_type(metadata.explicit))
    whole = contains_ai_of(declaration)
    if whole is not Level.UNDECLARED:
        _add(recording, "ContainsAI", _VALUE[whole])
    _add(recording, "LanguageOfPerformance", metadata.language or "zxx")


def _contributor(recording: etree._Element, sequence: int, credited: Credited, names: dict[str, str]) -> None:
    contributor = _add(recording, "Contributor")
    contributor.set("SequenceNumber", str(sequence))
    if credited.name is None:
        _add(contributor, "SpecialContributor", GENERATIVE_AI)
    else:
        _add(contributor, "ContributorPartyReference", names[credited.name])
    role = _add(contributor, "Role")
    if is_allowed(credited.role):
        _add(role, "Value", credited.role)
    else:
        _add(role, "Value", "UserDefined").set("UserDefinedValue", xml_text(credited.role))
    if credited.level is not Level.UNDECLARED:
        _add(contributor, "AiContribution", _VALUE[credited.level])


def _titles(parent: etree._Element, title: str, version: str | None) -> None:
    _add(parent, "DisplayTitleText", f"{title} ({version})" if version else title)
    display = _add(parent, "DisplayTitle")
    display.set("ApplicableTerritoryCode", "Worldwide")
    _add(display, "TitleText", title)
    if version:
        _add(display, "SubTitle", version)


def _display_artists(parent: etree._Element, metadata: TrackMetadata, names: dict[str, str]) -> None:
    billed = display_artists(metadata)
    main = ", ".join(name for name, role in billed if role == "MainArtist")
    _add(parent, "DisplayArtistName", main).set("ApplicableTerritoryCode", "Worldwide")
    for sequence, (name, role) in enumerate(billed, start=1):
        element = _add(parent, "DisplayArtist")
        element.set("SequenceNumber", str(sequence))
        _add(element, "ArtistPartyReference", names[name])
        _add(element, "DisplayArtistRole", role)


def _release(
    releases: etree._Element, tracks: list[DeliveredTrack], names: dict[str, str], envelope: Envelope, with_image: bool
) -> None:
    metadata = tracks[0].metadata
    about = metadata.release
    release = _add(releases, "Release")
    _add(release, "ReleaseReference", "R0")
    kind = (about.type or ("Single" if len(tracks) == 1 else "Album")).lower()
    _add(release, "ReleaseType", _RELEASE_TYPES.get(kind, "Album"))
    identifier = _add(release, "ReleaseId")
    if about.upc:
        _add(identifier, "ICPN", about.upc)
    else:
        _add(identifier, "ProprietaryId", envelope.thread_id).set("Namespace", f"DPID:{envelope.sender}")
    _titles(release, about.title or metadata.title, None)
    _display_artists(release, metadata, names)
    label = _add(release, "ReleaseLabelReference", names[about.label or envelope.sender_name])
    label.set("ApplicableTerritoryCode", "Worldwide")
    genre = _add(release, "DisplayGenre")
    genre.set("ApplicableTerritoryCode", "Worldwide")
    _add(genre, "GenreText", metadata.genre or "Unspecified")
    if about.release_date:
        date = _add(release, "OriginalReleaseDate", about.release_date.isoformat())
        date.set("ApplicableTerritoryCode", "Worldwide")
    _add(release, "IsSingleArtistCompilation", "false")
    group = _add(release, "ResourceGroup")
    _add(group, "SequenceNumber", "1")
    for position in range(1, len(tracks) + 1):
        item = _add(group, "ResourceGroupContentItem")
        _add(item, "SequenceNumber", str(position))
        _add(item, "ReleaseResourceReference", f"A{position}")
        if with_image:
            _add(item, "LinkedReleaseResourceReference", f"A{len(tracks) + 1}")
    whole = {contains_ai_of(track.metadata.declared_ai) for track in tracks}
    level = whole.pop() if len(whole) == 1 else Level.PARTLY if whole & {Level.ALL, Level.PARTLY} else Level.UNDECLARED
    if level is not Level.UNDECLARED:
        _add(release, "ContainsAI", _VALUE[level])


def _highest(tracks: list[DeliveredTrack], facet: Facet) -> Level:
    levels = [level_of(track.metadata.declared_ai, facet) for track in tracks]
    return next((level for level in (Level.ALL, Level.PARTLY, Level.NONE) if level in levels), Level.UNDECLARED)


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"PT{whole // 60}M{whole % 60}S"


def _warning_type(explicit: bool | None) -> str:
    return {True: "Explicit", False: "NotExplicit", None: "NoAdviceAvailable"}[explicit]
