"""The implicit label of China's Labelling Measures: the metadata key ``AIGC`` of GB 45438-2025, annex E.

All seven values are strings of printable ASCII without space, quote or backslash. At the first writing the propagator
is the producer (annex E, note 1). The codes: 1 is generated, 2 possibly (its uploader says so), 3 suspected.
"""

import json
import re
from enum import StrEnum

from schemas.disclosure import Declaration, admits_audible_ai

_VALUE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]*")


class AigcLabel(StrEnum):
    IS = "1"
    POSSIBLY = "2"
    SUSPECTED = "3"


def aigc_label(declaration: Declaration, *, confirmed: bool) -> AigcLabel | None:
    """The code for a track: confirmed by a person, or declared by its uploader; nothing for anything else.

    Suspicion alone is never published, so ``SUSPECTED`` is for the operator's own statement and not given here.
    """
    if confirmed:
        return AigcLabel.IS
    return AigcLabel.POSSIBLY if admits_audible_ai(declaration) else None


def aigc_metadata(
    label: AigcLabel, producer: str, produce_id: str, propagator: str = "", propagate_id: str = ""
) -> str:
    """The JSON text of the key. Raises ``ValueError`` for a value with a character that annex E does not allow."""
    values = {
        "Label": label.value,
        "ContentProducer": producer,
        "ProduceID": produce_id,
        "ReservedCode1": "",
        "ContentPropagator": propagator or producer,
        "PropagateID": propagate_id or produce_id,
        "ReservedCode2": "",
    }
    for name, value in values.items():
        if _VALUE.fullmatch(value) is None:
            raise ValueError(f"{name} may hold printable ASCII without space, quote or backslash only")
    return json.dumps({"AIGC": values}, separators=(",", ":"))
