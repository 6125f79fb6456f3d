"""One radio server per test process, emptied before each test; staff, clients and sockets to talk to it.

`radio` is the server: `radio.http(role)` gives an httpx client signed in as that role (None: a visitor),
`radio.services` reaches into the process (statement counter, database), `radio.work()` runs the queue until it
is empty.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.testing import Backend, migrate_product

STAFF = {"admin": "Maria Admin", "editor": "Rina Editor", "penyiar": "Yohanes Penyiar"}


class Radio(Backend):
    """A running radio backend."""

    staff: dict[str, int]

    async def begin(self) -> None:
        """Back to an empty station with one account per role (admin 1, editor 2, penyiar 3)."""
        await self.empty()
        self.staff = {
            role: await self.add_account(f"{role}@test.id", name, role) for role, name in STAFF.items()
        }

    async def http(self, role: str | int | None = None) -> httpx.AsyncClient:
        """A client signed in as `role` (or as the account with that id); None: a visitor."""
        return await super().http(self.staff[role] if isinstance(role, str) else role)


@pytest.fixture(scope="session")
async def radio_server(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Radio]:
    """The server itself; use `radio`."""
    product = load_product("radio")
    dsn = await fresh_database()
    await migrate_product(dsn, product)
    settings = load_product_settings(
        load_product("radio"),
        Path("/nonexistent"),
        environ={},
        app_env="test",
        colonnade_home=tmp_path_factory.mktemp("radio"),
        rate_limit_global="100000/hour",
        mail_station="siaran@elshaddaifm.id",
    )
    services = open_services(product, settings, dsn)
    async with Radio.running(services, RunningProduct(services, with_worker=False)) as radio:
        yield radio


@pytest.fixture
async def radio(radio_server: Radio) -> AsyncIterator[Radio]:
    """An empty radio station with one account per role."""
    await radio_server.begin()
    yield radio_server
    await radio_server.close_clients()
