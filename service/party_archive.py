"""Everything of one party in one zip file: rows as JSON lines, files as they came, and a page that says what it is."""

import json
import zipfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from service.store.blobs import BlobStorage
from service.store.parties import HIDDEN, Parties, Party


def write_archive(target: Path, session: Session, blobs: BlobStorage, party: Party, now: datetime) -> dict[str, int]:
    """Write ``target``; how many rows of each table and how many files are in it.

    ``data/<table>.jsonl`` holds one row a line, ``files/<sha256>`` the bytes. What opens something (keys, secrets) and
    what people at work wrote for each other is left out. A file that is lost is named in ``about.json``.
    """
    parties = Parties(session, party)
    counts: dict[str, int] = {}
    missing: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, rows in parties.rows():
            first = next(rows, None)
            if first is None:
                continue
            with archive.open(f"data/{table}.jsonl", "w", force_zip64=True) as lines:
                counts[table] = 0
                while first is not None:
                    lines.write((json.dumps(first, default=_written, ensure_ascii=False) + "\n").encode())
                    counts[table] += 1
                    first = next(rows, None)
        for sha256 in parties.files():
            if not blobs.exists(sha256):
                missing.append(sha256)
                continue
            plain = zipfile.ZipInfo(f"files/{sha256}", now.timetuple()[:6])
            with archive.open(plain, "w", force_zip64=True) as file:
                for block in blobs.read(sha256):
                    file.write(block)
            counts["files"] = counts.get("files", 0) + 1
        about = {
            "tenant": party.tenant_id,
            "sender": party.sender,
            "made_at": now.isoformat(),
            "rows": counts,
            "files_missing": missing,
            "left_out": {table: sorted(columns) for table, columns in HIDDEN.items()},
        }
        archive.writestr("about.json", json.dumps(about, indent=1))
    return counts


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
