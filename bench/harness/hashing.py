"""Measures argon2id by itself, in a process with nothing else to do, as the baseline of a login.

The process is this module (`python -m harness.hashing`): our own PasswordHasher as a server creates it, on the
event loop of a server, called by as many tasks as a server has connections.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from typing import Any

from harness import settings


def measure(password: str, password_hash: str, seconds: float, tasks: int) -> dict[str, float]:
    """Return verifications per second, median milliseconds from call to answer, and CPU milliseconds of each."""
    finished = subprocess.run(
        [sys.executable, "-m", "harness.hashing"],
        cwd=settings.BENCH,
        input=json.dumps([password, password_hash, seconds, tasks]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    counted: dict[str, float] = json.loads(finished.stdout)
    return counted


async def _verify(password: str, password_hash: str, seconds: float, tasks: int) -> dict[str, float]:
    from colonnade.kernel.identity import PasswordHasher

    hasher = PasswordHasher()
    await hasher.verify(password, password_hash)
    await hasher.verify("not " + password, None)
    took: list[float] = []
    began, cpu_before = time.perf_counter(), time.process_time()

    async def ask() -> None:
        while (asked := time.perf_counter()) < began + seconds:
            matches, new_hash = await hasher.verify(password, password_hash)
            assert matches, "the password must match its hash"
            assert new_hash is None, "the hash must have today's parameters"
            took.append(time.perf_counter() - asked)

    await asyncio.gather(*(ask() for _ in range(tasks)))
    whole, cpu = time.perf_counter() - began, time.process_time() - cpu_before
    hasher.close()
    return {
        "per_second": len(took) / whole,
        "p50_ms": statistics.median(took) * 1e3,
        "cpu_ms": cpu / len(took) * 1e3,
    }


def _main() -> Any:
    import uvloop

    print(json.dumps(uvloop.run(_verify(*json.load(sys.stdin)))))


if __name__ == "__main__":
    _main()
