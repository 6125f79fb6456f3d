"""Health checks and traces."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from colonnade.kernel.observe import (
    Health,
    check_directory,
    configure_tracing,
    request_span,
    stop_tracing,
    trace_context,
)


async def test_checks_run_side_by_side_and_say_what_is_down() -> None:
    health = Health()
    met = asyncio.Barrier(2)

    async def database() -> str:
        await met.wait()
        return "PostgreSQL 18"

    async def redis() -> None:
        await met.wait()
        raise ConnectionRefusedError("redis://:secret@10.0.0.1")

    async def endless() -> None:
        await asyncio.Event().wait()

    health.add("database", database)
    health.add("redis", redis, critical=False)
    with capture_logs() as lines:
        report = await health.run()
    answer = msgspec.to_builtins(report)
    for check in answer["checks"].values():
        assert check.pop("ms") >= 0
    assert answer == {
        "ok": True,
        "checks": {
            "database": {"status": "up", "detail": "PostgreSQL 18"},
            "redis": {"status": "down", "detail": "ConnectionRefusedError"},
        },
    }
    assert [(line["event"], line["check"]) for line in lines] == [("health check failed", "redis")]

    other = Health()
    other.add("slow", endless, timeout_seconds=0.01)
    slow = await other.run()
    assert (slow.ok, slow.checks["slow"].detail) == (False, "timeout")


async def test_callers_share_a_round() -> None:
    health = Health(cache_seconds=60)
    calls = 0

    async def count() -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)

    health.add("count", count)
    reports = await asyncio.gather(*(health.run() for _ in range(5)))
    assert all(report is reports[0] for report in reports)
    await health.run()
    assert calls == 1


async def test_a_caller_that_leaves_does_not_spoil_the_round() -> None:
    health = Health()
    go = asyncio.Event()
    health.add("wait", go.wait)  # type: ignore[arg-type]
    first, second = asyncio.create_task(health.run()), asyncio.create_task(health.run())
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert (await second).ok


async def test_recovery_is_seen_and_logged_once() -> None:
    health = Health(cache_seconds=0)
    broken = True

    async def check() -> None:
        if broken:
            raise OSError

    health.add("disk", check)
    with capture_logs() as lines:
        assert [(await health.run()).ok for _ in range(2)] == [False, False]
        broken = False
        assert (await health.run()).ok
    assert [line["event"] for line in lines] == ["health check failed", "health check recovered"]


async def test_the_directory_check(tmp_path: Path) -> None:
    await check_directory(tmp_path)()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        await check_directory(tmp_path / "missing")()


def test_without_an_endpoint_there_is_no_tracing() -> None:
    assert configure_tracing(None) is False
    assert configure_tracing("") is False
    with request_span("GET /") as span:
        assert span is None
    assert trace_context() == {}


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
            assert trace_context()["traceparent"].split("-")[1] == trace
    finally:
        stop_tracing()
    (finished,) = exporter.get_finished_spans()
    assert finished.name == "GET /articles"
    assert format(finished.context.trace_id, "032x") == trace
    assert dict(finished.attributes) == {"http.route": "/articles", "http.response.status_code": 200}
    assert finished.resource.attributes["service.name"] == "radio"
    with request_span("after") as span:
        assert span is None
