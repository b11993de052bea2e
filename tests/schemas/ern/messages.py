"""ERN messages of our own for the tests: no DDEX sample is part of the project."""

import io

from schemas.ern.message import ErnMessage
from schemas.ern.read import read_message


def message(
    recording: str = "", *, version: str = "432", release: str = "", deals: str = "", header: str | None = None
) -> bytes:
    """A small NewReleaseMessage around the given inner elements."""
    if header is None:
        header = """<MessageHeader><MessageThreadId>T1</MessageThreadId><MessageId>M1</MessageId>
          <MessageSender><PartyId>PADPIDA2013042401U</PartyId></MessageSender>
          <MessageRecipient><PartyId>PADPIDA2009101501Y</PartyId></MessageRecipient>
          <MessageCreatedDateTime>2026-11-01T10:00:00Z</MessageCreatedDateTime></MessageHeader>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
      <ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/{version}" AvsVersionId="9">
      {header}
      <PartyList><Party><PartyReference>PA</PartyReference><PartyName><FullName>Ada</FullName></PartyName></Party></PartyList>
      <ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>
        <SoundRecordingEdition><ResourceId><ISRC>QZEM62600001</ISRC></ResourceId></SoundRecordingEdition>
        <DisplayTitleText>Low Water</DisplayTitleText>{recording}</SoundRecording></ResourceList>
      <ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Single</ReleaseType>{release}</Release></ReleaseList>
      {deals}</ern:NewReleaseMessage>""".encode()


def read(*args: str, **options: str) -> ErnMessage:
    return read_message(io.BytesIO(message(*args, **options)))


def contributor(role: str, *, party: str | None = "PA", special: str | None = None, ai: str | None = None) -> str:
    who = (
        f"<SpecialContributor>{special}</SpecialContributor>"
        if special
        else f"<ContributorPartyReference>{party}</ContributorPartyReference>"
    )
    contribution = f"<AiContribution>{ai}</AiContribution>" if ai else ""
    return f"<Contributor>{who}<Role><Value>{role}</Value></Role>{contribution}</Contributor>"
