"""The contract's metrics as JSON, for administrators; Prometheus' stay at `/metrics`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from colonnade.kernel.core import now
from colonnade.kernel.observe import METRICS


async def metrics(client, query=""):
    answer = await client.get(f"/admin/metrics{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def test_the_contracts_figures_are_shown_to_administrators(radio):
    admin = await radio.http("admin")
    shown = await metrics(admin)
    assert list(shown) == [
        "timestamp",
        "process",
        "uptime",
        "memory",
        "cpu",
        "activeConnections",
        "environment",
        "version",
        "recentRequests",
    ]
    assert now() - datetime.fromisoformat(shown["timestamp"]) < timedelta(minutes=1)
    assert (shown["process"], shown["environment"]) == (os.getpid(), "test")
    assert shown["version"] == radio.services.settings.app_version
    assert shown["uptime"] > 0
    assert 10 * 1024**2 < shown["memory"]["rss"] <= shown["memory"]["peak"]
    assert set(shown["cpu"]) == {"user", "system"}
    assert shown["cpu"]["user"] > 100_000


async def test_the_peak_is_never_below_what_is_used_while_memory_grows(radio):
    admin, held = await radio.http("admin"), []
    for _ in range(40):
        held.append(bytearray(b"x") * 1_000_003)
        memory = (await metrics(admin, "?recent=0"))["memory"]
        assert memory["rss"] <= memory["peak"]


async def test_recent_requests_have_routes_and_no_addresses(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    METRICS.requests("radio").recent.clear()
    assert (await visitor.get("/articles/tidak-ada")).status_code == 404
    assert (await visitor.get("/pages?nama=budi@test.id")).status_code == 200
    assert (await visitor.get("/apa/saja")).status_code == 404
    shown = (await metrics(admin))["recentRequests"]
    assert [(one["method"], one["route"], one["statusCode"]) for one in shown] == [
        ("GET", "unmatched", 404),
        ("GET", "/pages", 200),
        ("GET", "/articles/{slug}", 404),
    ]
    for one in shown:
        assert list(one) == ["method", "route", "duration", "statusCode", "timestamp"]
        assert 0 < one["duration"] < 60_000
        assert now() - datetime.fromisoformat(one["timestamp"]) < timedelta(minutes=1)


async def test_the_latest_hundred_are_shown_and_a_thousand_kept(radio):
    admin = await radio.http("admin")
    recent = METRICS.requests("radio").recent
    recent.clear()
    for number in range(1_100):
        METRICS.requests("radio").observe("GET", f"/{number % 3}", 200, 0.001)
    assert len(recent) == 1_000
    assert len((await metrics(admin))["recentRequests"]) == 100
    assert len((await metrics(admin, "?recent=1000"))["recentRequests"]) == 1_000
    assert (await metrics(admin, "?recent=0"))["recentRequests"] == []
    refused = await admin.get("/admin/metrics?recent=1001")
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "recent")


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("penyiar", 403), ("editor", 403)])
async def test_others_are_refused(radio, role, status):
    answer = await (await radio.http(role)).get("/admin/metrics")
    assert answer.status_code == status
    assert "memory" not in answer.text


async def test_prometheus_stays_where_it_is(radio):
    answer = await (await radio.http()).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert 'colonnade_http_requests_total{method="GET"' in answer.text
