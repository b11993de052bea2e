"""Why something is no acceptable ERN message: one reason, one sentence for the sender."""

from enum import StrEnum


class RefusalReason(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    DTD = "document-type"
    TOO_MANY_ELEMENTS = "too-many-elements"
    TOO_DEEP = "too-deep"
    MALFORMED = "malformed-xml"
    NOT_ERN = "not-ern"
    UNSUPPORTED_VERSION = "unsupported-version"
    UNSUPPORTED_MESSAGE = "unsupported-message"
    NO_HEADER = "no-message-header"
    NO_MESSAGE_ID = "no-message-id"


class MessageRefused(ValueError):
    """The bytes are no acceptable ERN message. ``line`` is 1-based and missing where no place can be named."""

    def __init__(self, reason: RefusalReason, detail: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.line = line
