"""Metrics of several processes behind one port (`up --workers N`).

A scrape reaches any one of the processes, so each writes its figures to a file in a shared directory every few
seconds, and the scraped process answers for all of them: with its own current figures and those that the others wrote
last, each with the label `process`. Sums over `process` equal the counts of a single process. Files of processes that
no longer write are left out, which Prometheus sees as the end of a series.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from colonnade.kernel.observe.metrics import METRICS, Metrics

__all__ = ["SharedMetrics"]

_WRITE_PERIOD_SECONDS = 5.0
_STALE_SECONDS = 20.0


class _Sample(msgspec.Struct, frozen=True, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    name: str
    help: str
    type: str
    samples: list[_Sample]


class SharedMetrics:
    """The metrics of this process, named `process`, and of its siblings, shared through `directory`."""

    def __init__(self, directory: Path, process: str, metrics: Metrics = METRICS) -> None:
        self._directory = directory
        self._path = directory / f"{process}.metrics"
        self._process = process
        self._metrics = metrics

    async def run(self) -> None:
        """Answer scrapes for all processes and write every five seconds until cancelled; then remove the file."""
        self._metrics.render_shared = self.render
        try:
            while True:
                await self._metrics.refresh()
                self.write()
                await asyncio.sleep(_WRITE_PERIOD_SECONDS)
        finally:
            self._metrics.render_shared = None
            self._path.unlink(missing_ok=True)

    def write(self) -> None:
        """Write this process's figures atomically."""
        self._directory.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(_encoder.encode(_snapshot(self._metrics, self._process)))
        draft.replace(self._path)

    def render(self) -> bytes:
        """Return the text for a scrape, for all processes."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def describe(self) -> list[Metric]:
        """Return no metrics in advance (prometheus_client's protocol)."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield each metric once, with the samples of every process (prometheus_client's protocol)."""
        merged: dict[str, Metric] = {}
        for stored in self._all():
            metric = merged.setdefault(stored.name, Metric(stored.name, stored.help, stored.type))
            for sample in stored.samples:
                metric.add_sample(sample.name, sample.labels, sample.value)
        yield from merged.values()

    def _all(self) -> Iterator[_Stored]:
        yield from _snapshot(self._metrics, self._process)
        for path in sorted(self._directory.glob("*.metrics")):
            if path == self._path:
                continue
            try:
                if time.time() - path.stat().st_mtime < _STALE_SECONDS:
                    yield from _decoder.decode(path.read_bytes())
            except (OSError, msgspec.DecodeError):
                continue  # the file is being replaced, or another version wrote it


def _snapshot(metrics: Metrics, process: str) -> list[_Stored]:
    stored: list[_Stored] = []
    for metric in metrics.registry.collect():
        samples = [
            _Sample(sample.name, {**sample.labels, "process": process}, float(sample.value))
            for sample in metric.samples
        ]
        stored.append(_Stored(metric.name, metric.documentation, metric.type, samples))
    return stored


_encoder = msgspec.json.Encoder()
_decoder: Any = msgspec.json.Decoder(list[_Stored])
