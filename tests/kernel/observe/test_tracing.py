"""Traces: where they are sent, and that a request is part of its caller's."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.kernel.observe import configure_tracing, request_span, stop_tracing


def test_without_an_endpoint_there_is_no_tracing() -> None:
    assert configure_tracing(None) is False
    assert configure_tracing("") is False
    with request_span("GET /") as span:
        assert span is None


def test_a_request_is_a_span_of_its_callers_trace() -> None:
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter: Any = export.InMemorySpanExporter()
    assert configure_tracing("http://127.0.0.1:9/v1/traces", service="radio", exporter=exporter) is True
    trace = "0af7651916cd43dd8448eb211c80319c"
    try:
        with request_span(
            "GET /articles", {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}, **{"http.route": "/articles"}
        ) as span:
            span.set_attribute("http.response.status_code", 200)
    finally:
        stop_tracing()
    (finished,) = exporter.get_finished_spans()
    assert finished.name == "GET /articles"
    assert format(finished.context.trace_id, "032x") == trace
    assert dict(finished.attributes) == {"http.route": "/articles", "http.response.status_code": 200}
    assert finished.resource.attributes["service.name"] == "radio"
    with request_span("after") as span:
        assert span is None
