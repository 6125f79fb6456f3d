"""Traces: spans reach a collector (a stand-in that speaks OTLP over HTTP) where one is named."""

from __future__ import annotations

import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing.command import Installation

service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(ThreadingHTTPServer):
    """A collector that keeps every span."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: queue.Queue[Any] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def all(self) -> list[Any]:
        return list(self.spans.queue)


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in service.ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.server.spans.put(span)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output free of requests."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Start a collector on a free port."""
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


async def test_spans_are_exported(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]], collector: Collector
) -> None:
    up = installation.up(
        "radio",
        "--no-demo",
        DATABASE_URL=await migrated_database(),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
    )
    parent = {"traceparent": f"00-{PARENT}-00f067aa0ba902b7-01"}
    assert httpx.get(f"{up.url}/articles/tidak-ada?rahasia=1", headers=parent).status_code == 404
    assert httpx.get(f"{up.url}/categories").status_code == 200
    assert httpx.get(f"{up.url}/categories").status_code == 200
    assert up.stop() == 0
    spans = {span.name: span for span in collector.all()}
    missing = spans["GET /articles/{slug}"]
    assert missing.trace_id.hex() == PARENT
    assert attributes(missing) == {
        "http.request.method": "GET",
        "http.route": "/articles/{slug}",
        "http.response.status_code": 404,
        "product": "radio",
    }
    assert "rahasia" not in str(collector.all())
    assert "GET /categories" in spans


async def test_a_collector_that_is_away_holds_nothing_up(
    installation: Installation, migrated_database: Callable[[], Awaitable[str]], taken_port: int
) -> None:
    """The port accepts and never answers."""
    endpoint = f"http://127.0.0.1:{taken_port}/v1/traces"
    up = installation.up(
        "radio", "--no-demo", DATABASE_URL=await migrated_database(), OTEL_EXPORTER_OTLP_ENDPOINT=endpoint
    )
    assert httpx.get(f"{up.url}/articles").status_code == 200
    assert up.stop(seconds=15) == 0
