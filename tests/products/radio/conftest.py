"""One radio server per test process, emptied before each test; staff, clients and sockets to use it.

`radio` is the server: `radio.http(role)` opens an httpx client signed in as that role (None: a visitor),
`radio.services` gives access to the process (statement counter, database), `radio.work()` runs the queue until it
is empty.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.products.traffic import Traffic

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import Backend
from colonnade.products.radio.product import PRODUCT

STAFF = {"admin": "Maria Admin", "editor": "Rina Editor", "penyiar": "Yohanes Penyiar"}

TRAFFIC = Traffic(PRODUCT)
"""Whatever the sockets of a test were sent is compared with its description when the test ends."""


class Radio(Backend):
    """A running radio backend."""

    @property
    def staff(self) -> dict[str, int]:
        """The ids of the accounts, by role."""
        return self.accounts

    async def begin(self) -> None:
        """Reset to an empty station with one account per role (admin 1, editor 2, penyiar 3)."""
        await self.empty()
        self.accounts = {
            role: await self.add_account(f"{role}@test.id", name, role) for role, name in STAFF.items()
        }


@pytest.fixture(scope="session")
async def radio_server(open_backend: OpenBackend) -> AsyncIterator[Radio]:
    """Provide the server itself; use `radio`."""
    async with open_backend(PRODUCT, Radio, mail_station="siaran@elshaddaifm.id") as server:
        yield server


@pytest.fixture
async def radio(radio_server: Radio) -> AsyncIterator[Radio]:
    """Provide an empty radio station with one account per role."""
    async with radio_server.for_test():
        yield radio_server
        assert TRAFFIC.problems(radio_server.sockets) == []


@pytest.fixture
def backend(radio: Radio) -> Radio:
    """Provide the same under the name that tests of a new slice use."""
    return radio
