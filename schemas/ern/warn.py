"""Collecting what a message says oddly: each warning with its place, none that stops the message."""

from lxml import etree

from schemas.ern.message import MessageWarning, WarningCode
from schemas.ern.navigate import line, local, where

MAX_WARNINGS = 200

AI_ELEMENTS = ("ContainsAI", "AiContribution", "SpecialContributor", "SpecialDisplayArtist")
"""Elements that came with ERN 4.3.1: in an older message they are read, and warned of."""

INVENTED = {
    "aicontributor",
    "aiinvolvementsummary",
    "aiinvolvementdescription",
    "aiinvolvement",
    "ddex_ai_flag",
    "ddexaiflag",
    "aigenerated",
    "isaigenerated",
    "aidisclosure",
    "aitool",
    "aimodel",
    "aiflag",
}
"""Elements seen in public code that are in no DDEX schema: they are named, and never read as a declaration."""


class Warnings:
    """A bounded list: a hostile message cannot fill the memory with its own oddities."""

    def __init__(self) -> None:
        self.found: list[MessageWarning] = []

    def add(self, code: WarningCode, element: etree._Element, message: str) -> None:
        if len(self.found) < MAX_WARNINGS:
            self.found.append(MessageWarning(code=code, message=message, where=where(element), line=line(element)))

    def missing(self, element: etree._Element, message: str) -> None:
        self.add(WarningCode.MISSING, element, message)

    def unknown_value(self, element: etree._Element, value: str, known: str) -> None:
        self.add(WarningCode.UNKNOWN_VALUE, element, f"{local(element)} is {value[:80]!r}; known are {known}")


def unexpected_elements(root: etree._Element, version: str, warnings: Warnings) -> None:
    """Warn of AI elements that no schema has, and of real ones in a version that does not have them yet."""
    early = version not in ("4.3.1", "4.3.2")
    for element in root.iter(etree.Element):
        name = local(element)
        if name.lower() in INVENTED:
            message = (
                f"{name} is in no DDEX schema and is not read; ERN 4.3.1 has ContainsAI and AiContribution for this"
            )
            warnings.add(WarningCode.INVENTED_ELEMENT, element, message)
        elif early and name in AI_ELEMENTS:
            message = f"{name} came with ERN 4.3.1 and is read here although the message is ERN {version}"
            warnings.add(WarningCode.ELEMENT_OF_LATER_VERSION, element, message)
