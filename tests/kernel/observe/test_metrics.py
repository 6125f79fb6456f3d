"""Metrics: exact numbers, bounded labels, several processes, cheapness."""

from __future__ import annotations

import asyncio
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from colonnade.kernel.observe import (
    CacheCounts,
    LoopLag,
    Metrics,
    SharedMetrics,
    render_metrics,
    watch_jobs,
    watch_loop,
    watch_pool,
    watch_sockets,
)


def samples(text: bytes) -> dict[str, float]:
    """Return every sample as `name{labels}` -> value."""
    return {
        f"{sample.name}{{{','.join(f'{key}={value}' for key, value in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_requests_are_counted_and_timed() -> None:
    metrics = Metrics()
    requests = metrics.requests("radio")
    assert metrics.requests("radio") is requests
    requests.in_flight += 1
    requests.observe("GET", "/articles/{slug}", 200, 0.004)
    requests.observe("GET", "/articles/{slug}", 200, 0.005)
    requests.observe("GET", "/articles/{slug}", 404, 30)
    got = samples(metrics.render())
    route = "method=GET,product=radio,route=/articles/{slug}"
    assert got[f"colonnade_http_requests_total{{{route},status=200}}"] == 2
    assert got[f"colonnade_http_requests_total{{{route},status=404}}"] == 1
    prefix = "colonnade_http_request_duration_seconds"
    assert got[f"{prefix}_bucket{{le=0.0025,{route}}}"] == 0
    assert got[f"{prefix}_bucket{{le=0.005,{route}}}"] == 2
    assert got[f"{prefix}_bucket{{le=10.0,{route}}}"] == 2
    assert got[f"{prefix}_bucket{{le=+Inf,{route}}}"] == 3
    assert got[f"{prefix}_count{{{route}}}"] == 3
    assert got[f"{prefix}_sum{{{route}}}"] == pytest.approx(30.009)
    assert got["colonnade_http_requests_in_flight{product=radio}"] == 1


def test_labels_are_bounded() -> None:
    metrics = Metrics()
    requests = metrics.requests("radio")
    for number in range(3_000):
        requests.observe(f"M{number}", "unmatched", 405, 0.001)
        requests.observe("GET", f"/{number}", 200, 0.001)
    got = samples(metrics.render())
    totals = {name: value for name, value in got.items() if name.startswith("colonnade_http_requests_total")}
    assert (
        totals["colonnade_http_requests_total{method=OTHER,product=radio,route=unmatched,status=405}"]
        == 3_000
    )
    assert len(totals) == 2_001
    assert sum(totals.values()) == 6_000


def test_counting_a_request_is_cheap() -> None:
    requests = Metrics().requests("radio")
    rounds = 20_000
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(rounds):
            requests.observe("GET", "/articles/{slug}", 200, 0.004)
        best = min(best, (time.perf_counter() - started) / rounds)
    assert best < 5e-6


def test_counters_and_gauges() -> None:
    metrics = Metrics()
    mails = metrics.counter("mails", "Mails.", product="radio", outcome="sent")
    mails.add()
    metrics.counter("mails", "Mails.", product="radio", outcome="sent").add(2)
    remove = metrics.gauge("things", "Things.", lambda: 7, product="radio")
    metrics.gauge("broken", "Broken.", lambda: 1 / 0)
    got = samples(metrics.render())
    assert got["colonnade_mails_total{outcome=sent,product=radio}"] == 3
    assert got["colonnade_things{product=radio}"] == 7
    assert not [name for name in got if name.startswith("colonnade_broken")]
    remove()
    assert "colonnade_things{product=radio}" not in samples(metrics.render())
    with pytest.raises(ValueError, match="mails has the labels"):
        metrics.counter("mails", "Mails.", product="radio")


def test_the_process_is_measured_too() -> None:
    assert samples(render_metrics())["process_resident_memory_bytes{}"] > 1_000_000


@dataclass
class Counts:
    queued: int = 1
    delayed: int = 2
    running: int = 3
    held: int = 4
    oldest_due_seconds: float = 5.5


@dataclass
class Pool:
    size: int = 5
    idle: int = 3
    waiting: int = 1


async def test_the_usual_sources() -> None:
    metrics = Metrics()
    failing = False

    async def count() -> Counts:
        if failing:
            raise OSError
        return Counts()

    removes = [
        watch_pool("radio", Pool(), metrics),
        watch_sockets("radio", lambda: 12, metrics),
        watch_jobs("radio", count, metrics),
        watch_loop(metrics),
    ]
    cache = CacheCounts("radio", "responses", metrics)
    cache.hits.add()
    await metrics.refresh()
    got = samples(metrics.render())
    for name, value in {
        "colonnade_db_pool_connections{product=radio,state=used}": 2,
        "colonnade_db_pool_connections{product=radio,state=idle}": 3,
        "colonnade_db_pool_waiting{product=radio}": 1,
        "colonnade_sockets{product=radio}": 12,
        "colonnade_jobs{product=radio,state=held}": 4,
        "colonnade_jobs{product=radio,state=queued}": 1,
        "colonnade_jobs_oldest_due_seconds{product=radio}": 5.5,
        "colonnade_cache_lookups_total{cache=responses,outcome=hit,product=radio}": 1,
        "colonnade_cache_lookups_total{cache=responses,outcome=miss,product=radio}": 0,
        "colonnade_event_loop_lag_seconds{}": 0,
    }.items():
        assert got[name] == value, name

    failing = True
    await metrics.refresh()
    assert math.isnan(samples(metrics.render())["colonnade_jobs{product=radio,state=held}"])
    for remove in removes:
        remove()
    left = {name.partition("{")[0] for name in samples(metrics.render()) if name.startswith("colonnade")}
    assert left == {"colonnade_cache_lookups_total", "colonnade_cache_evictions_total"}


async def test_a_slow_source_does_not_hold_up_the_scrape() -> None:
    metrics = Metrics()
    metrics.before_scrape(asyncio.Event().wait)  # type: ignore[arg-type]
    async with asyncio.timeout(3):
        await metrics.refresh()


async def test_a_blocked_loop_shows_as_lag() -> None:
    lag = LoopLag(period_seconds=0.01)
    lag.start()
    time.sleep(0.15)
    async with asyncio.timeout(5):
        while lag.seconds == 0.0:
            await asyncio.sleep(0)
    lag.stop()
    assert 0.1 < lag.seconds < 5


def test_processes_answer_for_each_other(tmp_path: Path) -> None:
    first, second = Metrics(), Metrics()
    first.requests("radio").observe("GET", "/", 200, 0.001)
    second.requests("radio").observe("GET", "/", 200, 0.001)
    one, two = SharedMetrics(tmp_path, "1", first), SharedMetrics(tmp_path, "2", second)
    two.write()
    second.requests("radio").observe("GET", "/", 200, 0.001)
    name = "colonnade_http_requests_total{method=GET,process=%s,product=radio,route=/,status=200}"
    assert {key: samples(one.render()).get(name % key) for key in "12"} == {"1": 1, "2": 1}
    two.write()
    text = one.render()
    assert samples(text)[name % "2"] == 2
    assert text.count(b"# TYPE colonnade_http_requests_total counter") == 1
    (tmp_path / "3.metrics").write_bytes(b"half a fi")
    stale = time.time() - 60
    os.utime(tmp_path / "2.metrics", (stale, stale))
    assert name % "2" not in samples(one.render())


async def test_sharing_ends_with_the_process(tmp_path: Path) -> None:
    written = asyncio.Event()
    metrics = Metrics()

    async def noted() -> None:
        written.set()

    metrics.before_scrape(noted)
    task = asyncio.create_task(SharedMetrics(tmp_path / "run", "1", metrics).run())
    await written.wait()
    while not (tmp_path / "run" / "1.metrics").exists():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "run").iterdir()) == []
