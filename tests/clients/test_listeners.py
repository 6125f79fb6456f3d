"""Chats of the real socket.io-client with two server processes: nothing is lost or duplicated."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS

pytestmark = pytest.mark.node

TRANSPORTS = [pytest.param(False, id="websocket"), pytest.param(True, id="polling, upgraded")]


def said(count: int, who: str) -> list[str]:
    """Return texts that no other test has sent."""
    mark = uuid.uuid4().hex[:8]
    return [f"{mark} {who} {number}" for number in range(count)]


def texts(messages: list[dict[str, Any]], wanted: list[str]) -> list[str]:
    """Return those of `wanted` in their order of arrival, repetitions included."""
    known = set(wanted)
    return [each["message"] for each in messages if each["message"] in known]


async def all_heard(listener: Any, wanted: list[str]) -> list[dict[str, Any]]:
    """Return every new message that this listener has received, once all of `wanted` are among them."""
    count = 1
    while True:
        heard: list[dict[str, Any]] = await listener.ask("heard", event="new-message", count=count)
        if set(wanted) <= {each["message"] for each in heard}:
            return heard
        count = len(heard) + 1


async def check_conversation(station: Any, listeners: list[Any], wanted: list[str]) -> None:
    """Check that everybody received everything once, in one order that keeps each sender's, as the record does."""
    record = texts(await station.history(), wanted)
    assert sorted(record) == sorted(wanted)
    orders = []
    for listener in listeners:
        heard = await all_heard(listener, wanted)
        numbers = [each["seq"] for each in heard]
        assert numbers == sorted(set(numbers))
        orders.append(texts(heard, wanted))
    assert sorted(orders[0]) == sorted(wanted)
    assert all(order == orders[0] for order in orders)
    senders = {text.rpartition(" ")[0] for text in wanted}
    for sender in senders:
        own = [text for text in wanted if text.startswith(f"{sender} ")]
        assert [text for text in orders[0] if text.startswith(f"{sender} ")] == own


@pytest.mark.parametrize("upgraded", TRANSPORTS)
async def test_chat_and_moderation_reach_both_servers(station: Any, upgraded: bool) -> None:
    ana, opened = await station.listener("Ana", at=0, upgraded=upgraded)
    assert opened == {"first": "polling" if upgraded else "websocket", "transport": "websocket"}
    # Nobody who has just left: who is back within a second has never been away.
    name = "Ucok" if upgraded else "Budi"
    budi, _ = await station.listener(name, at=1, upgraded=upgraded)
    assert (await ana.ask("heard", event="user-joined"))[-1]["username"] == name
    from_ana, from_budi = said(10, "Ana"), said(10, "Budi")
    await ana.ask("say", texts=from_ana)
    await budi.ask("say", texts=from_budi)
    ids = await ana.ask("sent", count=10)
    await budi.ask("sent", count=10)
    await check_conversation(station, [ana, budi], from_ana + from_budi)
    message = next(each for each in await station.history() if each["message"] == from_ana[3])
    assert (message["id"], message["username"]) == (ids[from_ana[3]], "Ana")

    path = f"/livechat/messages/{ids[from_ana[3]]}/moderate"
    await station.http("POST", path, server=1, role="penyiar", json={"action": "hide"})
    for listener in (ana, budi):
        (decision,) = await listener.ask("heard", event="message-moderated")
        assert (decision["messageId"], decision["action"]) == (str(ids[from_ana[3]]), "hide")
    cici, _ = await station.listener("Cici", at=1)
    assert from_ana[3] not in texts(await station.history(), from_ana)
    await ana.ask("say", texts=["selamat datang"])
    assert (await cici.ask("heard", event="new-message"))[0]["message"] == "selamat datang"
    assert (await ana.ask("state"))["refusals"] == []


@pytest.mark.parametrize("upgraded", TRANSPORTS)
async def test_what_was_missed_comes_on_reconnect(station: Any, upgraded: bool) -> None:
    ana, _ = await station.listener("Ana", at=0, upgraded=upgraded)
    budi, _ = await station.listener("Budi", at=1, upgraded=upgraded)
    wanted: list[str] = []
    for round_number in range(3):
        missed = said(15, f"Budi {round_number}")
        wanted += missed
        await ana.ask("drop")
        await budi.ask("say", texts=missed)
        await budi.ask("sent", count=len(wanted))
        # To the other server, and back in the next round.
        joins = await ana.ask("rejoined", count=round_number + 2)
        assert joins[-1] == station.addresses[(round_number + 1) % 2]
    await check_conversation(station, [ana, budi], wanted)


async def converse(station: Any, count: int, disturb: Any) -> None:
    """Let two guests talk at once and call `disturb` after a third of it; check that nothing is lost or duplicated."""
    ana, _ = await station.listener("Ana", at=0)
    budi, _ = await station.listener("Budi", at=1)
    from_ana, from_budi = said(count, "Ana"), said(count, "Budi")
    await ana.ask("say", texts=from_ana)
    await budi.ask("say", texts=from_budi)
    early = await ana.ask("sent", count=count // 3)
    await disturb()
    ids = await ana.ask("sent", count=count)
    assert len(await budi.ask("sent", count=count)) == count
    assert early.items() <= ids.items()
    record = {each["message"]: each["id"] for each in await station.history()}
    assert ids.items() <= record.items()
    await check_conversation(station, [ana, budi], from_ana + from_budi)


async def kill_server(station: Any) -> None:
    station.servers[0].kill_group()


async def kill_database(station: Any) -> None:
    """Kill PostgreSQL (SIGKILL); check that requests get 503 meanwhile, and that `up` restarts it."""
    before = station.installation.postgres_pid()
    os.kill(before, signal.SIGKILL)
    status = 0
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=station.addresses[0], verify=NO_TLS) as http:
        while status != 200 or station.installation.postgres_pid() in (None, before):
            status = (await http.get("/health/ready")).status_code
            assert status in (200, 503)
            answer = await http.get("/livechat/messages")
            assert answer.status_code in (200, 503)
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1


async def test_a_killed_server_loses_nothing(station: Any) -> None:
    try:
        await converse(station, 60, lambda: kill_server(station))
    finally:
        await station.restart(0)


async def test_a_killed_database_loses_nothing(station: Any) -> None:
    await converse(station, 60, lambda: kill_database(station))


@pytest.mark.slow
async def test_kills_again_and_again(station: Any) -> None:
    for _ in range(3):
        try:
            await converse(station, 200, lambda: kill_server(station))
        finally:
            await station.restart(0)
        await converse(station, 200, lambda: kill_database(station))
