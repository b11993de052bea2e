"""Hashes of records, the same for equal content."""

import hashlib
import json
from typing import Any


def content_sha256(document: Any) -> str:
    """SHA-256, hex, of a JSON document in canonical form: keys sorted, no spaces, ASCII."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
