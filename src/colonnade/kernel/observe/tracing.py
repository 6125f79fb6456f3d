"""OpenTelemetry traces, if the extra `otel` is installed and an endpoint is set.

The HTTP kernel wraps the routes of a product in `traced`, inside the cache: an answer from the cache has no span.
Without tracing nothing is wrapped, so that it costs nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from colonnade.kernel.observe.logs import get_logger

__all__ = ["configure_tracing", "request_span", "stop_tracing", "traced"]

_log = get_logger("colonnade.tracing")

Answer = Callable[..., Awaitable[Any]]

_CONTEXT_HEADERS = (b"traceparent", b"tracestate")

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
    """Send traces to `endpoint` (OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`); return whether it will.

    It will not without an endpoint, or if the extra is not installed (which is logged). `exporter` replaces the OTLP
    exporter in tests.
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
    """Send the remaining spans and stop. Block meanwhile, so call it in a thread."""
    global _tracer, _provider
    provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.shutdown()


def request_span(
    name: str, headers: Mapping[str, str] | None = None, **attributes: Any
) -> AbstractContextManager[Any]:
    """Open a span around a request, a child of the caller's if `headers` (lower case) carry `traceparent`.

    Yield the span, for `set_attribute`, or None without tracing.
    """
    if _tracer is None:
        return _NOTHING
    return _span(name, headers, attributes)


def traced(answer: Answer, product: str) -> Answer:
    """Return `answer` with a span around each request, or `answer` itself without tracing.

    It takes a request (with `method`, `request_headers` and, once it is known, the route's `template`) and whatever
    else, and returns an answer with a `status`. A span is named by method and route template and never contains a path,
    a query or an address.
    """
    if _tracer is None:
        return answer

    async def with_span(request: Any, *rest: Any) -> Any:
        headers = {
            name.decode(): value.decode("latin-1")
            for name, value in request.request_headers.items()
            if name in _CONTEXT_HEADERS
        }
        method, status = request.method, 0
        with request_span(method, headers, **{"http.request.method": method, "product": product}) as span:
            try:
                made = await answer(request, *rest)
                status = made.status
            finally:
                _describe(span, method, request.template or "unmatched", status)
        return made

    return with_span


def _describe(span: Any, method: str, route: str, status: int) -> None:
    if span is None:  # tracing has ended meanwhile
        return
    span.update_name(f"{method} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        from opentelemetry.trace import StatusCode

        span.set_status(StatusCode.ERROR)


@contextmanager
def _span(name: str, headers: Mapping[str, str] | None, attributes: dict[str, Any]) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract(dict(headers or {}))
    with _tracer.start_as_current_span(
        name, context=parent, kind=SpanKind.SERVER, attributes=attributes
    ) as span:
        yield span
