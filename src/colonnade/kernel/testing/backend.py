"""A product's backend in the test's own process, emptied between tests, with clients and sockets to talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.jobs import Worker, count_jobs
from colonnade.kernel.product import Product, Services
from colonnade.kernel.testing.emptying import Emptier
from colonnade.kernel.testing.plain import NO_TLS
from colonnade.kernel.testing.server import LiveServer
from colonnade.kernel.testing.sockets import SocketClient

__all__ = ["PASSWORD", "Backend", "migrate_product"]

PASSWORD = "sangat-rahasia-123"  # noqa: S105 - of accounts that live as long as a test


async def migrate_product(dsn: str, product: Product) -> None:
    """Bring an empty database up to date for `product`."""
    kernel = Path(kernel_db.__file__).parent / "migrations"
    await migrate(dsn, [("kernel", kernel), (product.name, product.migrations)])


class Backend:
    """A running product. `http(who)` opens a client signed in as that account, `work()` runs the job queue.

    `accounts` has the ids of the accounts that each test starts with, by their names; `sockets` are those that the test
    has opened.
    """

    def __init__(self, services: Services, server: LiveServer, password_hash: str) -> None:
        self.services = services
        self.url = server.url
        self.password = PASSWORD
        self.accounts: dict[str, int] = {}
        self._password_hash = password_hash
        self._emptier = Emptier(services.db)
        self._clients: list[httpx.AsyncClient] = []
        self.sockets: list[SocketClient] = []

    @classmethod
    @asynccontextmanager
    async def running(cls, services: Services, running: Any) -> AsyncIterator[Self]:
        """Serve `running` (an ASGI application with `start` and `stop`) until the block ends."""
        await running.start()
        async with LiveServer(running) as server:
            yield cls(services, server, await services.hasher.hash(PASSWORD))
        await running.stop(grace_seconds=2)

    @asynccontextmanager
    async def for_test(self) -> AsyncIterator[Self]:
        """Reset the product for a test, and close the test's clients when the block ends."""
        await self.begin()
        yield self
        await self.close_clients()

    async def begin(self) -> None:
        """Empty everything except for one account per role, called like its role."""
        await self.empty()
        self.accounts = {
            role: await self.add_account(f"{role}@test.id", role.capitalize(), role)
            for role in self.services.product.policy.roles
        }

    async def empty(self) -> None:
        """Delete every row, and clear the caches of this process."""
        await self._emptier.empty()
        self.services.cache.forget_all()
        self.forget_limits()
        if self.services.hub is not None:
            self.services.hub._presence.stop()  # what waits would be sent to the next test's clients
            # The rooms' logs are empty again, so the positions that this process has delivered are stale.
            feeds = self.services.hub._delivery._feeds
            for room in list(feeds):
                if room == "$control":
                    feeds[room].delivered = 0
                else:
                    del feeds[room]

    def forget_limits(self) -> None:
        """Reset every budget and login guard of this process."""
        self.services.limiter._meters.clear()

    async def add_account(self, email: str, name: str, role: str) -> int:
        """Insert an account with `password` and return its id."""
        account_id: int = await self.services.db.fetch_value(
            "INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
            email,
            name,
            role,
            self._password_hash,
        )
        return account_id

    async def token(self, account_id: int) -> str:
        """Issue a fresh access token of an account."""
        services = self.services
        session = await services.db.fetch_value(
            "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') RETURNING id",
            account_id,
        )
        return services.tokens.issue("access", str(account_id), timedelta(hours=1), {"sid": str(session)})

    async def http(self, who: str | int | None = None) -> httpx.AsyncClient:
        """Open a client signed in as one of `accounts`, or as the account with that id; None: a visitor."""
        headers = {}
        account_id = self.accounts[who] if isinstance(who, str) else who
        if account_id is not None:
            headers["Authorization"] = f"Bearer {await self.token(account_id)}"
        client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, verify=NO_TLS)
        self._clients.append(client)
        return client

    async def socket(self, token: str | None, path: str = "/socket.io") -> SocketClient:
        """Open a Socket.IO client with `auth: {token}`. Raise Refused."""
        client = await SocketClient.open(self.url, None if token is None else {"token": token}, path)
        self.sockets.append(client)
        return client

    async def work(self, jobs: Any = None) -> None:
        """Run the job queue until nothing is queued or running. Raise AssertionError if a job is held."""
        services = self.services
        worker = Worker(services.db.dsn, services, jobs or services.product.jobs, name="test")
        running = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(20):
                while (counts := await count_jobs(services.db)).queued or counts.running:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        finally:
            await worker.stop()
            await running
        assert counts.held == 0, "a job failed for good"

    async def close_clients(self) -> None:
        """Close the clients that `http` and `socket` opened."""
        for client in self._clients:
            await client.aclose()
        self._clients.clear()
        for socket in self.sockets:
            await socket.close()
        if self.sockets and self.services.hub is not None:
            async with asyncio.timeout(10):
                while self.services.hub.stats().clients:  # noqa: ASYNC110 - nothing to wait on
                    await asyncio.sleep(0.005)
        self.sockets.clear()
