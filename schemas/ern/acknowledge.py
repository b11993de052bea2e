"""What became of a delivery's messages as a DDEX acknowledgement (ERN choreography, ``ern-c-sftp`` 1.8).

Element names and their order follow DDEX's public documentation of ``ReleaseStatus``, the values its allowed value sets
(SupplyChainStatus, ErncFileStatus, ErncProposedActionType). The choreography's schema is under DDEX's licence and not
part of this project.
"""

from datetime import UTC, datetime

from lxml import etree

from schemas.deliveries import FileStatus, MessageReport, MessageState, ReleaseReport, Report
from schemas.ern.xml_text import xml_text

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/18"

_SUPPLY_CHAIN = {
    MessageState.APPLIED: "SuccessfullyIngestedByReleaseDistributor",
    MessageState.SUPERSEDED: "ReleaseReceivedByReleaseDistributor",
    MessageState.DUPLICATE: "ReleaseReceivedByReleaseDistributor",
    MessageState.TEST: "ReleaseReceivedByReleaseDistributor",
    MessageState.WAITING: "ProcessingErrorAtReleaseDistributor",
    MessageState.REFUSED: "ProcessingErrorAtReleaseDistributor",
}
_ACTION = {
    FileStatus.INVALID: "ResendXmlOnly",
    FileStatus.METADATA_MISSING: "ResendXmlOnly",
    FileStatus.NO_DEAL: "ResendXmlOnly",
    FileStatus.RESOURCE_MISSING: "ResendXmlAndResources",
    FileStatus.HASH_WRONG: "ResendXmlAndResources",
    FileStatus.NOT_AS_SPECIFIED: "ResendXmlAndResources",
    FileStatus.QUOTA_REACHED: "DoNotResendRelease",
}
_LONGEST = 1000


def acknowledgement(report: Report, delivery_id: str, sender: str, now: datetime) -> bytes:
    """One ``ReleaseStatus`` for each release of each message, as UTF-8 XML; a message without one has its own.

    :param sender: DPID of whoever acknowledges; empty where the operator has set none
    """
    root = etree.Element(f"{{{NAMESPACE}}}AcknowledgementMessage", nsmap={"ern-c": NAMESPACE})
    root.set("AvsVersionId", "4")
    header = _add(root, "MessageHeader")
    moment = now.astimezone(UTC)
    _add(header, "MessageId", f"{delivery_id}-{moment:%Y%m%d%H%M%S}")
    if sender:
        _add(_add(header, "MessageSender"), "PartyId", sender)
    recipients = sorted({message.sender for message in report.messages if message.sender})
    if recipients:
        _add(_add(header, "MessageRecipient"), "PartyId", recipients[0])
    _add(header, "MessageCreatedDateTime", moment.isoformat(timespec="seconds").replace("+00:00", "Z"))
    for message in report.messages:
        for release in message.releases:
            _release_status(root, message, release)
        if not message.releases:
            _release_status(root, message, None)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _release_status(root: etree._Element, message: MessageReport, release: ReleaseReport | None) -> None:
    status = _add(root, "ReleaseStatus")
    _release_id(_add(status, "ReleaseId"), message, release)
    gone = release is not None and release.taken_down and message.state is MessageState.APPLIED
    _add(status, "ReleaseStatus", "ReleaseNotAvailable" if gone else _SUPPLY_CHAIN[message.state])
    faults = message.faults if message.state in (MessageState.WAITING, MessageState.REFUSED) else []
    if faults:
        _add(status, "ErrorText", "; ".join(fault.detail for fault in faults)[:_LONGEST])
        _add(status, "ProposedActionType", _ACTION.get(faults[0].status, "ResendXmlOnly"))
        _add(status, "ManualCheckRequired", "false")
        for isrc in dict.fromkeys(fault.isrc for fault in faults if fault.isrc):
            _add(_add(status, "AffectedResource"), "ISRC", isrc)
    own = _add(status, "Acknowledgement")
    _add(own, "MessageType", message.kind or "NewReleaseMessage")
    _add(own, "MessageId", message.message_id or message.file)
    if not faults:
        _add(_add(own, "MessageStatus"), "Status", FileStatus.OK.value)
    for fault in faults:
        told = _add(own, "MessageStatus")
        status = _add(told, "Status", fault.status.value)
        if fault.status is FileStatus.QUOTA_REACHED:
            status.set("UserDefinedValue", "QuotaReached")
        _add(told, "StatusMessage", fault.detail[:_LONGEST])


def _release_id(parent: etree._Element, message: MessageReport, release: ReleaseReport | None) -> None:
    if release is not None and release.grid:
        _add(parent, "GRid", release.grid)
    elif release is not None and release.upc:
        _add(parent, "ICPN", release.upc)
    else:
        own = (release.proprietary_id if release else None) or message.message_id or message.file
        _add(parent, "ProprietaryId", own).set("Namespace", xml_text(f"DPID:{message.sender or 'unknown'}"))


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, name)
    if text is not None:
        element.text = xml_text(text)
    return element
