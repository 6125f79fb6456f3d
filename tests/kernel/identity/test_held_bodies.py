"""Rights that are taken away while a request's body arrives, which a client can draw out, do not count any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pyotp
import pytest
from tests.kernel.identity.soft_authenticator import SoftAuthenticator

from colonnade.kernel.http import Exchange
from colonnade.kernel.testing import until_waiting

ROLE = {"name": "mine", "title": "Mine", "permissions": ["notes:read"]}
KEY = {"name": "Laptop", "scopes": ["notes:read"], "expiresInDays": 30}


@pytest.fixture
def identified(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Provide an event that is set whenever the guards of a route have let a caller in; every body counts as slow.

    Requests before the one that is meant set it too: clear it in between.
    """
    monkeypatch.setattr("colonnade.kernel.http.exchange.SLOW_BODY_SECONDS", 0.0)
    admit, seen = Exchange.admit, asyncio.Event()

    async def noting(exchange: Exchange, guard: Any) -> None:
        await admit(exchange, guard)
        seen.set()

    monkeypatch.setattr(Exchange, "admit", noting)
    return seen


async def send_in_two(
    http: httpx.AsyncClient, method: str, path: str, body: Any, rest: asyncio.Event
) -> httpx.Response:
    """Send a request whose body stops after its first byte until `rest` is set."""
    whole = json.dumps(body).encode()

    async def parts() -> AsyncIterator[bytes]:
        yield whole[:1]
        await rest.wait()
        yield whole[1:]

    return await http.request(method, path, content=parts(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [
        ("UPDATE accounts SET is_active = false WHERE id = 3", (401, "UNAUTHORIZED")),
        (
            "UPDATE account_sessions SET revoked_at = now()",
            (401, "UNAUTHORIZED"),
        ),
        ("UPDATE accounts SET role = 'member' WHERE id = 3", (403, "FORBIDDEN")),
        ("UPDATE account_sessions SET created_at = now() - interval '11 minutes'", (403, "STEP_UP_REQUIRED")),
    ],
)
async def test_a_body_that_was_held_back_gives_no_rights(
    site: Any, identified: asyncio.Event, taken: str, refusal: tuple[int, str]
) -> None:
    admin = (await site.sign_in("admin")).http
    role = {"name": "night-editor", "title": "Night editor", "permissions": ["notes:read"]}
    assert (await admin.post("/roles", json=role)).status_code == 201
    rest = asyncio.Event()
    identified.clear()
    body = {"permissions": ["audit:read"]}
    request = asyncio.create_task(send_in_two(admin, "PATCH", "/roles/night-editor", body, rest))
    async with asyncio.timeout(10):
        await identified.wait()
    await site.db.execute(taken)
    rest.set()
    answer = await request
    assert (answer.status_code, answer.json()["error"]["code"]) == refusal
    assert await site.db.fetch_value("SELECT permissions FROM access_roles") == ["notes:read"]


async def test_a_body_that_was_held_back_makes_no_key(site: Any, identified: asyncio.Event) -> None:
    member = (await site.sign_in("member")).http
    rest = asyncio.Event()
    identified.clear()
    request = asyncio.create_task(send_in_two(member, "POST", "/auth/keys", KEY, rest))
    async with asyncio.timeout(10):
        await identified.wait()
    await site.db.execute("UPDATE account_sessions SET revoked_at = now()")
    rest.set()
    assert (await request).status_code == 401
    assert await site.db.fetch_value("SELECT count(*) FROM api_keys") == 0


async def _new_key(device: Any) -> Any:
    return device.http.post("/auth/keys", json=KEY)


async def _new_passkey(device: Any) -> Any:
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    credential = SoftAuthenticator().create(begun["options"])
    return device.http.post("/auth/passkeys", json={"token": begun["token"], "credential": credential})


async def _new_app(device: Any) -> Any:
    secret = (await device.http.post("/auth/mfa/totp")).json()["data"]["secret"]
    return device.http.post("/auth/mfa/totp/confirm", json={"code": pyotp.TOTP(secret).now()})


@pytest.mark.parametrize("begin", [_new_key, _new_passkey, _new_app])
async def test_what_waited_behind_a_reset_is_not_done_after_it(site: Any, begin: Any) -> None:
    """A thief who keeps requests in flight would have new credentials when the owner has removed the old ones."""
    device = await site.sign_in("member")
    request = await begin(device)
    async with site.db.transaction() as reset:
        await reset.execute("UPDATE accounts SET updated_at = now() WHERE id = 1")
        task = asyncio.create_task(request)
        await until_waiting(site.db, task)
        await reset.execute("UPDATE account_sessions SET revoked_at = now() WHERE account_id = 1")
    answer = await task
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    for table in (
        "api_keys",
        "account_passkeys",
        "account_recovery_codes",
        "account_totp WHERE confirmed_at IS NOT NULL",
    ):
        assert await site.db.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_a_slow_body_of_somebody_entitled_is_taken(site: Any, identified: asyncio.Event) -> None:
    admin = (await site.sign_in("admin")).http
    rest = asyncio.Event()
    identified.clear()
    request = asyncio.create_task(send_in_two(admin, "POST", "/roles", ROLE, rest))
    async with asyncio.timeout(10):
        await identified.wait()
    rest.set()
    assert (await request).status_code == 201
