"""C2PA manifests, read from the original bytes with how far they can be believed.

A manifest is signed, so its trust is a fact: signed under an anchor the operator trusts, signed by somebody unknown, or
no longer true of these bytes. Any re-encoding loses a manifest: that there is none says nothing.
Source: C2PA Technical Specification 2.x, sections 13 to 15; digital source types are IPTC's.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifiers.compiled import compiled
from classifiers.provenance.fields import cleaned
from schemas.evidence import Provenance, ProvenanceClaim, ProvenanceKind, Trust
from schemas.exports.c2pa import container_of

MAX_DETAIL = 500
_LABEL = b"c2pa"
_PIECE_BYTES = 1 << 18
_CLAIMS = {
    "trainedAlgorithmicMedia": ProvenanceClaim.AI,
    "compositeWithTrainedAlgorithmicMedia": ProvenanceClaim.PARTLY_AI,
    "digitalCapture": ProvenanceClaim.CAPTURED,
    "compositeCapture": ProvenanceClaim.CAPTURED,
}
_TRUST = {"Trusted": Trust.TRUSTED, "Valid": Trust.UNTRUSTED}


def read_c2pa(path: Path, trust_anchors: str = "") -> list[Provenance]:
    """What the manifests of a file say of its making; empty for a file without any.

    Args:
        path: the file as it was delivered. WAV, FLAC, MP3 with ID3v2 and M4A can carry a manifest.
        trust_anchors: root certificates in PEM that the operator trusts; without any, nothing is ``trusted``.
    """
    mime = _mime(path)
    if mime is None or not _holds_label(path):
        return []
    from c2pa import C2paError, Context, Reader, Settings

    settings: dict[str, Any] = {"verify": {"verify_trust": bool(trust_anchors), "remote_manifest_fetch": False}}
    if trust_anchors:
        settings["trust"] = {"trust_anchors": trust_anchors}
    try:
        context = Context(settings=Settings.from_dict(settings))
        with path.open("rb") as file, Reader(mime, file, context=context) as reader:
            store = json.loads(reader.json())
            state = reader.get_validation_state()
    except C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "ManifestNotFound" in str(error):
            return []
        return [_mark(ProvenanceClaim.OTHER, None, Trust.TAMPERED, f"a manifest that cannot be read: {error}")]
    return list(_marks(store, _TRUST.get(str(state), Trust.TAMPERED)))


def _mime(path: Path) -> str | None:
    with path.open("rb") as file:
        return container_of(file.read(16))


def _holds_label(path: Path) -> bool:
    """Whether the box label of a manifest store stands anywhere; spares the library most files there are.

    The file is read piece by piece: mapped as a whole it would count to the memory of the process.
    """
    kept = len(_LABEL) - 1
    buffer = np.zeros(kept + _PIECE_BYTES, np.uint8)
    with path.open("rb", buffering=0) as file, memoryview(buffer) as view:  # type: ignore[arg-type]
        while count := file.readinto(view[kept:]):
            if _labels(buffer[: kept + count], *_LABEL):
                return True
            buffer[:kept] = buffer[count : count + kept].copy()
    return False


@compiled
def _labels(data: npt.NDArray[np.uint8], first: int, second: int, third: int, fourth: int) -> int:
    """How often four bytes stand in a row. Counting takes a quarter of the time of a search that may end early."""
    found = 0
    for n in range(len(data) - 3):
        found += (data[n] == first) & (data[n + 1] == second) & (data[n + 2] == third) & (data[n + 3] == fourth)
    return found


def _marks(store: Mapping[str, Any], trust: Trust) -> Iterator[Provenance]:
    manifest = (store.get("manifests") or {}).get(store.get("active_manifest")) or {}
    issuer = (manifest.get("signature_info") or {}).get("issuer") or "unknown"
    found = False
    for action in _actions(manifest):
        source = str(action.get("digitalSourceType") or "").rpartition("/")[2]
        claim = _CLAIMS.get(source)
        if claim is None:
            continue
        found = True
        agent = action.get("softwareAgent")
        generator = agent.get("name") if isinstance(agent, Mapping) else agent
        yield _mark(claim, generator or _claim_generator(manifest), trust, f"{source}, signed by {issuer}")
    if not found:
        yield _mark(ProvenanceClaim.OTHER, _claim_generator(manifest), trust, f"a manifest signed by {issuer}")


def _actions(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for assertion in manifest.get("assertions") or []:
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in (assertion.get("data") or {}).get("actions") or []:
                if isinstance(action, Mapping):
                    yield action


def _claim_generator(manifest: Mapping[str, Any]) -> str | None:
    info = manifest.get("claim_generator_info") or []
    first = info[0] if isinstance(info, list) and info else {}
    name = first.get("name") if isinstance(first, Mapping) else None
    return str(name) if name else None


def _mark(claim: ProvenanceClaim, generator: object, trust: Trust, detail: str) -> Provenance:
    return Provenance(
        kind=ProvenanceKind.C2PA,
        says=claim,
        generator=cleaned(str(generator))[:100] if generator else None,
        trust=trust,
        detail=cleaned(detail)[:MAX_DETAIL],
        location="C2PA manifest",
    )
