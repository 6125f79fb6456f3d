"""One dealroom server per test process, emptied before each test, with two users and an administrator.

`room` is the server: `room.melati` and `room.budi` are clients of two users, `room.admin` of an administrator,
`room.visitor` of nobody; `room.session(client)` starts a chat session and returns its id.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.products.traffic import Traffic

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import Backend, LiveServer
from colonnade.products.dealroom.product import PRODUCT

API = "/api/v1"

TRAFFIC = Traffic(PRODUCT)
"""Whatever the sockets of a test were sent is compared with its description when the test ends."""


class Room(Backend):
    """A running dealroom."""

    melati: httpx.AsyncClient
    budi: httpx.AsyncClient
    admin: httpx.AsyncClient
    visitor: httpx.AsyncClient

    async def begin(self) -> None:
        """Empty the dealroom and create the accounts melati (1), budi (2) and admin (3)."""
        await self.empty()
        self.accounts = {name: await self._add(name) for name in ("melati", "budi", "admin")}
        self.melati = await self.http("melati")
        self.budi = await self.http("budi")
        self.admin = await self.http("admin")
        self.visitor = await self.http()

    async def _add(self, name: str) -> int:
        role = "admin" if name == "admin" else "user"
        account_id = await self.add_account(f"{name}@test.id", name, role)
        await self.services.db.execute(
            "INSERT INTO profiles (account_id, username, phone, phone_typed) VALUES ($1, $2, $3, $3)",
            account_id,
            name,
            f"+6281160001{account_id:02}",
        )
        return account_id

    async def session(self, client: httpx.AsyncClient | None = None, **values: Any) -> str:
        """Start a chat session of `client` (melati) and return its id."""
        answer = await (client or self.melati).post(f"{API}/sessions", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    async def say(
        self,
        session_id: str,
        content: str,
        sender: str = "customer",
        client: httpx.AsyncClient | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Send a message."""
        body = {"sessionId": session_id, "sender": sender, "content": content, **more}
        answer = await (client or self.melati).post(f"{API}/messages", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


async def _show_number(scope: Any, receive: Any, send: Any) -> None:
    """Show any number to any token, as the provider that `whatsapp` has does to those who manage it."""
    id_ = scope["path"].rpartition("/")[2]
    shown = json.dumps({"id": id_, "display_phone_number": "+62 811-6000-123"}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": shown})


@pytest.fixture(scope="session")
async def room_server(open_backend: OpenBackend) -> AsyncIterator[Room]:
    """Provide the server itself; use `room`."""
    async with (
        LiveServer(_show_number) as provider,
        open_backend(
            PRODUCT,
            Room,
            whatsapp_base_url=f"{provider.url}/v25.0",
            rate_limit_uploads="1000/hour",
            assistant_quiet_seconds=0,
        ) as server,
    ):
        yield server


@pytest.fixture
async def room(room_server: Room) -> AsyncIterator[Room]:
    """Provide an empty dealroom with two users and an administrator."""
    async with room_server.for_test():
        yield room_server
        assert TRAFFIC.problems(room_server.sockets) == []


@pytest.fixture
def backend(room: Room) -> Room:
    """Provide the same under the name that tests of a new slice use."""
    return room
