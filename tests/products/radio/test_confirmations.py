"""Codes for guests of a blocked address are counted for the network that asks: strangers do not spend the owner's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import Backend
from colonnade.products.radio.product import PRODUCT

EMAIL = "oma@grace.id"
HOME, DESK, STRANGER = "203.0.113.9", "198.51.100.7", "192.0.2.66"


@pytest.fixture
async def proxied(open_backend: OpenBackend) -> AsyncIterator[Backend]:
    """Provide a station that takes this machine for its proxy."""
    async with open_backend(PRODUCT, Backend, trusted_proxies="127.0.0.1/32") as server, server.for_test():
        yield server


async def ask(station: Backend, network: str, email: str = EMAIL) -> httpx.Response:
    station.forget_limits()
    client = await station.http()
    headers = {"X-Forwarded-For": network}
    return await client.post("/livechat/confirmation", json={"email": email}, headers=headers)


async def enter(station: Backend, network: str, code: str) -> int:
    station.forget_limits()
    client = await station.http()
    body = {"name": "Oma Grace", "confirmation": {"email": EMAIL, "code": code}}
    answer = await client.post("/livechat/session", json=body, headers={"X-Forwarded-For": network})
    if answer.status_code != 201:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "CODE_INVALID")
    return answer.status_code


async def sent(station: Backend) -> str:
    await station.work()
    text = await station.services.db.fetch_value(
        "SELECT text_body FROM dev_mailbox WHERE recipient LIKE '%oma@grace.id%' ORDER BY id DESC LIMIT 1"
    )
    found = re.search(r"\b(?:\d{12}|\d{6})\b", text)
    assert found
    return found[0]


def other_than(code: str, number: int) -> str:
    return f"{(int(code) + 1 + number) % 10 ** len(code):0{len(code)}}"


async def test_strangers_have_two_tries_and_leave_the_owner_five(proxied: Any) -> None:
    assert (await ask(proxied, HOME)).status_code == 200
    code = await sent(proxied)
    for number in range(8):
        assert await enter(proxied, f"192.0.2.{number}", other_than(code, number)) == 400
    # Not even with the right one: the tries of strangers are over.
    assert await enter(proxied, STRANGER, code) == 400
    for number in range(4):
        assert await enter(proxied, HOME, other_than(code, number)) == 400
    assert await enter(proxied, HOME, code) == 201
    assert await enter(proxied, HOME, code) == 400


async def test_a_code_that_a_telephone_asked_for_is_typed_at_a_desk(proxied: Any) -> None:
    await ask(proxied, HOME)
    assert await enter(proxied, DESK, await sent(proxied)) == 201


async def test_a_stranger_who_asks_leaves_the_owner_code_and_requests(proxied: Any) -> None:
    assert (await ask(proxied, HOME)).status_code == 200
    code = await sent(proxied)
    assert (await ask(proxied, STRANGER)).status_code == 200
    assert await sent(proxied) != code
    again = await ask(proxied, STRANGER)
    assert (again.status_code, int(again.headers["Retry-After"]) in range(1, 61)) == (429, True)
    assert await enter(proxied, HOME, code) == 201
    assert (await ask(proxied, DESK)).status_code == 200


async def test_all_networks_together_have_ten_mails_an_hour(proxied: Any) -> None:
    statuses = [(await ask(proxied, f"198.51.{number}.1")).status_code for number in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert (await ask(proxied, HOME, "opa@grace.id")).status_code == 200


async def test_the_codes_of_accounts_and_visitors_are_counted_together(proxied: Any) -> None:
    client, headers = await proxied.http(), {"X-Forwarded-For": HOME}
    asked = await client.post("/auth/password/forgot", json={"email": EMAIL}, headers=headers)
    assert (asked.status_code, (await ask(proxied, HOME)).status_code) == (200, 429)
    assert (await ask(proxied, DESK)).status_code == 200


@pytest.mark.parametrize(("misses", "digits"), [(19, 6), (20, 12)])
async def test_after_many_wrong_tries_codes_are_long(proxied: Any, misses: int, digits: int) -> None:
    db = proxied.services.db
    await ask(proxied, HOME)
    code = await sent(proxied)
    assert await enter(proxied, HOME, other_than(code, 1)) == 400
    assert await db.fetch_value("SELECT misses FROM identity_code_misses") == 1
    await db.execute("UPDATE identity_code_misses SET misses = $1", misses)
    await ask(proxied, DESK)
    code = await sent(proxied)
    assert len(code) == digits
    assert await enter(proxied, DESK, code) == 201
    assert await db.fetch_value("SELECT misses FROM identity_code_misses") == misses
