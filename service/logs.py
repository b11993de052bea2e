"""Logging of every role: one line an event on standard error, with plain tracebacks and without local variables.

A line that cannot be written, because the disk behind it is full or nobody reads the pipe, is lost and nothing else
with it: no role ends and no work fails over its log.
"""

import contextlib
import io
import logging
import sys

import structlog

from service.settings import Settings


def configure(settings: Settings) -> None:
    """Set up logging for this process. Local variables stay out of it: they hold what strangers sent."""
    level = getattr(logging, settings.log_level.upper())
    logging.basicConfig(
        stream=sys.stderr, level=max(level, logging.WARNING), format="%(levelname)s %(name)s: %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _renderer(settings.log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=_StandardError()),
    )


def say(line: str) -> None:
    """One line for a person on standard error."""
    _StandardError().write(f"{line}\n")


class _StandardError(io.TextIOBase):
    """Standard error as it is at the moment, without the errors of writing to it."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def _renderer(form: str) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=True)
    return structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
