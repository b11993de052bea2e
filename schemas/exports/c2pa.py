"""The definition of a C2PA manifest that carries our label, and where a manifest stands in a file.

It states the digital source type of the recording (IPTC), and each declared facet in an assertion of ours. An earlier
manifest of the file is never replaced: it becomes the parent ingredient of the new one (C2PA Technical Specification
2.x, sections 10 and 18.16), so that its signature can still be checked. Training permissions are not ours to state.
"""

from typing import Any

from schemas.disclosure import Declaration, Facet, Level, level_of
from schemas.exports.iptc import digital_source_type

ASSERTION = "org.earmark.disclosure"
_CONTAINERS = (
    (b"RIFF", 0, "audio/wav"),
    (b"fLaC", 0, "audio/flac"),
    (b"ID3", 0, "audio/mpeg"),
    (b"ftyp", 4, "audio/mp4"),
)
_FRAME_SYNC = (0xFB, 0xFA, 0xF3, 0xF2)


def container_of(head: bytes) -> str | None:
    """Media type of the container by its first 16 bytes, where it can carry a manifest; Ogg and AIFF cannot.

    An MP3 without ID3v2 begins with the sync word of its first frame (ISO/IEC 11172-3, 2.4.2.3): it carries none yet,
    and can be given one.
    """
    if len(head) > 1 and head[0] == 0xFF and head[1] in _FRAME_SYNC:
        return "audio/mpeg"
    return next((mime for magic, at, mime in _CONTAINERS if head[at : at + len(magic)] == magic), None)


def manifest_definition(
    *, title: str, mime_type: str, declaration: Declaration, confirmed: list[str], track_id: str, version: str
) -> dict[str, Any]:
    """What the C2PA builder takes. Without a statement on the whole of the music no source type is claimed.

    Args:
        declaration: as published (:func:`schemas.exports.published.published_declaration`).
        confirmed: labels that a person confirmed.
        version: Earmark's own, named as the claim generator.
    """
    source = digital_source_type(declaration)
    action: dict[str, Any] = {"action": "c2pa.published"}
    if source is not None:
        action["digitalSourceType"] = source.value
    disclosure = {
        "track_id": track_id,
        "declared": {
            facet.value: level.value
            for facet in Facet
            if (level := level_of(declaration, facet)) is not Level.UNDECLARED
        },
        "confirmed": sorted(confirmed),
    }
    return {
        "claim_generator_info": [{"name": "Earmark", "version": version}],
        "title": title,
        "format": mime_type,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
            {"label": ASSERTION, "data": disclosure},
        ],
    }
