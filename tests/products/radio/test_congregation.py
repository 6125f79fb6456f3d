"""A church's Wi-Fi: two hundred listeners and the staff behind one address, with the limits as they are by default."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.products.radio.conftest import STAFF, Radio

from colonnade.app.testing import OpenBackend
from colonnade.products.radio.product import PRODUCT


@pytest.fixture
async def radio(open_backend: OpenBackend) -> AsyncIterator[Radio]:
    """Provide a station with the global limit of an installation that sets none."""
    async with open_backend(PRODUCT, Radio, rate_limit_global="1000/hour") as server, server.for_test():
        yield server


async def in_turns(requests, most=20):
    """Await these coroutines, `most` at a time, and return what they return."""
    turns = asyncio.Semaphore(most)

    async def one(request):
        async with turns:
            return await request

    return await asyncio.gather(*(one(request) for request in requests))


async def arrive(visitor, name):
    """Begin a session on a device of one's own."""
    visitor.cookies.clear()
    return await visitor.post("/livechat/session", json={"name": name})


async def test_two_hundred_listeners_behind_one_address(radio):
    visitor = await radio.http()
    answers = await in_turns(arrive(visitor, f"Pendengar {n}") for n in range(200))
    assert [answer.status_code for answer in answers] == [201] * 200
    tokens = [{"X-Chat-Token": answer.json()["data"]["token"]} for answer in answers]

    # Visitors of the same address have used up everything that it has.
    passer_by = await radio.http()
    while (await passer_by.get("/livechat/messages")).status_code == 200:
        pass
    assert (await passer_by.get("/livechat/messages")).status_code == 429

    visitor = await radio.http()  # the first one's connections may have idled for too long
    for _ in range(2):
        read = await in_turns(visitor.get("/livechat/messages", headers=token) for token in tokens)
        assert [answer.status_code for answer in read] == [200] * 200
    song = {"song_title": "Seribu Lidah", "requester_name": "Pendengar"}
    asked = await in_turns(
        visitor.post("/services/song_request", json=song, headers=token) for token in tokens
    )
    assert [answer.status_code for answer in asked] == [201] * 200
    staff = [await radio.http(role) for role in STAFF]
    assert [(await client.get("/auth/me")).status_code for client in staff] == [200] * 3
