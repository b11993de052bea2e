"""The OpenAPI document: what the API is, in words, and what every operation has in common."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.catalogue import TrackMetadata
from schemas.events import EventKind
from schemas.problems import MEDIA_TYPE, PROBLEMS, Problem, ProblemType, reference
from schemas.webhooks import WebhookMessage

ABOUT: dict[str, Any] = {
    "title": "Earmark",
    "version": "1",
    "summary": "Tells a music platform how a track was made and keeps spam out of its catalogue.",
    "description": (
        "Deliver a track with a declaration of how it was made (`POST /v1/tracks`); it is accepted at once and "
        "analysed afterwards. Its labels say what was declared, what was detected and what a person confirmed, apart "
        "(`GET /v1/tracks/{id}/labels`), and every change of them comes in the label feed (`GET /v1/labels`). What "
        "needs a person is a case.\n\n"
        "**Keys.** Every request under `/v1` carries `Authorization: Bearer <key>`; the scopes that an operation needs "
        "are listed with it.\n\n"
        "**Errors** are `application/problem+json` (RFC 9457) and name each field at fault; every type has a page "
        "under `/problems/<type>`.\n\n"
        "**Retries.** A `POST` with an `Idempotency-Key` is done once: the same request under the same key gets the "
        "same answer, another request is refused.\n\n"
        "**Changes** of a track are revisions and need `If-Match` with the ETag of the revision that they are based on."
        "\n\n"
        "**Lists** come in pages: pass `next_cursor` back as `cursor`."
    ),
    "openapi_tags": [
        {"name": "tracks", "description": "Deliver, read, correct and withdraw tracks."},
        {"name": "uploads", "description": "Large files, resumable after any break, by tus 1.0."},
        {"name": "deliveries", "description": "DDEX messages and batches: many tracks at once."},
        {"name": "releases", "description": "The products that tracks are delivered on."},
        {"name": "appeals", "description": "Ask that somebody else look again at what was decided."},
        {"name": "labels", "description": "What the service says of a track, one by one and as a feed."},
        {"name": "recordings", "description": "The same recording, however often and under whatever name delivered."},
        {"name": "cases", "description": "What a person should look at."},
        {"name": "decisions", "description": "What people decided."},
        {"name": "people", "description": "Who works at the console."},
        {"name": "reports", "description": "Notices from outside: somebody says what is wrong with a delivery."},
        {"name": "policies", "description": "The rules in force and the clauses of the policy."},
        {"name": "webhooks", "description": "Who is told what happens, signed by the Standard Webhooks rules."},
        {"name": "public", "description": "What anybody may read about a released track, without a key."},
        {"name": "service", "description": "Health, readiness and figures of the service itself."},
    ],
}


def install(app: FastAPI) -> None:
    """Let the application describe itself by :func:`document`, made once."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application: the framework's, with problems in place of its own validation errors."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
    )
    schemas = described["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for model in (Problem, TrackMetadata, WebhookMessage):
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, schema in own.pop("$defs", {}).items():
            schemas.setdefault(name, schema)
        schemas[model.__name__] = own
    described["webhooks"] = {kind.value: {"post": _message(kind)} for kind in EventKind}
    for path in described["paths"].values():
        for operation in path.values():
            _use_problems(operation)
    return described


_MEANINGS = {
    EventKind.RECEIVED: "A track was delivered.",
    EventKind.ANALYSED: "Its audio was analysed.",
    EventKind.UNREADABLE: "Its audio cannot be read.",
    EventKind.DECIDED: "The rules gave it a verdict, or another one.",
    EventKind.FAILED: "It could not be processed, and a person looks at it.",
    EventKind.WITHDRAWN: "Its sender took it back.",
    EventKind.REVISED: "Its sender corrected it.",
    EventKind.CASE_OPENED: "A case was opened for it; `due_at` and `outcome` say when a hold ends and how.",
    EventKind.CASE_JOINED: "It came into a case; `due_at` and `outcome` say when a hold ends and how.",
    EventKind.CASE_LEFT: "It left a case.",
    EventKind.CASE_DECIDED: "A person decided on a case it is in; `by` is `deadline` where its time ran out instead.",
    EventKind.DECISION_UNDONE: "A decision on it was taken back.",
    EventKind.LABELLED: "Its labels or its action changed; `cursor` is the entry in the label feed.",
    EventKind.DECLARATION_REQUESTED: "Somebody is asked to declare how it was made; `url` is the form.",
    EventKind.APPEAL_LODGED: "Its uploader appeals; an answer is due at `due_at`.",
    EventKind.APPEAL_MESSAGE: "Somebody wrote into an appeal; `side` is who.",
    EventKind.APPEAL_DECIDED: "A person decided an appeal; `outcome` is upheld or reversed, `message` says why.",
}


def _message(kind: EventKind) -> dict[str, Any]:
    """A message as OpenAPI describes it: what is sent to the receiver, and what counts as taken."""
    return {
        "operationId": f"webhook_{kind.value.replace('.', '_')}",
        "summary": kind.value,
        "description": f"{_MEANINGS[kind]} Signed by the Standard Webhooks rules (`webhook-id`, `webhook-timestamp`, "
        "`webhook-signature`).",
        "tags": ["webhooks"],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookMessage"}}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again later."},
            "410": {"description": "The webhook is not told of anything any more."},
        },
    }


_ANYWHERE = (ProblemType.BAD_REQUEST, ProblemType.TOO_MANY_REQUESTS)
"""What any operation may answer, before it is asked: an address that is none, a caller that asks too often."""


def _use_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for kind in _ANYWHERE:
        responses.setdefault(str(PROBLEMS[kind].status), described_problem(kind))
    validation = responses.get("422", {}).get("content", {}).get("application/json")
    if validation:
        responses["422"] = described_problem(ProblemType.INVALID_REQUEST)
    responses["default"] = described_problem(ProblemType.INTERNAL_ERROR)


def described_problem(*kinds: ProblemType) -> dict[str, Any]:
    """A response object for problems of these types, which share a status; an example of each."""
    return {
        "description": "\n\n".join(f"`{kind.value}`: {PROBLEMS[kind].means} {PROBLEMS[kind].remedy}" for kind in kinds),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    kind.value: {
                        "summary": PROBLEMS[kind].title,
                        "value": {
                            "type": reference(kind),
                            "title": PROBLEMS[kind].title,
                            "status": PROBLEMS[kind].status,
                            "detail": PROBLEMS[kind].means,
                        },
                    }
                    for kind in kinds
                },
            }
        },
    }


def problem_responses(*kinds: ProblemType) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: one entry for each status, with all its types."""
    statuses = sorted({PROBLEMS[kind].status for kind in kinds})
    return {
        status: described_problem(*(kind for kind in kinds if PROBLEMS[kind].status == status)) for status in statuses
    }


_PARTS: dict[str, dict[str, Any]] = {
    "metadata": {"$ref": "#/components/schemas/TrackMetadata"},
    "audio": {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "The recording: WAV, AIFF, FLAC, MP3, Ogg Vorbis, Opus or AAC in MP4. Its type is found by "
        "decoding it, whatever the name says.",
    },
    "artwork": {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "The cover.",
    },
    "audio_upload": {"type": "string", "description": "Id of a finished upload, in place of `audio`."},
    "artwork_upload": {"type": "string", "description": "Id of a finished upload, in place of `artwork`."},
}

_EXAMPLE = {
    "title": "Night Drive",
    "artists": [{"name": "Ada and the Engines", "role": "MainArtist"}],
    "isrc": "QZEM62600001",
    "release": {"title": "Night Drive", "upc": "036000291452", "type": "Single", "release_date": "2026-12-01"},
    "language": "en",
    "sender": {"id": "sub-label 12"},
    "declared_ai": {"VOCALS": "NONE", "INSTRUMENTATION": "PARTLY", "POST_PRODUCTION": "NONE"},
    "client_reference": "order 4711",
}


def form_body(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The request body of an operation that takes a form with these parts; for ``openapi_extra``."""
    names = (*required, *optional)
    schema: dict[str, Any] = {"type": "object", "properties": {name: _PARTS[name] for name in names}}
    if "audio_upload" in optional:
        required = tuple(name for name in required if name != "audio")
        schema["anyOf"] = [{"required": ["audio"]}, {"required": ["audio_upload"]}]
    if required:
        schema["required"] = list(required)
    content: dict[str, Any] = {"schema": schema}
    if "metadata" in names:
        content["encoding"] = {"metadata": {"contentType": "application/json"}}
        content["example"] = {"metadata": _EXAMPLE, "audio": "(the bytes of the file)"}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": content}}}
