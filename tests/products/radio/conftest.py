"""One radio server per test process, emptied before each test; staff, clients and sockets to talk to it.

`radio` is the server: `radio.http(role)` gives an httpx client signed in as that role (None: a visitor),
`radio.services` reaches into the process (statement counter, database), `radio.work()` runs the queue until it
is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

import colonnade.kernel.db as kernel_db
from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.core.settings import load_settings
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.jobs import Worker, count_jobs
from colonnade.kernel.product import Services
from colonnade.kernel.testing import LiveServer, SocketClient

PASSWORD = "sangat-rahasia-123"
STAFF = {"admin": "Maria Admin", "editor": "Rina Editor", "penyiar": "Yohanes Penyiar"}


class Radio:
    """A running radio backend."""

    def __init__(self, services: Services, server: LiveServer, password_hash: str) -> None:
        self.services = services
        self.url = server.url
        self._password_hash = password_hash
        self._clients: list[httpx.AsyncClient] = []
        self._sockets: list[SocketClient] = []
        self.staff: dict[str, int] = {}

    async def empty(self) -> None:
        """Back to an empty station with one account per role (admin 1, editor 2, penyiar 3)."""
        db = self.services.db
        tables = await db.fetch(
            "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('alembic_version', 'migration_log')"
        )
        await db.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)} RESTART IDENTITY CASCADE")
        for role, name in STAFF.items():
            self.staff[role] = await self.add_account(f"{role}@test.id", name, role)
        self.services.cache.forget_all()
        self.services.limiter._meters.clear()
        if self.services.hub is not None:
            # The rooms' logs are empty again; the process must not remember how far it had come.
            feeds = self.services.hub._delivery._feeds
            for room in list(feeds):
                if room == "$control":
                    feeds[room].delivered = 0
                else:
                    del feeds[room]

    async def add_account(self, email: str, name: str, role: str) -> int:
        """An account with PASSWORD; its id."""
        return await self.services.db.fetch_value(
            "INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
            email,
            name,
            role,
            self._password_hash,
        )

    async def token(self, account_id: int) -> str:
        """A fresh access token of an account."""
        services = self.services
        session = await services.db.fetch_value(
            "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') RETURNING id",
            account_id,
        )
        return services.tokens.issue("access", str(account_id), timedelta(hours=1), {"sid": str(session)})

    async def http(self, role: str | int | None = None) -> httpx.AsyncClient:
        """A client signed in as `role` (or as the account with that id); None: a visitor."""
        headers = {}
        if role is not None:
            account_id = self.staff[role] if isinstance(role, str) else role
            headers["Authorization"] = f"Bearer {await self.token(account_id)}"
        client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10)
        self._clients.append(client)
        return client

    async def socket(self, token: str | None, path: str = "/socket.io") -> SocketClient:
        """A Socket.IO client with `auth: {token}`; raises Refused."""
        client = await SocketClient.open(self.url, None if token is None else {"token": token}, path)
        self._sockets.append(client)
        return client

    async def work(self) -> None:
        """Run the job queue until nothing is queued or running; raises when a job is held."""
        services = self.services
        worker = Worker(services.db.dsn, services, services.product.jobs, name="test")
        running = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(20):
                while (counts := await count_jobs(services.db)).queued or counts.running:
                    await asyncio.sleep(0.02)
        finally:
            await worker.stop()
            await running
        assert counts.held == 0, "a job failed for good"

    async def close_clients(self) -> None:
        """Close what `http` gave out."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()
        for socket in self._sockets:
            await socket.close()
        if self._sockets and self.services.hub is not None:
            async with asyncio.timeout(10):
                while self.services.hub.stats().clients:
                    await asyncio.sleep(0.005)
        self._sockets.clear()


@pytest.fixture(scope="session")
async def radio_server(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Radio]:
    """The server itself; use `radio`."""
    home = tmp_path_factory.mktemp("radio")
    product = load_product("radio")
    dsn = await fresh_database()
    await migrate(
        dsn,
        [("kernel", Path(kernel_db.__file__).parent / "migrations"), ("radio", product.migrations)],
    )
    settings = load_settings(
        "radio",
        Path("/nonexistent"),
        environ={},
        app_env="test",
        colonnade_home=home,
        rate_limit_global="100000/hour",
        mail_station="siaran@elshaddaifm.id",
    )
    services = open_services(product, settings, dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    async with LiveServer(running) as server:
        yield Radio(services, server, await services.hasher.hash(PASSWORD))
    await running.stop(grace_seconds=2)


@pytest.fixture
async def radio(radio_server: Radio) -> AsyncIterator[Radio]:
    """An empty radio station with one account per role."""
    await radio_server.empty()
    yield radio_server
    await radio_server.close_clients()
