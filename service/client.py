"""A typed client of the HTTP interface, used by the command line and by anybody's scripts. Needs ``httpx`` alone.

    with Client("https://earmark.example", key) as client:
        accepted = client.deliver(metadata, Path("night-drive.wav"), idempotency_key="order 4711", progress=print)

Deliveries carry an idempotency key, so a request that broke off may be sent again: the service answers the second one
with what it answered the first.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import httpx

RETRIED_STATUS = frozenset({429, 502, 503, 504})
"""Answers after which the same request is sent again: too many at a time, or a service that is starting."""

IN_FLIGHT = 409
"""Answer to a delivery whose first attempt, sent under the same idempotency key, is still being worked on."""

RESUMABLE_FROM_BYTES = 64 * 1024 * 1024
"""Files from this size on are sent as resumable uploads first: a line that breaks costs one piece."""

PIECE_BYTES = 8 * 1024 * 1024

ATTEMPTS = 8
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 8.0


_TUS = {"Tus-Resumable": "1.0.0"}


class ServiceUnreachable(Exception):
    """Nothing answers at the service's address."""


class Problem(Exception):
    """The service refused a request, with a problem document (RFC 9457)."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.document = document
        super().__init__(self.sentence)

    @property
    def type(self) -> str:
        """The last part of the problem type's address, such as ``validation-error``."""
        return str(self.document.get("type", "about:blank")).rstrip("/").rsplit("/", 1)[-1]

    @property
    def title(self) -> str:
        return str(self.document.get("title", f"HTTP {self.status}"))

    @property
    def sentence(self) -> str:
        """Title, detail and the fields at fault, in one line."""
        errors = [f"{error.get('field')}: {error.get('message')}" for error in self.document.get("errors") or []]
        detail = str(self.document.get("detail") or "")
        told_again = bool(errors) and detail.startswith(errors[0])
        return ": ".join(filter(None, (self.title, "" if told_again else detail, "; ".join(errors))))


@dataclass(frozen=True)
class Accepted:
    """The answer to a delivery."""

    id: str
    state: str
    revision: int


Progress = Callable[[int, int], None]
"""Told how many bytes of how many have been sent."""


class Client:
    """One connection pool to one service, as one tenant.

    :param url: address of the service, such as ``http://127.0.0.1:8000``
    :param key: API key, sent as a bearer token
    :param timeout_s: longest wait for one answer; uploads count per block, not as a whole
    """

    def __init__(self, url: str, key: str | None, *, timeout_s: float = 60.0) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout_s)
        self.url = url.rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def deliver(
        self,
        metadata: dict[str, Any],
        audio: Path,
        *,
        idempotency_key: str,
        progress: Progress = lambda _sent, _size: None,
    ) -> Accepted:
        """Deliver one track: its metadata and its recording, streamed from disk; a large one as a resumable upload.

        :raises Problem: when the service refuses it
        :raises ServiceUnreachable: when nothing answers after several attempts
        """
        if audio.stat().st_size >= RESUMABLE_FROM_BYTES:
            upload = self.upload(audio, progress=progress)
            parts = {"metadata": (None, json.dumps(metadata)), "audio_upload": (None, upload)}
            answer = self._again(
                lambda: self._http.post("/v1/tracks", files=parts, headers={"Idempotency-Key": idempotency_key}),
                retried=RETRIED_STATUS | {IN_FLIGHT},
            )
            return Accepted(id=answer["id"], state=answer["state"], revision=answer["revision"])

        def send() -> httpx.Response:
            with audio.open("rb") as stream:
                return self._http.post(
                    "/v1/tracks",
                    data={"metadata": json.dumps(metadata)},
                    files={"audio": (_header_safe(audio.name), stream, "application/octet-stream")},
                    headers={"Idempotency-Key": idempotency_key},
                )

        answer = self._again(send, retried=RETRIED_STATUS | {IN_FLIGHT})
        return Accepted(id=answer["id"], state=answer["state"], revision=answer["revision"])

    def upload(
        self,
        file: Path,
        *,
        name: str | None = None,
        delivery: str | None = None,
        progress: Progress = lambda _sent, _size: None,
    ) -> str:
        """Send a file as a resumable upload (tus 1.0) and return its id. After a break it goes on where the service
        stands, as long as any attempt gets further than the one before.

        :param name: its name, where it is another one than the file's
        :param delivery: id of a delivery that waits for it
        :raises Problem: when the service refuses it
        :raises ServiceUnreachable: when nothing answers after several attempts
        """
        size = file.stat().st_size
        said = {"filename": name or file.name} | ({"delivery": delivery} if delivery else {})
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        begun = self._answered(
            lambda: self._http.post(
                "/v1/uploads", headers={**_TUS, "Upload-Length": str(size), "Upload-Metadata": pairs}
            )
        )
        place = begun.headers["Location"]
        offset = 0
        with file.open("rb") as stream:
            while offset < size:
                progress(offset, size)
                offset = self._send_piece(place, stream, offset)
        progress(size, size)
        return str(place).rsplit("/", 1)[-1]

    def _send_piece(self, place: str, stream: BinaryIO, offset: int) -> int:
        """Send one piece, again after a break from wherever the service stands then; where it stands afterwards."""
        stands = offset

        def send() -> httpx.Response:
            nonlocal stands
            if stands < 0:
                stands = int(self._answered(lambda: self._http.head(place, headers=_TUS)).headers["Upload-Offset"])
            stream.seek(stands)
            headers = {**_TUS, "Upload-Offset": str(stands), "Content-Type": "application/offset+octet-stream"}
            stands = -1
            return self._http.patch(place, content=stream.read(PIECE_BYTES), headers=headers)

        answer = self._answered(send, retried=RETRIED_STATUS | {IN_FLIGHT})
        return int(answer.headers["Upload-Offset"])

    def deliver_files(
        self,
        files: Mapping[str, Path],
        *,
        idempotency_key: str | None = None,
        progress: Progress = lambda _sent, _size: None,
    ) -> dict[str, Any]:
        """Deliver a batch: messages or a manifest with their audio, by the path that each file has in it. Large files
        go first, as resumable uploads. The answer is the delivery; :meth:`delivery` tells how it goes on.

        :raises Problem: when the service refuses it
        :raises ServiceUnreachable: when nothing answers after several attempts
        """
        sizes = {name: file.stat().st_size for name, file in files.items()}
        whole, sent = sum(sizes.values()), 0
        large: list[tuple[str, Any]] = []
        for name, file in files.items():
            if sizes[name] >= RESUMABLE_FROM_BYTES:
                before = sent
                upload = self.upload(file, name=name, progress=lambda done, _size, b=before: progress(b + done, whole))  # type: ignore[misc]
                large.append(("upload", (None, upload)))
                sent += sizes[name]
        small = {name: file for name, file in files.items() if sizes[name] < RESUMABLE_FROM_BYTES}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}

        def send() -> httpx.Response:
            with ExitStack() as opened:
                parts = [
                    ("file", (_header_safe(name), opened.enter_context(file.open("rb")), "application/octet-stream"))
                    for name, file in small.items()
                ]
                return self._http.post("/v1/deliveries", files=[*parts, *large], headers=headers)

        answer = self._again(send, retried=RETRIED_STATUS | {IN_FLIGHT})
        progress(whole, whole)
        return answer

    def delivery(self, delivery_id: str) -> dict[str, Any]:
        """A delivery as it stands: its messages and rows, what became of each, and what is missing."""
        return self._get(f"/v1/deliveries/{delivery_id}")

    def track(self, track_id: str) -> dict[str, Any]:
        """A track as it stands: state, revision, metadata, evidence, and whether work on it is pending."""
        return self._get(f"/v1/tracks/{track_id}")

    def labels(self, track_id: str) -> dict[str, Any]:
        """What was declared, detected and confirmed of a track, with the standing verdict."""
        return self._get(f"/v1/tracks/{track_id}/labels")

    def cases(self, **filters: str) -> Iterator[dict[str, Any]]:
        """Cases, page by page; filters are the query parameters of ``GET /v1/cases``."""
        yield from self._pages("/v1/cases", filters)

    def case(self, case_id: str) -> dict[str, Any]:
        return self._get(f"/v1/cases/{case_id}")

    def decide(self, decision: dict[str, Any]) -> dict[str, Any]:
        """Record a decision on a case; ``decision`` has the fields of ``schemas.review.DecisionIn``."""
        return self._again(lambda: self._http.post("/v1/decisions", json=decision))

    def ready(self) -> bool:
        """Whether the service says that all its parts answer."""
        try:
            return self._http.get("/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor or not page["items"]:
                return

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        return self._again(lambda: self._http.get(path, params=query))

    def _again(self, send: Callable[[], httpx.Response], retried: frozenset[int] = RETRIED_STATUS) -> dict[str, Any]:
        """The JSON of an answer that another attempt would not change."""
        response = self._answered(send, retried)
        return dict(response.json()) if response.content else {}

    def _answered(self, send: Callable[[], httpx.Response], retried: frozenset[int] = RETRIED_STATUS) -> httpx.Response:
        """Send until there is an answer that another attempt would not change."""
        pause_s = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = send()
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise ServiceUnreachable(f"no answer from {self.url}: {error}") from error
            else:
                if response.is_success:
                    return response
                if response.status_code not in retried or attempt == ATTEMPTS:
                    raise Problem(response.status_code, _problem_document(response))
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        raise AssertionError("unreachable")


def idempotency_key(metadata: dict[str, Any], audio: Path, *, salt: str = "") -> str:
    """Key of a delivery, the same for the same recording with the same metadata: sending it again changes nothing.

    :param salt: makes the same delivery a new one
    """
    digest = hashlib.sha256()
    with audio.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    digest.update(json.dumps(metadata, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    digest.update(salt.encode())
    return f"deliver-{digest.hexdigest()}"


def _header_safe(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace("\r", "?").replace("\n", "?").replace('"', "?")


def _problem_document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    return {"title": f"HTTP {response.status_code}", "detail": response.text[:200]}
