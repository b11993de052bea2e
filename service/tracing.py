"""Traces across API and workers by OpenTelemetry: from a delivery over its analysis and verdict to the webhook.

Nothing is traced unless ``EARMARK_OTLP_ENDPOINT`` is set; then the packages of the extra ``telemetry`` are needed. A
span's ``traceparent`` is kept with every job that becomes necessary within it (:mod:`service.store.trace`). A caller's
own ``traceparent`` is not believed, or one caller could write into another's trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from service.settings import Settings
from service.store import trace as trace_of_work

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

_provider: "TracerProvider | None" = None


class TelemetryMissing(Exception):
    """An endpoint is set, and the packages that would send to it are not installed."""


def configure(settings: Settings, role: str, exporter: "SpanExporter | None" = None) -> None:
    """Trace this process, if the settings say so; once for each process.

    :param exporter: where spans go instead of the endpoint of the settings; each is given as it ends
    :raises TelemetryMissing: where packages are missing
    """
    global _provider
    if not settings.otlp_endpoint and exporter is None:
        return
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError as error:
        raise TelemetryMissing("EARMARK_OTLP_ENDPOINT needs: pip install 'earmark[telemetry]'") from error
    _provider = TracerProvider(resource=Resource.create({"service.name": f"earmark-{role}"}))
    if exporter is not None:
        _provider.add_span_processor(SimpleSpanProcessor(exporter))
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint, timeout=5)))


def shut_down() -> None:
    """Send what is left and trace no more."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None


@contextmanager
def span(name: str, parent: str | None = None, **attributes: str | int) -> Iterator["Span | None"]:
    """One step of work. What becomes necessary within it belongs to its trace.

    :param parent: ``traceparent`` of the step that made this one necessary; missing: a trace of its own
    """
    if _provider is None:
        yield None
        return
    from opentelemetry import context as no_context

    tracer = _provider.get_tracer("earmark")
    above = _context(parent) if parent else no_context.Context()
    with tracer.start_as_current_span(name, context=above, attributes=attributes) as started:
        token = trace_of_work.current.set(traceparent(started))
        try:
            yield started
        finally:
            trace_of_work.current.reset(token)


def traceparent(started: "Span") -> str:
    """The span in the form of the W3C recommendation (https://www.w3.org/TR/trace-context/)."""
    context = started.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def _context(parent: str) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent})
