"""Under which trace work becomes necessary: kept with the job, so that who does it can go on with the same trace."""

from contextvars import ContextVar

current: ContextVar[str | None] = ContextVar("trace", default=None)
"""The present span as a W3C ``traceparent``; ``None`` where nothing is traced."""
