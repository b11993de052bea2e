"""Every way in which a request can fail, as problem types (RFC 9457).

A problem's ``type`` is the reference ``/problems/<type>``, under which a running service also serves the page that
explains it. The catalogue is part of the contract: a type is never given another status or meaning.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"


class ProblemType(StrEnum):
    MALFORMED_BODY = "malformed-body"
    INVALID_REQUEST = "invalid-request"
    INVALID_METADATA = "invalid-metadata"
    UNREADABLE_AUDIO = "unreadable-audio"
    UNAUTHENTICATED = "unauthenticated"
    MISSING_SCOPE = "missing-scope"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_NOW = "not-now"
    REQUEST_IN_FLIGHT = "request-in-flight"
    KEY_REUSED = "idempotency-key-reused"
    REVISION_CHANGED = "revision-changed"
    REVISION_REQUIRED = "revision-required"
    TOO_LARGE = "too-large"
    RANGE_NOT_SATISFIABLE = "range-not-satisfiable"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    BAD_REQUEST = "bad-request"
    INTERNAL_ERROR = "internal-error"
    NOT_OFFERED = "not-offered"
    NOT_READY = "not-ready"
    STORAGE_FULL = "storage-full"
    TOO_MANY_REQUESTS = "too-many-requests"
    QUOTA_REACHED = "quota-reached"
    TUS_VERSION = "unsupported-tus-version"
    OFFSET_CONFLICT = "offset-conflict"
    CHECKSUM_MISMATCH = "checksum-mismatch"
    UPLOAD_EXPIRED = "upload-expired"
    INVALID_MESSAGE = "invalid-message"
    INVALID_BATCH = "invalid-batch"
    BUSY = "busy"
    NEEDS_A_PERSON = "needs-a-person"


class ProblemKind(NamedTuple):
    """What all problems of a type have in common: ``means`` says what happened, ``remedy`` what the caller does."""

    status: int
    title: str
    means: str
    remedy: str


PROBLEMS: dict[ProblemType, ProblemKind] = {
    ProblemType.MALFORMED_BODY: ProblemKind(
        400,
        "The body cannot be read",
        "The body is not what its Content-Type says: JSON that does not parse, text that is not UTF-8, a multipart "
        "form that breaks off or has a part twice.",
        "Correct the body as the detail says and send the request again. Nothing was stored.",
    ),
    ProblemType.INVALID_REQUEST: ProblemKind(
        422,
        "A field of the request is not valid",
        "The request was read, and at least one field of it breaks a rule. Every such field is listed under errors.",
        "Correct the listed fields and send the request again. Nothing was stored.",
    ),
    ProblemType.INVALID_METADATA: ProblemKind(
        422,
        "The metadata is not valid",
        "The metadata of a track or release was read, and at least one field of it breaks a rule. Every such field is "
        "listed under errors with the rule's sentence.",
        "Correct the listed fields and deliver again. Nothing was stored, the audio included.",
    ),
    ProblemType.UNREADABLE_AUDIO: ProblemKind(
        422,
        "The audio cannot be analysed",
        "The file is no audio that Earmark can decode, or it goes beyond the limits on length, sample rate or memory. "
        "An accepted track with such audio has the state unreadable, and this type in its reason.",
        "Deliver a playable file: WAV, AIFF, FLAC, MP3, Ogg Vorbis, Opus or AAC in MP4, of at most four hours.",
    ),
    ProblemType.UNAUTHENTICATED: ProblemKind(
        401,
        "No valid API key",
        "The request has no API key, or one that is unknown, revoked or expired.",
        "Send the header Authorization: Bearer <key> with a key that is valid for this service.",
    ),
    ProblemType.MISSING_SCOPE: ProblemKind(
        403,
        "The API key lacks a scope",
        "The API key is valid, and it was not given the scope that this operation needs. The detail names the scope.",
        "Use a key with the scope, or have an administrator issue one.",
    ),
    ProblemType.NOT_FOUND: ProblemKind(
        404,
        "Nothing here",
        "There is no such resource for this API key. What belongs to somebody else is answered in the same way.",
        "Check the address and the id, and that the API key belongs to the tenant that owns the resource.",
    ),
    ProblemType.METHOD_NOT_ALLOWED: ProblemKind(
        405,
        "The method is not allowed here",
        "The address exists and does not answer this HTTP method. The Allow header lists those it does.",
        "Use one of the allowed methods.",
    ),
    ProblemType.NOT_NOW: ProblemKind(
        409,
        "Not possible in this state",
        "The request is sound, and the resource is in a state that does not allow it: a withdrawn track, a decided "
        "case, a decision already undone.",
        "Read the resource again and act on its present state.",
    ),
    ProblemType.REQUEST_IN_FLIGHT: ProblemKind(
        409,
        "The first request with this key is not finished",
        "Another request with the same Idempotency-Key is being worked on at this moment.",
        "Wait for the seconds in Retry-After and send the same request again: it gets the stored answer.",
    ),
    ProblemType.KEY_REUSED: ProblemKind(
        422,
        "The Idempotency-Key belongs to another request",
        "A request with this Idempotency-Key and different content was answered before.",
        "Use a fresh key for every new request, and an old one only to repeat the very same request.",
    ),
    ProblemType.REVISION_CHANGED: ProblemKind(
        412,
        "The resource has changed",
        "The revision in If-Match is not the present one: somebody else changed the resource in between.",
        "Read the resource, apply the change to what stands there now, and send its new ETag in If-Match.",
    ),
    ProblemType.REVISION_REQUIRED: ProblemKind(
        428,
        "If-Match is missing",
        "A change needs the revision that it is based on, so that nobody's change is lost.",
        "Read the resource and send its ETag in If-Match.",
    ),
    ProblemType.TOO_LARGE: ProblemKind(
        413,
        "Too large",
        "A part of the request is larger than this service takes. The detail names the part and the limit.",
        "Send a smaller one. Nothing was stored.",
    ),
    ProblemType.RANGE_NOT_SATISFIABLE: ProblemKind(
        416,
        "The range lies past the end",
        "The first byte that Range asks for is not there: the content is shorter. Content-Range says how long it is.",
        "Ask for a range within the content, or for all of it without Range.",
    ),
    ProblemType.UNSUPPORTED_MEDIA_TYPE: ProblemKind(
        415,
        "The Content-Type is not supported",
        "The operation does not take a body of this type.",
        "Send the type that the detail names.",
    ),
    ProblemType.BAD_REQUEST: ProblemKind(
        400,
        "The request was refused",
        "The HTTP request itself is not acceptable.",
        "Correct the request as the detail says.",
    ),
    ProblemType.INTERNAL_ERROR: ProblemKind(
        500,
        "Something went wrong on our side",
        "The service met an error that it did not expect. It is logged under the id in instance.",
        "Send the request again later, with the same Idempotency-Key where there is one. If it stays, report the id.",
    ),
    ProblemType.NOT_OFFERED: ProblemKind(
        501,
        "This deployment does not offer it",
        "The operation exists, and the operator of this service has not set up what it needs. The detail names the "
        "setting.",
        "Ask the operator to set it up.",
    ),
    ProblemType.NOT_READY: ProblemKind(
        503,
        "The service cannot do this at the moment",
        "A part that the service needs does not answer. The detail or the errors name it.",
        "Send the request again after the seconds in Retry-After.",
    ),
    ProblemType.BUSY: ProblemKind(
        503,
        "As much is being read as fits into memory",
        "Other messages are being read at this moment, and this one did not fit beside them. Nothing was stored.",
        "Send the request again after the seconds in Retry-After; smaller messages get their turn sooner.",
    ),
    ProblemType.STORAGE_FULL: ProblemKind(
        507,
        "No room to store the audio",
        "The storage of the service is full. Nothing was stored.",
        "Tell the operator; send the request again when there is room.",
    ),
    ProblemType.TOO_MANY_REQUESTS: ProblemKind(
        429,
        "Too many requests",
        "Your programs sent more requests in a minute than the operator lets one tenant send. Nothing was stored.",
        "Send the request again after the seconds in Retry-After, and fewer at once.",
    ),
    ProblemType.QUOTA_REACHED: ProblemKind(
        429,
        "The quota is used up",
        "You delivered as many tracks today as you may, by the day of UTC. Nothing was stored.",
        "Send the request again after the seconds in Retry-After, or ask the operator for a larger quota.",
    ),
    ProblemType.TUS_VERSION: ProblemKind(
        412,
        "The upload protocol's version is missing or unknown",
        "A request on resumable uploads names the version of the tus protocol in Tus-Resumable, and this one names "
        "none, or one that is not spoken here.",
        "Send the header Tus-Resumable: 1.0.0.",
    ),
    ProblemType.OFFSET_CONFLICT: ProblemKind(
        409,
        "The upload stands elsewhere",
        "Upload-Offset is not where the upload ends now: bytes were lost, or sent twice, or another request is "
        "sending the same ones. Nothing of the request was kept.",
        "Ask for the upload with HEAD and go on from its Upload-Offset.",
    ),
    ProblemType.CHECKSUM_MISMATCH: ProblemKind(
        460,
        "The checksum does not match",
        "The bytes that arrived have another checksum than Upload-Checksum says. They were dropped, and the upload "
        "stands where it stood.",
        "Send the same bytes again from the same offset.",
    ),
    ProblemType.UPLOAD_EXPIRED: ProblemKind(
        410,
        "The upload has expired",
        "The upload was not continued, or not used, for as long as uploads are kept, and its bytes were removed.",
        "Begin a new upload. Upload-Expires tells how long it will be kept.",
    ),
    ProblemType.INVALID_MESSAGE: ProblemKind(
        422,
        "This is no acceptable ERN message",
        "The XML is not well-formed, has a document type declaration, is too large or too deep, or is no "
        "NewReleaseMessage or PurgeReleaseMessage of a version of ERN that is read here. The detail says which.",
        "Correct the message as the detail says and send it again. Nothing was stored.",
    ),
    ProblemType.INVALID_BATCH: ProblemKind(
        422,
        "This batch cannot be taken",
        "A file name leads out of the batch or is not usable, the archive is broken, encrypted or a bomb, or there are "
        "too many files. The errors name the file.",
        "Correct the batch and send it again. Nothing was stored.",
    ),
    ProblemType.NEEDS_A_PERSON: ProblemKind(
        403,
        "Only a person may do this",
        "The API key belongs to a program. An appeal is never decided by machine.",
        "Use a reviewer's own key, as `earmark admin key create --reviewer` makes it, or the console.",
    ),
}


class FieldError(BaseModel):
    """One field that breaks a rule."""

    field: str = Field(
        description="The field by its dotted path, beginning with where it stands: metadata, audio, artwork, body, "
        "query, path or header.",
        examples=["metadata.release.upc"],
    )
    pointer: str | None = Field(
        default=None,
        description="JSON pointer (RFC 6901) to the field within its JSON document.",
        examples=["/release/upc"],
    )
    message: str = Field(description="The rule, as a sentence.")
    value: str | int | float | bool | None = Field(
        default=None, description="What was sent, where it is a plain value; cut to 80 characters and made inert."
    )


class Problem(BaseModel):
    """Body of every answer that is no success (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/invalid-metadata",
                    "title": "The metadata is not valid",
                    "status": 422,
                    "detail": "metadata.release.upc: the check digit of this UPC or EAN is wrong: 1 is written, "
                    "2 is right",
                    "instance": "urn:uuid:5f0c5a4e-3c53-4c7f-9a39-0b8f1c1f7b11",
                    "errors": [
                        {
                            "field": "metadata.release.upc",
                            "pointer": "/release/upc",
                            "message": "the check digit of this UPC or EAN is wrong: 1 is written, 2 is right",
                            "value": "036000291451",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field(description="Reference of the problem type, which is also the address of its page.")
    title: str
    status: int
    detail: str = Field(description="What happened this time, as a sentence.")
    instance: str | None = Field(default=None, description="Id of the request, as in X-Request-Id and in the logs.")
    errors: list[FieldError] = Field(default=[], description="The fields at fault, where fields are.")


def reference(kind: ProblemType) -> str:
    """The ``type`` of a problem as it is written in answers."""
    return TYPE_PREFIX + kind.value


def page(kind: ProblemType) -> str:
    """The page that explains a problem type, in Markdown."""
    status, title, means, remedy = PROBLEMS[kind]
    return f"# {title}\n\n`{reference(kind)}`, HTTP status {status}\n\n{means}\n\n**What to do.** {remedy}\n"


def index_page() -> str:
    """The list of all problem types, in Markdown, ordered by status."""
    rows = [
        f"| [{kind.value}]({kind.value}.md) | {PROBLEMS[kind].status} | {PROBLEMS[kind].title} |"
        for kind in sorted(ProblemType, key=lambda kind: (PROBLEMS[kind].status, kind.value))
    ]
    head = (
        "# Problems\n\nEvery answer that is no success is `application/problem+json` (RFC 9457) and has one of these "
        "types. A running service serves each page under `/problems/<type>`.\n\n"
        "| type | status | title |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"
