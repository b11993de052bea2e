"""A typed client of the HTTP interface, used by the command line and by anybody's scripts. Needs ``httpx`` alone.

Deliveries carry an idempotency key, so a request that broke off may be sent again: the service answers the second one
with what it answered the first.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

RETRIED_STATUS = frozenset({429, 502, 503, 504})
"""Answers after which the same request is sent again: too many at a time, or a service that is starting."""

IN_FLIGHT = 409
"""Answer to a delivery whose first attempt, sent under the same idempotency key, is still being worked on."""

ATTEMPTS = 8
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 8.0


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

    def deliver(self, metadata: dict[str, Any], audio: Path, *, idempotency_key: str) -> Accepted:
        """Deliver one track: its metadata and its recording, streamed from disk.

        :raises Problem: when the service refuses it
        :raises ServiceUnreachable: when nothing answers after several attempts
        """

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
                    return dict(response.json()) if response.content else {}
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
