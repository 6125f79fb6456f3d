"""A PostgreSQL that hangs rather than dies: answers in bounded time, a clean shutdown, automatic recovery."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS

# A statement that hangs is given up by us after the server should have done it, and 5 s.
IMPATIENT = {"DATABASE_STATEMENT_TIMEOUT_SECONDS": "1", "DATABASE_POOL_SIZE": "2"}


async def test_requests_are_refused_and_then_served_again(
    patient: Any, stopped_afterwards: Any, eventually: Any
) -> None:
    up = stopped_afterwards(await patient.up(**IMPATIENT))
    async with httpx.AsyncClient(base_url=up.url, timeout=30, verify=NO_TLS) as http:
        assert (await http.get("/livechat/messages")).status_code == 200
        with patient.frozen_database():
            began = time.monotonic()
            asked = [http.get("/livechat/messages") for _ in range(6)]
            ready = http.get("/health/ready")
            answers = await asyncio.gather(*asked, ready)
            assert {answer.status_code for answer in answers} == {503}
            assert time.monotonic() - began < 15
            assert all(answer.json()["success"] is False for answer in answers[:-1])
            assert (await http.get("/health/live")).status_code == 200

        async def healthy() -> bool:
            return (await http.get("/livechat/messages")).status_code == 200

        async def known_to_be() -> bool:
            """Ask what is checked once a second: the answer may be one of before."""
            return bool((await http.get("/health")).json()["services"]["database"] == "healthy")

        await eventually(healthy)
        await eventually(known_to_be)


@pytest.mark.slow
async def test_a_server_stops_in_time_while_its_database_hangs(patient: Any) -> None:
    up = await patient.up(SHUTDOWN_GRACE_SECONDS="5")
    other = await patient.up()  # keeps the database from being stopped by the first
    async with httpx.AsyncClient(base_url=up.url, timeout=30, verify=NO_TLS) as http:
        assert (await http.get("/livechat/messages")).status_code == 200
        with patient.frozen_database():
            request = asyncio.create_task(http.get("/livechat/messages"))
            began = time.monotonic()
            assert await asyncio.to_thread(up.stop) == 0
            assert time.monotonic() - began < 25
            await asyncio.gather(request, return_exceptions=True)
    assert await asyncio.to_thread(other.stop) == 0
