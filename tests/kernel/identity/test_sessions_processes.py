"""A session that ends in one process has ended in every other, which share nothing but the database.

Sockets elsewhere end when that process next compares the log with its state. The ways to end a session run in
turn, and their sockets wait for that together: each test is about an account of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD, Device, Site
from tests.kernel.identity.test_mfa import MOMENT, set_up

from colonnade.app.compose import RunningProduct, open_services
from colonnade.kernel.identity.mfa import second_factors
from colonnade.kernel.testing import NO_TLS, LiveServer, SocketClient

NEW = "gudang garam di tepi laut"
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


class Ending:
    """A person with two devices and perhaps a key; `end` does to the first of them what `way` says."""

    def __init__(self, site: Site, way: str) -> None:
        self.site = site
        self.way = way
        self.email = f"{way}@club.example"
        self.account = 0
        self.device: Device
        self.laptop: Device
        self.admin: Device
        self.made: dict[str, Any] = {}
        self.code = ""

    async def prepare(self) -> str:
        """Sign in everywhere; return the token that is to end."""
        site = self.site
        self.account = await site.add_account(self.email)
        self.device, self.laptop = await site.sign_in(self.email), await site.sign_in(self.email)
        self.admin = await site.sign_in("admin")
        if self.way == "factors":
            await set_up(self.device)
        if self.way == "reset":
            await self.laptop.http.post("/auth/password/forgot", json={"email": self.email})
            self.code = await site.code_in_mail(self.email)
        if self.way == "key":
            key = {"name": "Robot", "scopes": ["notes:read"]}
            self.made = (await self.device.http.post("/auth/keys", json=key)).json()["data"]
            return str(self.made["key"])
        return self.device.access_token

    async def end(self) -> float:
        """End it; return the moment at which that began."""
        site, device, laptop, admin = self.site, self.device, self.laptop, self.admin
        ended_at = time.monotonic()
        match self.way:
            case "logout":
                await device.http.post("/auth/logout")
            case "one":
                await laptop.http.delete(f"/auth/sessions/{await site.session_of(device)}")
            case "others":
                await laptop.http.delete("/auth/sessions")
            case "key":
                await device.http.delete(f"/auth/keys/{self.made['id']}")
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
                reset = {"email": self.email, "code": self.code, "password": NEW}
                assert (await site.client().post("/auth/password/reset", json=reset)).status_code == 200
            case "suspension":
                path, reason = f"/accounts/{self.account}/suspension", {"reason": "Spam in the guest book"}
                assert (await admin.http.post(path, json=reason)).status_code == 200
            case "role":
                answer = await admin.http.put(f"/roles/manager/accounts/{self.account}")
                assert answer.status_code == 200, answer.text
            case "deletion":
                body = {"password": PASSWORD}
                assert (await laptop.http.post("/account/deletion", json=body)).status_code == 200
            case "factors":
                assert (
                    await admin.http.delete(f"/accounts/{self.account}/second-factors")
                ).status_code == 204
        return ended_at


async def see_it_end(ending: Ending, other: str, turn: asyncio.Lock) -> None:
    """End it and check that it has ended in the process at `other`: requests at once, the socket in five seconds."""
    async with turn:
        bearer = await ending.prepare()
        async with httpx.AsyncClient(
            base_url=other, headers={"Authorization": f"Bearer {bearer}"}, verify=NO_TLS
        ) as elsewhere:
            socket = await SocketClient.open(other, auth={"token": bearer})
            assert (await elsewhere.get("/notes")).status_code == 200
            ended_at = await ending.end()
            assert (await elsewhere.get("/notes")).status_code == 401
            assert time.monotonic() - ended_at < 1
    async with asyncio.timeout(5):
        await socket.until_closed()
    assert time.monotonic() - ended_at < 5
    assert [error["code"] for error in socket.of("error")] == ["SESSION_ENDED"]
    await socket.close()


@pytest.fixture(scope="module")
async def endings(site_server: Site) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """Return the outcome of each way; a second process of the club shares no Redis with the first."""
    site = site_server
    await site.empty()
    services = open_services(site.services.product, site.services.settings, site.db.dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    turn = asyncio.Lock()
    async with LiveServer(running) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(second_factors, "now", lambda: MOMENT)
            tasks = {
                way: asyncio.create_task(see_it_end(Ending(site, way), server.url, turn)) for way in WAYS
            }
            await asyncio.wait(tasks.values())
        yield tasks
    await site.close()
    await running.stop(grace_seconds=2)


@pytest.mark.parametrize("way", WAYS)
async def test_rest_ends_at_once_and_sockets_within_five_seconds(
    endings: dict[str, asyncio.Task[None]], way: str
) -> None:
    await endings[way]
