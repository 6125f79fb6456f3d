"""One table in four minutes: the scenarios that our targets name, in short rounds, radio's and then dealroom's.

Installing the peers and loading the data for the first time comes before and is not part of the four minutes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

from data.load import generated
from harness import database, load, peer, report
from harness.compare import Plan, compare, tell
from harness.compare_dealroom import compare_dealroom
from harness.postgres import Postgres
from harness.wanted import PEER_TUNED

RADIO = ("one-row", "signed-in", "slug", "small-cached", "cached-list", "not-found", "invalid")
DEALROOM = ("message-create", "batch-poll")
# A second of each: a JIT is warm enough to be compared, not to be praised.
PLAN = Plan(rounds=2, seconds=1.0, warmup_seconds=1.0, warmup_requests=300)


def prepare() -> float:
    """Install what is missing and load the data; return the seconds. Raises as `compare` does."""
    began = time.perf_counter()
    load.ensure_wrk()
    peer.ensure_built(PLAN.peers)
    with Postgres() as postgres:
        asyncio.run(database.radio_dataset(postgres, generated()))
        asyncio.run(database.dealroom_template(postgres))
    return time.perf_counter() - began


def measure(*, plan: Plan = PLAN) -> dict[str, Any]:
    """Measure; return radio's result under `http`, dealroom's under `dealroom`, and the seconds of each part."""
    prepared = prepare()
    tell(f"prepared in {prepared:.0f} s")
    began = time.perf_counter()
    others = tuple(name for name in plan.peers if name != PEER_TUNED)
    http = asyncio.run(compare(replace(plan, only=RADIO, peers=others)))
    dealroom = asyncio.run(compare_dealroom(replace(plan, only=DEALROOM)))
    took = time.perf_counter() - began
    return {"http": http, "dealroom": dealroom, "prepared_seconds": prepared, "seconds": took}


def show(result: dict[str, Any]) -> None:
    """Print the table, and the memory of the servers."""
    report.show_overview([*result["http"]["scenarios"], *result["dealroom"]["scenarios"]])
    for part in ("http", "dealroom"):
        print(f"{part}: {report.memory_line(result[part])}")
    print(f"prepared in {result['prepared_seconds']:.0f} s, measured in {result['seconds']:.0f} s")
