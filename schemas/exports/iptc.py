"""IPTC digital source type, as C2PA manifests carry it (IPTC NewsCodes, ``digitalsourcetype``)."""

from enum import StrEnum

from schemas.disclosure import Declaration, Level
from schemas.ern.disclosure import contains_ai_of

_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class DigitalSourceType(StrEnum):
    TRAINED = _VOCABULARY + "trainedAlgorithmicMedia"
    COMPOSITE = _VOCABULARY + "compositeWithTrainedAlgorithmicMedia"
    CREATION = _VOCABULARY + "digitalCreation"


def digital_source_type(declaration: Declaration) -> DigitalSourceType | None:
    """The source type of the recording; nothing where the declaration does not speak for the whole of the music."""
    return {
        Level.ALL: DigitalSourceType.TRAINED,
        Level.PARTLY: DigitalSourceType.COMPOSITE,
        Level.NONE: DigitalSourceType.CREATION,
        Level.UNDECLARED: None,
    }[contains_ai_of(declaration)]
