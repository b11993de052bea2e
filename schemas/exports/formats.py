"""The forms in which a track's label can be had, and the translation of each that is JSON."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from schemas.disclosure import Declaration
from schemas.exports.apple import apple_tags
from schemas.exports.china_aigc import aigc_label, aigc_metadata
from schemas.exports.credits import CreditsCard
from schemas.exports.eu_icon import first_exposure_text, icon_class
from schemas.exports.iptc import digital_source_type
from schemas.exports.published import CONFIRMS_AI
from schemas.exports.spotify import ai_credits


class ExportFormat(StrEnum):
    """One translation of a track's label."""

    DDEX = "ddex"
    APPLE = "apple"
    SPOTIFY = "spotify"
    IPTC = "iptc"
    EU_ICON = "eu_icon"
    CHINA_AIGC = "china_aigc"
    CREDITS = "credits"


MEANINGS: dict[ExportFormat, str] = {
    ExportFormat.DDEX: "ERN 4.3.2 NewReleaseMessage with ContainsAI and AiContribution (XML)",
    ExportFormat.APPLE: "Apple Music transparency tags",
    ExportFormat.SPOTIFY: "AI credits by role, fully generated roles only",
    ExportFormat.IPTC: "IPTC digital source type, as C2PA carries it",
    ExportFormat.EU_ICON: "class of the EU's AI icon, with the text of first exposure",
    ExportFormat.CHINA_AIGC: "implicit label of GB 45438-2025, the metadata key AIGC",
    ExportFormat.CREDITS: "how this track was made, for listeners",
}


class Publishable(BaseModel):
    """What may be told of a track: the published declaration, and the labels that a person confirmed."""

    declaration: Declaration
    confirmed: list[str]
    card: CreditsCard
    track_id: str


class ExportOut(BaseModel):
    """One translation. ``content`` has the form that its receiver asks for."""

    format: ExportFormat
    meaning: str
    content: dict[str, Any] = Field(description="By format; empty values mean that there is nothing to say.")


def export_content(wanted: ExportFormat, said: Publishable, *, producer: str, language: str = "en") -> dict[str, Any]:
    """The content of a translation that is JSON. ``producer`` names the operator in China's label.

    DDEX is XML and made from more than the label (:mod:`schemas.ern.write`); asking for it here is a ``ValueError``.
    """
    declaration = said.declaration
    if wanted is ExportFormat.APPLE:
        return {"tags": [tag.value for tag in apple_tags(declaration)]}
    if wanted is ExportFormat.SPOTIFY:
        return {"credits": [credit.model_dump() for credit in ai_credits(declaration)]}
    if wanted is ExportFormat.IPTC:
        source = digital_source_type(declaration)
        return {"digitalSourceType": source.value if source else None}
    if wanted is ExportFormat.EU_ICON:
        return {"icon": icon_class(declaration).value, "first_exposure": first_exposure_text(declaration, language)}
    if wanted is ExportFormat.CHINA_AIGC:
        label = aigc_label(declaration, confirmed=bool(CONFIRMS_AI.intersection(said.confirmed)))
        return {"metadata": aigc_metadata(label, producer, said.track_id) if label else None}
    if wanted is ExportFormat.CREDITS:
        return said.card.model_dump(mode="json")
    raise ValueError(f"{wanted.value} is not JSON")
