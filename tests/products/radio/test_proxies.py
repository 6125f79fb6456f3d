"""Clients behind a trusted proxy: their own addresses, and one of nobody's where the proxy tells none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from colonnade.app.testing import OpenBackend
from colonnade.kernel.realtime.limits import AddressGate
from colonnade.kernel.testing import PASSWORD, Backend
from colonnade.products.radio.product import PRODUCT

SOCKETS_PER_ADDRESS = 20
LAST_ADDRESS = "SELECT host(address) FROM account_sessions ORDER BY created_at DESC LIMIT 1"


@pytest.fixture
async def proxied(open_backend: OpenBackend) -> AsyncIterator[Backend]:
    """Provide a station that takes this machine for its proxy."""
    async with open_backend(PRODUCT, Backend, trusted_proxies="127.0.0.1/32") as server, server.for_test():
        hub = server.services.hub
        assert hub is not None
        hub._engine._gate = AddressGate(SOCKETS_PER_ADDRESS)
        yield server


async def open_transport(client: httpx.AsyncClient, forwarded: str) -> int:
    """Begin an Engine.IO session by polling and return the answer's status."""
    headers = {"X-Forwarded-For": forwarded}
    return (await client.get("/socket.io/?EIO=4&transport=polling", headers=headers)).status_code


async def test_sockets_without_an_address_share_a_number_of_sockets(proxied: Backend) -> None:
    client = await proxied.http()
    for number in range(SOCKETS_PER_ADDRESS):
        assert await open_transport(client, f"_hidden{number}") == 200
    assert await open_transport(client, "unknown") == 429
    # The proxy's own, and those with an address and a port, are others.
    for number in range(SOCKETS_PER_ADDRESS):
        assert await open_transport(client, f"203.0.113.9:{number + 1024}") == 200
    assert await open_transport(client, "203.0.113.9") == 429
    assert await open_transport(client, "127.0.0.1") == 200


async def test_staff_without_an_address_sign_in(proxied: Backend) -> None:
    client = await proxied.http()
    await proxied.add_account("maria@test.id", "Maria", "admin")
    login = {"email": "maria@test.id", "password": PASSWORD}
    for forwarded, address in (("unknown", None), ("203.0.113.9:4711", "203.0.113.9")):
        answer = await client.post("/auth/login", json=login, headers={"X-Forwarded-For": forwarded})
        assert answer.status_code == 200, answer.text
        assert await proxied.services.db.fetch_value(LAST_ADDRESS) == address
