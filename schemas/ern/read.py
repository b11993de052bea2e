"""An ERN message read into our vocabulary, whatever its version.

Elements are found by name and not by position, so that one reader serves ERN 3.8 (details by territory) and ERN 4
(editions, party list). Unknown values and broken rules become warnings; only what is no ERN message is refused.
"""

from datetime import datetime
from typing import BinaryIO

from lxml import etree

from schemas.ern import warn
from schemas.ern.hardened import NAMESPACE, parse
from schemas.ern.images import images
from schemas.ern.message import ErnMessage, MessageKind
from schemas.ern.navigate import find, line, local, text
from schemas.ern.recordings import recordings
from schemas.ern.refusal import MessageRefused, RefusalReason
from schemas.ern.releases import purged_releases, releases

VERSIONS = {
    "38": "3.8",
    "381": "3.8.1",
    "382": "3.8.2",
    "383": "3.8.3",
    "41": "4.1",
    "411": "4.1.1",
    "42": "4.2",
    "43": "4.3",
    "431": "4.3.1",
    "432": "4.3.2",
}


def read_message(stream: BinaryIO) -> ErnMessage:
    """The message in a binary stream. Raises :class:`~schemas.ern.refusal.MessageRefused` with the reason."""
    return read_tree(parse(stream))


def read_tree(root: etree._Element) -> ErnMessage:
    """The message under an already parsed root element."""
    version = _version(root)
    kind = _kind(root)
    header = find(root, "MessageHeader")
    if header is None:
        raise MessageRefused(RefusalReason.NO_HEADER, "the message has no MessageHeader", line(root))
    message_id = text(header, "MessageId")
    if message_id is None:
        raise MessageRefused(RefusalReason.NO_MESSAGE_ID, "the MessageHeader has no MessageId", line(header))
    warnings = warn.Warnings()
    created = text(header, "MessageCreatedDateTime")
    created_at = _moment(created)
    if created_at is None:
        warnings.missing(header, "MessageCreatedDateTime is missing or no date and time")
    sender = text(header, "MessageSender/PartyId", "MessageSender/TradingName")
    if sender is None:
        warnings.missing(header, "the MessageSender has no PartyId")
    tracks = list(recordings(root, warnings))
    found = (
        list(releases(root, warnings, created_at)) if kind is MessageKind.NEW_RELEASE else list(purged_releases(root))
    )
    warn.unexpected_elements(root, version, warnings)
    return ErnMessage(
        version=version,
        kind=kind,
        avs_version=root.get("AvsVersionId"),
        message_id=message_id,
        thread_id=text(header, "MessageThreadId"),
        sender=sender,
        sender_name=text(header, "MessageSender/PartyName/FullName"),
        recipient=text(header, "MessageRecipient/PartyId"),
        created_at=created_at,
        test=text(header, "MessageControlType") == "TestMessage",
        releases=found,
        tracks=tracks,
        images=list(images(root)),
        warnings=warnings.found,
    )


def _version(root: etree._Element) -> str:
    namespace = etree.QName(root).namespace or ""
    match = NAMESPACE.fullmatch(namespace)
    if match is None:
        raise MessageRefused(RefusalReason.NOT_ERN, "the root element is not in a DDEX ERN namespace", line(root))
    version = VERSIONS.get(match[1])
    if version is None:
        known = ", ".join(VERSIONS.values())
        detail = f"ERN version {'.'.join(match[1])} is not supported; supported are {known}"
        raise MessageRefused(RefusalReason.UNSUPPORTED_VERSION, detail, line(root))
    return version


def _kind(root: etree._Element) -> MessageKind:
    try:
        return MessageKind(local(root))
    except ValueError:
        detail = f"{local(root)[:80]} is not a message that is read here; NewReleaseMessage and PurgeReleaseMessage are"
        raise MessageRefused(RefusalReason.UNSUPPORTED_MESSAGE, detail, line(root)) from None


def _moment(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
