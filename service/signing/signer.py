"""Making a signed copy: the work is done in a child process, which alone reads the stranger's file and the key."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHILD = Path(__file__).with_name("child.py")
TIME_LIMIT_S = 120


class NotSigned(Exception):
    """No signed copy could be made; the message says why, in a sentence for the caller."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The operator's signing certificate with its chain (PEM, leaf first), its private key (PEM, PKCS 8), and the
    algorithm by its C2PA name, such as ``es256``."""

    certificate: Path
    key: Path
    algorithm: str


def signed_copy(source: Path, target: Path, mime_type: str, definition: dict[str, Any], by: Credentials) -> None:
    """Write a copy of ``source`` with the manifest to ``target``. The source is only read.

    Raises :class:`NotSigned` where the file cannot carry a manifest, the credentials do not fit, or limits are reached.
    """
    request = {
        "source": str(source),
        "target": str(target),
        "mime_type": mime_type,
        "definition": definition,
        "certificate": str(by.certificate),
        "key": str(by.key),
        "algorithm": by.algorithm,
    }
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotSigned(f"signing took longer than {TIME_LIMIT_S} s") from None
    try:
        said = json.loads(child.stdout)
    except ValueError:
        raise NotSigned("the signing process ended before it was done") from None
    if said.get("error"):
        raise NotSigned(said["error"])
