"""A session that ends in one process has ended in every other, with nothing between them but the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD
from tests.kernel.identity.test_mfa import set_up, still_clock

from colonnade.app.compose import RunningProduct, open_services
from colonnade.kernel.testing import LiveServer, SocketClient

__all__ = ["still_clock"]

NEW = "gudang garam di tepi laut"


@pytest.fixture
async def other(site) -> AsyncIterator[str]:
    """The address of a second process of the club, on the same database and without a common Redis."""
    services = open_services(site.services.product, site.services.settings, site.db.dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    async with LiveServer(running) as server:
        yield server.url
    await running.stop(grace_seconds=2)


WAYS = [
    "logout",
    "one",
    "others",
    "reuse",
    "key",
    "password",
    "reset",
    "suspension",
    "role",
    "deletion",
    "factors",
]


@pytest.mark.parametrize("way", WAYS)
async def test_rest_ends_at_once_and_sockets_within_five_seconds(site, other, way):
    device, laptop = await site.sign_in("member"), await site.sign_in("member")
    admin = await site.sign_in("admin")
    bearer = device.access_token
    if way == "factors":
        await set_up(device)
    if way == "reset":
        await laptop.http.post("/auth/password/forgot", json={"email": "member@club.example"})
        code = await site.code_in_mail("member@club.example")
    if way == "key":
        made = await device.http.post("/auth/keys", json={"name": "Robot", "scopes": ["notes:read"]})
        bearer = made.json()["data"]["key"]
    async with httpx.AsyncClient(base_url=other, headers={"Authorization": f"Bearer {bearer}"}) as elsewhere:
        socket = await SocketClient.open(other, auth={"token": bearer})
        assert (await elsewhere.get("/notes")).status_code == 200
        ended_at = time.monotonic()
        match way:
            case "logout":
                await device.http.post("/auth/logout")
            case "one":
                await laptop.http.delete(f"/auth/sessions/{await site.session_of(device)}")
            case "others":
                await laptop.http.delete("/auth/sessions")
            case "key":
                await device.http.delete(f"/auth/keys/{made.json()['data']['id']}")
            case "reuse":
                await device.http.post("/auth/refresh", json={"refreshToken": device.refresh_token})
                await site.db.execute(
                    "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '1 minute'"
                )
                ended_at = time.monotonic()
                await device.http.post("/auth/refresh", json={"refreshToken": device.refresh_token})
            case "password":
                change = {"currentPassword": PASSWORD, "newPassword": NEW}
                assert (await laptop.http.put("/auth/password", json=change)).status_code == 200
            case "reset":
                reset = {"email": "member@club.example", "code": code, "password": NEW}
                assert (await site.client().post("/auth/password/reset", json=reset)).status_code == 200
            case "suspension":
                reason = {"reason": "Spam in the guest book"}
                assert (await admin.http.post("/accounts/1/suspension", json=reason)).status_code == 200
            case "role":
                answer = await admin.http.put("/roles/manager/accounts/1")
                assert answer.status_code == 200, answer.text
            case "deletion":
                body = {"password": PASSWORD}
                assert (await laptop.http.post("/account/deletion", json=body)).status_code == 200
            case "factors":
                assert (await admin.http.delete("/accounts/1/second-factors")).status_code == 204
        assert (await elsewhere.get("/notes")).status_code == 401
        assert time.monotonic() - ended_at < 1
        async with asyncio.timeout(5):
            await socket.until_closed()
        assert time.monotonic() - ended_at < 5
        assert [error["code"] for error in socket.of("error")] == ["SESSION_ENDED"]
        await socket.close()
