"""Somebody who calls the API: a key, and the requests that tests make over and over."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from starlette.testclient import TestClient

from service.api.backend import Backend
from service.auth.keys import new_key
from service.auth.scopes import Scope
from service.store.api_keys import ApiKeys
from service.store.clock import utc_now
from service.store.tenants import Tenants

AUDIO = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(256)) * 40
"""Bytes that stand for a file: intake does not look into them."""


def new_tenant(backend: Backend, name: str) -> str:
    with backend.database.write() as session:
        return Tenants(session).ensure(name, utc_now()).id


def track_metadata(**changes: Any) -> dict[str, Any]:
    """Metadata of a well-described track, with changes at the top."""
    return {
        "title": "Night Drive",
        "artists": [{"name": "Ada"}],
        "isrc": "QZEM62600001",
        "declared_ai": {"VOCALS": "NONE"},
    } | changes


@dataclass
class Caller:
    """One key. ``headers`` authenticate it."""

    client: TestClient
    tenant_id: str
    key: str

    @classmethod
    def with_key(cls, client: TestClient, backend: Backend, tenant_id: str, scopes: Iterable[Scope]) -> Self:
        made = new_key()
        with backend.database.write() as session:
            ApiKeys(session).add(
                tenant_id, name="tests", prefix=made.prefix, sha256=made.sha256, scopes=scopes, now=utc_now()
            )
        return cls(client, tenant_id, made.key)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request with a JSON body. Underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.client.request(method, path, content=content, headers=self.headers | kind | named)

    def deliver(
        self,
        metadata: Mapping[str, Any] | str | bytes | None = None,
        audio: bytes = AUDIO,
        *,
        artwork: bytes | None = None,
        key: str | None = None,
    ) -> Any:
        """``POST /v1/tracks``; metadata is a document, or the very bytes to send for one."""
        sent = metadata if isinstance(metadata, str | bytes) else json.dumps(metadata or track_metadata())
        files: dict[str, Any] = {"metadata": (None, sent), "audio": ("night drive.wav", audio, "audio/wav")}
        if artwork is not None:
            files["artwork"] = ("cover.png", artwork, "image/png")
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post("/v1/tracks", files=files, headers=headers)

    def delivered(self, **changes: Any) -> str:
        """The id of a freshly delivered track."""
        answer = self.deliver(track_metadata(**changes))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])
