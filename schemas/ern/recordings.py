"""The sound recordings of a message, with what each declares about AI."""

import re
from collections.abc import Iterator

from lxml import etree

from schemas.disclosure import Declaration, Facet, Level
from schemas.ern.disclosure import declaration_of, level_of_value
from schemas.ern.files import files_of
from schemas.ern.message import ErnContributor, ErnTrack, WarningCode
from schemas.ern.navigate import children, find, find_all, text
from schemas.ern.warn import Warnings
from schemas.identifiers import normalise_isrc

_DURATION = re.compile(
    r"P(?:(?P<d>\d{1,5}(?:\.\d+)?)D)?(?:T(?:(?P<h>\d{1,6}(?:\.\d+)?)H)?(?:(?P<m>\d{1,7}(?:\.\d+)?)M)?(?:(?P<s>\d{1,9}(?:\.\d+)?)S)?)?"
)
_SPECIAL = ("GenerativeAI", "Traditional", "UserDefined", "VariousArtists")
_CONTRIBUTORS = ("Contributor", "ResourceContributor", "IndirectResourceContributor", "EditionContributor")


def seconds(duration: str | None) -> float | None:
    """Seconds of an ISO 8601 duration such as ``PT3M45S``; nothing for anything else."""
    match = _DURATION.fullmatch(duration or "")
    if match is None or not any(match.groupdict().values()):
        return None
    days, hours, minutes, rest = (float(match[key] or 0) for key in "dhms")
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def parties(root: etree._Element) -> dict[str, str]:
    """Names by party reference (ERN 4's party list)."""
    return {
        reference: name
        for party in find_all(root, "PartyList/Party")
        if (reference := text(party, "PartyReference"))
        and (name := text(party, "PartyName/FullName", "PartyName/KeyName")) is not None
    }


def recordings(root: etree._Element, warnings: Warnings) -> Iterator[ErnTrack]:
    """Every ``SoundRecording`` in the order of the message."""
    names = parties(root)
    artwork = _highest(root, ("Image",), warnings)
    video = _highest(root, ("Video",), warnings)
    of_release = _release_level(root, warnings)
    for recording in find_all(root, "ResourceList/SoundRecording"):
        yield _track(recording, names, {Facet.ARTWORK: artwork, Facet.VIDEO: video}, of_release, warnings)


def _track(
    recording: etree._Element, names: dict[str, str], beside: Declaration, of_release: Level, warnings: Warnings
) -> ErnTrack:
    territory = find(recording, "SoundRecordingDetailsByTerritory")
    edition = find(recording, "SoundRecordingEdition")
    places = [place for place in (recording, territory, edition) if place is not None]
    contributors = [
        _contributor(element, names, warnings) for place in places for element in children(place, *_CONTRIBUTORS)
    ]
    stated = optional_ai_level(find(recording, "ContainsAI"), warnings)
    effective = stated
    if stated is Level.UNDECLARED and of_release in (Level.ALL, Level.NONE):
        effective = of_release
    declared, findings = declaration_of(effective, contributors)
    for code, message in findings:
        warnings.add(code, recording, message)
    declared.update({facet: level for facet, level in beside.items() if level is not Level.UNDECLARED})
    return ErnTrack(
        resource_reference=text(recording, "ResourceReference"),
        isrc=_isrc(recording, warnings),
        title=_title(recording, territory),
        version=text(recording, "DisplayTitle/SubTitle", "ReferenceTitle/SubTitle"),
        artists=_artists(recording, territory, names, warnings),
        contributors=contributors,
        contains_ai=stated,
        declared_ai=declared,
        duration_s=seconds(text(recording, "Duration")),
        language=text(recording, "LanguageOfPerformance"),
        p_line=text(edition, "PLine/PLineText")
        or text(territory, "PLine/PLineText")
        or text(recording, "PLine/PLineText"),
        files=files_of(recording),
    )


def ai_level(element: etree._Element, warnings: Warnings) -> Level:
    """The level of a ``ContainsAI`` or ``AiContribution`` element; a value nobody knows is warned of and undeclared."""
    value = text(element)
    level = level_of_value(value)
    if level is Level.UNDECLARED:
        warnings.unknown_value(element, value or "", "All, Partly, None")
    return level


def optional_ai_level(element: etree._Element | None, warnings: Warnings) -> Level:
    """The same where the element may be absent: absent is undeclared, and never none."""
    return Level.UNDECLARED if element is None else ai_level(element, warnings)


def _highest(root: etree._Element, names: tuple[str, ...], warnings: Warnings) -> Level:
    levels = [
        ai_level(element, warnings)
        for resources in children(root, "ResourceList")
        for resource in children(resources, *names)
        for element in children(resource, "ContainsAI")
    ]
    order = (Level.ALL, Level.PARTLY, Level.NONE)
    return next((level for level in order if level in levels), Level.UNDECLARED)


def _release_level(root: etree._Element, warnings: Warnings) -> Level:
    levels = {
        ai_level(element, warnings)
        for release in find_all(root, "ReleaseList/Release")
        for element in children(release, "ContainsAI")
    }
    return levels.pop() if len(levels) == 1 else Level.UNDECLARED


def _contributor(element: etree._Element, names: dict[str, str], warnings: Warnings) -> ErnContributor:
    reference = text(element, "ContributorPartyReference", "ArtistPartyReference")
    special = find(element, "SpecialContributor")
    if special is None:
        special = find(element, "SpecialDisplayArtist")
    value = text(special) or text(special, "Value", "Type")
    if special is not None and value not in _SPECIAL:
        warnings.unknown_value(special, value or "", ", ".join(_SPECIAL))
    name = text(element, "PartyName/FullName", "PartyName/KeyName")
    if reference is not None and name is None:
        name = names.get(reference)
        if name is None:
            warnings.add(WarningCode.NO_SUCH_PARTY, element, f"the party list has no {reference[:80]!r}")
    return ErnContributor(
        name=name,
        party_reference=reference,
        special=value,
        roles=list(_roles(element)),
        ai_contribution=optional_ai_level(find(element, "AiContribution"), warnings),
    )


def _roles(element: etree._Element) -> Iterator[str]:
    for role in children(
        element,
        *("Role", "ResourceContributorRole", "IndirectResourceContributorRole", "DisplayArtistRole", "ArtistRole"),
    ):
        inner = find(role, "Value")
        holder = role if inner is None else inner
        value = text(holder)
        if value == "UserDefined":
            value = holder.get("UserDefinedValue") or role.get("UserDefinedValue") or value
        if value:
            yield value


def _artists(
    recording: etree._Element, territory: etree._Element | None, names: dict[str, str], warnings: Warnings
) -> list[ErnContributor]:
    found = [
        _contributor(element, names, warnings)
        for place in (recording, territory)
        for element in children(place, "DisplayArtist")
    ]
    if found:
        return found
    name = text(recording, "DisplayArtistName") or text(territory, "DisplayArtistName")
    return [ErnContributor(name=name, roles=["MainArtist"])] if name else []


def _title(recording: etree._Element, territory: etree._Element | None) -> str | None:
    if text(recording, "DisplayTitle/SubTitle") and (title := text(recording, "DisplayTitle/TitleText")):
        return title  # the text for display has the version in it, which is told apart here
    for element in children(territory, "Title"):
        if element.get("TitleType") == "DisplayTitle" and (title := text(element, "TitleText")):
            return title
    return text(recording, "DisplayTitleText", "DisplayTitle/TitleText", "ReferenceTitle/TitleText", "Title/TitleText")


def _isrc(recording: etree._Element, warnings: Warnings) -> str | None:
    for path in ("SoundRecordingEdition/ResourceId/ISRC", "ResourceId/ISRC", "SoundRecordingId/ISRC"):
        element = find(recording, path)
        value = text(element)
        if element is not None and value:
            try:
                return normalise_isrc(value)
            except ValueError as error:
                warnings.add(WarningCode.INVALID_IDENTIFIER, element, f"{value[:40]!r}: {error}")
                return value
    return None
