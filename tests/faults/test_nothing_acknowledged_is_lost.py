"""A dealroom is stopped or killed while many write: acknowledged messages are there, once, and numbers have no gap."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import Installation, RunningCommand, new_installation

API = "/api/v1"
WRITERS = 12
BEFORE_THE_END = 150
EACH = 40
QUIET = {"RATE_LIMIT_GLOBAL": "10000000/hour", "ASSISTANT": "off"}
LOGIN = {"email": "melati@dealroom.test", "password": "melati-dealroom"}


class Talk:
    """Writers that repeat what was not answered, as clients with an outbox do."""

    def __init__(self, url: str, token: str, session: str) -> None:
        self.url, self.session = url, session
        self.headers = {"Authorization": f"Bearer {token}"}
        self.acknowledged: dict[str, int] = {}
        self.enough = asyncio.Event()

    async def write(self, writer: int) -> None:
        """Send until the server is gone or everything is acknowledged."""
        async with httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=20, verify=NO_TLS
        ) as http:
            for number in range(EACH):
                key = f"{writer}-{number}"
                if key in self.acknowledged:
                    continue
                body = {"sessionId": self.session, "sender": "human", "content": key, "clientMessageId": key}
                try:
                    answer = await http.post(f"{API}/messages", json=body)
                except httpx.TransportError:
                    return
                if answer.status_code == 503:
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledged[key] = answer.json()["data"]["seq"]
                if len(self.acknowledged) >= BEFORE_THE_END:
                    self.enough.set()

    async def all_writers(self) -> None:
        await asyncio.gather(*(self.write(writer) for writer in range(WRITERS)))

    async def record(self) -> list[dict[str, Any]]:
        """Return every message, by polling in batches."""
        found: list[dict[str, Any]] = []
        async with httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=20, verify=NO_TLS
        ) as http:
            while True:
                last = found[-1]["id"] if found else 0
                answer = await http.get(f"{API}/messages/batch/{self.session}?lastMessageId={last}&limit=200")
                page = answer.json()["data"]
                if not page:
                    return found
                found += page

    async def proof(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, headers=self.headers, verify=NO_TLS) as http:
            data: dict[str, Any] = (await http.get(f"{API}/sessions/{self.session}/integrity")).json()["data"]
        return data


async def begin(up: RunningCommand) -> Talk:
    async with httpx.AsyncClient(base_url=up.url, timeout=20, verify=NO_TLS) as http:
        token = (await http.post(f"{API}/auth/login", json=LOGIN)).json()["data"]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        session = (await http.post(f"{API}/sessions", json={}, headers=headers)).json()["data"]["id"]
    return Talk(up.url, token, session)


@pytest.fixture(scope="module")
def dealroom(room: Path, templates: Callable[[str], Path]) -> Any:
    with new_installation(room) as installation:
        installation.copy_from(templates("dealroom"))
        installation.environment |= QUIET
        yield installation


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
async def test_what_was_answered_is_there(dealroom: Installation, how: signal.Signals) -> None:
    up = await asyncio.to_thread(dealroom.up, "dealroom")
    talk = await begin(up)
    writing = asyncio.create_task(talk.all_writers())
    async with asyncio.timeout(60):
        await talk.enough.wait()
    if how == signal.SIGTERM:
        assert await asyncio.to_thread(up.stop, how) == 0
    else:
        up.kill_group()
    await writing
    answered = dict(talk.acknowledged)
    assert len(answered) < WRITERS * EACH

    again = await asyncio.to_thread(dealroom.up, "dealroom")
    talk.url = again.url
    found = {message["clientMessageId"]: message["seq"] for message in await talk.record()}
    assert {key: found.get(key) for key in answered} == answered

    await talk.all_writers()
    record = await talk.record()
    assert [message["seq"] for message in record] == list(range(1, WRITERS * EACH + 1))
    assert len({message["clientMessageId"] for message in record}) == WRITERS * EACH
    assert {message["clientMessageId"]: message["seq"] for message in record} == talk.acknowledged
    assert (await talk.proof())["intact"] is True
    assert await asyncio.to_thread(again.stop) == 0
