"""The releases of a message and whether its deals still carry them.

A release is taken down by its deals: by an end date that has passed, by ``TakeDown``, or by having none left
(DDEX ERN choreographies: an update replaces the whole message, so no usable deal means no availability).
"""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from schemas.ern.message import ErnRelease, WarningCode
from schemas.ern.navigate import children, find, find_all, local, text
from schemas.ern.recordings import optional_ai_level, parties
from schemas.ern.warn import Warnings
from schemas.identifiers import normalise_upc


def releases(root: etree._Element, warnings: Warnings, created_at: datetime | None) -> Iterator[ErnRelease]:
    """Every release that is a product; track releases stand for their recordings and are left out."""
    names = parties(root)
    deals = list(_deals(root))
    for release in find_all(root, "ReleaseList/Release"):
        kind = text(release, "ReleaseType")
        if kind == "TrackRelease":
            continue
        reference = text(release, "ReleaseReference")
        own = [deal for references, deal in deals if reference in references]
        usable = [deal for deal in own if _usable(deal, created_at)]
        anything_usable = any(_usable(deal, created_at) for _, deal in deals)
        territory = find(release, "ReleaseDetailsByTerritory")
        label = text(release, "ReleaseLabelReference")
        yield ErnRelease(
            release_reference=reference,
            upc=_upc(release, warnings),
            grid=text(release, "ReleaseId/GRid"),
            proprietary_id=text(release, "ReleaseId/ProprietaryId", "ReleaseId/CatalogNumber"),
            title=text(release, "DisplayTitleText", "DisplayTitle/TitleText", "ReferenceTitle/TitleText"),
            type=kind,
            artist=text(release, "DisplayArtistName") or text(territory, "DisplayArtistName"),
            label=names.get(label, label) if label else text(territory, "LabelName") or text(release, "LabelName"),
            release_date=text(release, "ReleaseDate", "OriginalReleaseDate", "GlobalOriginalReleaseDate")
            or text(territory, "ReleaseDate", "OriginalReleaseDate"),
            contains_ai=optional_ai_level(find(release, "ContainsAI"), warnings),
            resource_references=_references(release, "ReleaseResourceReference"),
            linked_references=_references(release, "LinkedReleaseResourceReference"),
            deals=len(own),
            taken_down=not usable and (bool(own) or not anything_usable),
        )


def purged_releases(root: etree._Element) -> Iterator[ErnRelease]:
    """The releases that a PurgeReleaseMessage retracts."""
    for purged in children(root, "PurgedRelease"):
        yield ErnRelease(
            upc=text(purged, "ReleaseId/ICPN"),
            grid=text(purged, "ReleaseId/GRid"),
            proprietary_id=text(purged, "ReleaseId/ProprietaryId", "ReleaseId/CatalogNumber"),
            title=text(purged, "Title/TitleText", "DisplayTitleText"),
            taken_down=True,
        )


def _deals(root: etree._Element) -> Iterator[tuple[set[str | None], etree._Element]]:
    for release_deal in find_all(root, "DealList/ReleaseDeal"):
        references = {text(element) for element in children(release_deal, "DealReleaseReference")}
        for deal in children(release_deal, "Deal"):
            yield references, deal


def _usable(deal: etree._Element, created_at: datetime | None) -> bool:
    terms = find(deal, "DealTerms")
    if terms is None or text(terms, "TakeDown") == "true":
        return False
    end = text(terms, "ValidityPeriod/EndDate", "ValidityPeriod/EndDateTime")
    return not (end and created_at and end[:10] <= created_at.date().isoformat())


def _upc(release: etree._Element, warnings: Warnings) -> str | None:
    element = find(release, "ReleaseId/ICPN")
    value = text(element)
    if element is None or value is None:
        return None
    try:
        return normalise_upc(value)
    except ValueError as error:
        warnings.add(WarningCode.INVALID_IDENTIFIER, element, f"{value[:40]!r}: {error}")
        return value


def _references(release: etree._Element, name: str) -> list[str]:
    found = [value for element in release.iter(etree.Element) if local(element) == name and (value := text(element))]
    return list(dict.fromkeys(found))
