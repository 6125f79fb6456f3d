"""Named checks of the things a product depends on: the database, Redis, the file system.

A check is an async function that returns None, or a detail to show, on success and raises on failure. The reason of a
failure is logged; the answer names only its kind, since /health is public.
"""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import msgspec

from colonnade.kernel.observe.logs import get_logger

__all__ = ["CheckResult", "Health", "HealthReport", "check_directory"]

_log = get_logger("colonnade.health")

Check = Callable[[], Awaitable[str | None]]


class CheckResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of one check; `ms` is how long it took."""

    status: Literal["up", "down"]
    ms: float
    detail: str | None = None


class HealthReport(msgspec.Struct, frozen=True):
    """The results of all checks; `ok` is false if a critical one failed (503)."""

    ok: bool
    checks: dict[str, CheckResult]


class Health:
    """A registry of checks. Calls within `cache_seconds` of each other share one round of checks."""

    def __init__(self, cache_seconds: float = 1.0) -> None:
        self._checks: dict[str, tuple[Check, float, bool]] = {}
        self._cache_seconds = cache_seconds
        self._round: asyncio.Task[HealthReport] | None = None
        self._expires = 0.0
        self._failing: set[str] = set()

    def add(self, name: str, check: Check, *, timeout_seconds: float = 2.0, critical: bool = True) -> None:
        """Register `check`; one that is not critical is shown but does not make the report fail."""
        self._checks[name] = (check, timeout_seconds, critical)

    async def run(self) -> HealthReport:
        """Run all checks concurrently; does not raise if one fails."""
        if self._round is None or (self._round.done() and time.monotonic() >= self._expires):
            self._round = asyncio.ensure_future(self._run_all())
        return await asyncio.shield(self._round)

    async def _run_all(self) -> HealthReport:
        names = list(self._checks)
        results = await asyncio.gather(*(self._run_one(name) for name in names))
        checks = dict(zip(names, results, strict=True))
        ok = all(result.status == "up" or not self._checks[name][2] for name, result in checks.items())
        self._expires = time.monotonic() + self._cache_seconds
        return HealthReport(ok, checks)

    async def _run_one(self, name: str) -> CheckResult:
        check, timeout_seconds, _ = self._checks[name]
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_seconds):
                detail = await check()
        except Exception as error:
            failure: Exception | None = error
            detail = "timeout" if isinstance(error, TimeoutError) else type(error).__name__
        else:
            failure = None
        self._log_change(name, failure)
        ms = round((time.perf_counter() - started) * 1000, 1)
        return CheckResult("down" if failure else "up", ms, detail)

    def _log_change(self, name: str, failure: Exception | None) -> None:
        if failure is not None and name not in self._failing:
            self._failing.add(name)
            _log.warning("health check failed", check=name, error=type(failure).__name__, reason=str(failure))
        elif failure is None and name in self._failing:
            self._failing.discard(name)
            _log.info("health check recovered", check=name)


def check_directory(path: Path) -> Check:
    """Return a check that a file can be written to, read from and removed from `path`."""

    def probe() -> None:
        file = path / f".health-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            file.write_bytes(b"ok")
            if file.read_bytes() != b"ok":
                raise OSError("the file read differs from the one written")
        finally:
            file.unlink(missing_ok=True)

    async def check() -> None:
        await asyncio.to_thread(probe)

    return check
