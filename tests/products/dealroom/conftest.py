"""One dealroom server per test process, emptied before each test, with two users and an administrator.

`room` is the server: `room.melati` and `room.budi` are clients of two users, `room.admin` of an administrator,
`room.visitor` of nobody; `room.session(client)` begins a chat session and gives its id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.testing import Backend, migrate_product

API = "/api/v1"


class Room(Backend):
    """A running dealroom."""

    melati: httpx.AsyncClient
    budi: httpx.AsyncClient
    admin: httpx.AsyncClient
    visitor: httpx.AsyncClient

    async def begin(self) -> None:
        """Empty, with the accounts melati (1), budi (2) and admin (3)."""
        await self.empty()
        self.ids = {name: await self._add(name) for name in ("melati", "budi", "admin")}
        self.melati = await self.http(self.ids["melati"])
        self.budi = await self.http(self.ids["budi"])
        self.admin = await self.http(self.ids["admin"])
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
        """The id of a new chat session of `client` (melati)."""
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
        """A new message."""
        body = {"sessionId": session_id, "sender": sender, "content": content, **more}
        answer = await (client or self.melati).post(f"{API}/messages", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


@pytest.fixture(scope="session")
async def room_server(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Room]:
    """The server itself; use `room`."""
    product = load_product("dealroom")
    dsn = await fresh_database()
    await migrate_product(dsn, product)
    settings = load_product_settings(
        load_product("dealroom"),
        Path("/nonexistent"),
        environ={},
        app_env="test",
        colonnade_home=tmp_path_factory.mktemp("dealroom"),
        rate_limit_global="100000/hour",
        rate_limit_uploads="1000/hour",
    )
    services = open_services(product, settings, dsn)
    async with Room.running(services, RunningProduct(services, with_worker=False)) as room:
        yield room


@pytest.fixture
async def room(room_server: Room) -> AsyncIterator[Room]:
    """An empty dealroom with two users and an administrator."""
    await room_server.begin()
    yield room_server
    await room_server.close_clients()
