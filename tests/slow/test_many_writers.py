"""Fifty writers, two hundred messages each, one session: numbered 1 to 10,000 in the order of the commits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import new_installation

pytestmark = pytest.mark.slow

API = "/api/v1"
WRITERS, EACH = 50, 200
LOGIN = {"email": "melati@dealroom.test", "password": "melati-dealroom"}


async def test_ten_thousand_messages_into_one_session(capsys: pytest.CaptureFixture[str]) -> None:
    with new_installation() as installation:
        installation.environment |= {"RATE_LIMIT_GLOBAL": "10000000/hour", "ASSISTANT": "off"}
        up = await asyncio.to_thread(installation.up, "dealroom")
        async with httpx.AsyncClient(base_url=up.url, timeout=30, verify=NO_TLS) as http:
            token = (await http.post(f"{API}/auth/login", json=LOGIN)).json()["data"]["token"]
            http.headers["Authorization"] = f"Bearer {token}"
            session = (await http.post(f"{API}/sessions", json={})).json()["data"]["id"]
            answered: dict[int, int] = {}

            async def write(writer: int) -> None:
                for number in range(EACH):
                    body = {"sessionId": session, "sender": "customer", "content": f"{writer}/{number}"}
                    while (answer := await http.post(f"{API}/messages", json=body)).status_code == 503:
                        await asyncio.sleep(float(answer.headers["retry-after"]))
                    assert answer.status_code == 201, answer.text
                    answered[answer.json()["data"]["id"]] = answer.json()["data"]["seq"]

            async def poll() -> list[dict[str, Any]]:
                seen: list[dict[str, Any]] = []
                while len(seen) < WRITERS * EACH:
                    last = seen[-1]["id"] if seen else 0
                    answer = await http.get(f"{API}/messages/batch/{session}?lastMessageId={last}&limit=100")
                    page = answer.json()["data"]
                    seen += page
                    if not page:
                        await asyncio.sleep(0.01)
                return seen

            began = time.monotonic()
            polling = asyncio.create_task(poll())
            await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
            seconds = time.monotonic() - began
            async with asyncio.timeout(60):
                seen = await polling
            assert [message["seq"] for message in seen] == list(range(1, WRITERS * EACH + 1))
            assert {message["id"]: message["seq"] for message in seen} == answered
            by_writer: dict[str, list[int]] = {}
            for message in seen:
                writer, _, number = message["content"].partition("/")
                by_writer.setdefault(writer, []).append(int(number))
            assert all(numbers == list(range(EACH)) for numbers in by_writer.values())
            times = [message["createdAt"] for message in seen]
            assert times == sorted(times)
            proof = (await http.get(f"{API}/sessions/{session}/integrity")).json()["data"]
            assert (proof["intact"], proof["count"], proof["gaps"], proof["duplicates"]) == (
                True,
                10_000,
                0,
                0,
            )
        with capsys.disabled():
            print(f"\n  {WRITERS * EACH / seconds:.0f} messages/s into one session, polled meanwhile")
