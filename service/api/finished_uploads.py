"""Finished uploads in place of files that a form holds."""

from collections.abc import Callable, Iterator

from schemas.problems import FieldError, ProblemType
from service.api.backend import Backend
from service.api.problems import ProblemError
from service.api.uploads import Staged, Upload, UploadLimits
from service.store.clock import utc_now
from service.store.tables.uploads import UploadRow
from service.store.upload_pieces import UploadPieces
from service.store.uploads import Uploads


class Stored:
    """A file that is a stored content already."""

    def __init__(self, sha256: str, size: int) -> None:
        self._file = (sha256, size)

    def write(self, data: bytes, /) -> None:
        raise ValueError("this content is stored already")

    def commit(self) -> tuple[str, int]:
        return self._file

    def abort(self) -> None:
        """It stays."""


def take(backend: Backend, tenant_id: str, upload: Upload, limits: UploadLimits, stage: Callable[[], Staged]) -> None:
    """Stage what the form names as finished uploads; a 422 for one that is unknown, unfinished or expired, a 413 for
    one that is too large. Whatever goes wrong drops the form's other files too."""
    try:
        for part, upload_id in upload.uploads.items():
            row = finished(backend, tenant_id, f"{part}_upload", upload_id)
            if row.length_bytes > limits.of(part):
                raise _problem(f"{part}_upload", f"may have {limits.of(part)} bytes at most", ProblemType.TOO_LARGE)
            upload.files[part] = staged(backend, row, f"{part}_upload", stage)
            upload.names[part] = row.file_name or ""
    except BaseException:
        upload.abort()
        raise


def staged(backend: Backend, row: UploadRow, part: str, stage: Callable[[], Staged]) -> Staged:
    """A finished upload as a file on its way into storage, or as the content that it became when it was used before."""
    if row.sha256 is not None:
        return Stored(row.sha256, row.length_bytes)
    file = stage()
    try:
        for block in pieces_of(backend, row, part):
            file.write(block)
    except BaseException:
        file.abort()
        raise
    return file


def pieces_of(backend: Backend, row: UploadRow, part: str) -> Iterator[bytes]:
    """The bytes of a finished upload, in blocks."""
    if row.sha256 is not None:
        yield from backend.blobs.read(row.sha256)
        return
    with backend.database.read() as session:
        pieces = list(Uploads(session).pieces(row.id))
    try:
        yield from UploadPieces(backend.blobs).read(row.id, pieces)
    except FileNotFoundError:
        raise _problem(part, "this upload was used or given up just now") from None


def clean_up(backend: Backend, upload: Upload) -> None:
    """Remove the pieces of uploads that became a content; what stays behind here is swept away later."""
    for upload_id in upload.uploads.values():
        UploadPieces(backend.blobs).remove(upload_id)


def finished(backend: Backend, tenant_id: str, part: str, upload_id: str) -> UploadRow:
    with backend.database.read() as session:
        row = Uploads(session).get(tenant_id, upload_id)
    if row is None:
        raise _problem(part, "there is no such upload")
    if row.sha256 is None and row.expires_at <= utc_now():
        raise _problem(part, "this upload has expired")
    if row.sha256 is not None and not backend.blobs.exists(row.sha256):
        raise _problem(part, "what was uploaded is not kept any more")
    if row.offset_bytes != row.length_bytes:
        raise _problem(part, f"this upload is not finished: {row.offset_bytes} of {row.length_bytes} bytes are here")
    if not row.length_bytes:
        raise _problem(part, "the file is empty")
    return row


def _problem(field: str, message: str, kind: ProblemType = ProblemType.INVALID_REQUEST) -> ProblemError:
    return ProblemError(kind, errors=[FieldError(field=field, message=message)])
