"""OpenTelemetry traces, for those who install the extra `otel` and name an endpoint; otherwise nothing at
all.

`request_span` is called by the HTTP kernel for every request: without tracing it costs one comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from colonnade.kernel.observe.logs import get_logger

__all__ = ["configure_tracing", "request_span", "stop_tracing", "trace_context"]

_log = get_logger("colonnade.tracing")

_tracer: Any = None
_provider: Any = None
_NOTHING: AbstractContextManager[Any] = nullcontext()


def configure_tracing(
    endpoint: str | None,
    *,
    service: str = "colonnade",
    version: str = "",
    sample_ratio: float = 1.0,
    exporter: Any = None,
) -> bool:
    """Send traces to `endpoint` (OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`); gives whether it
    will.

    Without an endpoint, or where the extra is not installed (which is logged), nothing changes. `exporter`
    replaces the OTLP exporter in tests.
    """
    global _tracer, _provider
    if not endpoint:
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        _log.warning("tracing is configured but colonnade[otel] is not installed")
        return False
    resource = Resource.create({"service.name": service, "service.version": version})
    _provider = TracerProvider(
        resource=resource, sampler=ParentBased(TraceIdRatioBased(sample_ratio)), shutdown_on_exit=False
    )
    _provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=endpoint)))
    _tracer = _provider.get_tracer("colonnade")
    return True


def stop_tracing() -> None:
    """Send what is left and stop; blocks for as long as that takes, so call it in a thread at the end."""
    global _tracer, _provider
    provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.shutdown()


def request_span(
    name: str, headers: Mapping[str, str] | None = None, **attributes: Any
) -> AbstractContextManager[Any]:
    """A span around a request, child of the caller's where `headers` (lower case) carry `traceparent`.

    Gives the span, to be told more with `set_attribute`, or None without tracing.
    """
    if _tracer is None:
        return _NOTHING
    return _span(name, headers, attributes)


def trace_context() -> dict[str, str]:
    """The headers that carry the current span to another service; empty without tracing."""
    if _tracer is None:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier


@contextmanager
def _span(name: str, headers: Mapping[str, str] | None, attributes: dict[str, Any]) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(dict(headers or {}))
    with _tracer.start_as_current_span(
        name, context=parent, kind=SpanKind.SERVER, attributes=attributes
    ) as span:
        yield span
