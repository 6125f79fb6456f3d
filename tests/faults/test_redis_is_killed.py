"""Redis is killed: both servers go on, chats still meet through the room's log, limits do not open."""

from __future__ import annotations

import os
import signal
from typing import Any

import httpx

from colonnade.kernel.testing import NO_TLS, SocketClient


async def guest(url: str, name: str) -> dict[str, Any]:
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        answer = await http.post(f"{url}/livechat/session", json={"name": name})
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()["data"]
    return session


async def login(url: str, password: str) -> int:
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        data = {"email": "admin@elshaddaifm.id", "password": password}
        return (await http.post(f"{url}/auth/login", json=data)).status_code


async def test_the_station_goes_on(patient: Any, stopped_afterwards: Any, eventually: Any) -> None:
    first, second = stopped_afterwards(await patient.up()), stopped_afterwards(await patient.up())
    ana = await SocketClient.open(first.url, {"token": (await guest(first.url, "Ana"))["token"]})
    budi = await SocketClient.open(second.url, {"token": (await guest(second.url, "Budi"))["token"]})
    for client in (ana, budi):
        await client.call("join-room", {})
    await ana.call("send-message", {"message": "satu"})
    await budi.until(lambda: len(budi.of("new-message")) == 1)

    os.kill(patient.redis.pid, signal.SIGKILL)
    await ana.call("send-message", {"message": "dua"})
    await budi.call("send-message", {"message": "tiga"})
    for client in (ana, budi):
        await client.until(lambda client=client: len(client.of("new-message")) == 3)  # type: ignore[misc]
        heard = client.of("new-message")
        assert [each["message"] for each in heard] == ["satu", "dua", "tiga"]
        assert [each["seq"] for each in heard] == sorted(each["seq"] for each in heard)

    async with httpx.AsyncClient(verify=NO_TLS) as http:

        async def noticed() -> bool:
            return (await http.get(f"{first.url}/health")).status_code == 503

        await eventually(noticed)
        assert (await http.get(f"{first.url}/health")).json()["services"]["redis"] == "unhealthy"
        assert (await http.get(f"{first.url}/health/ready")).status_code == 200
        assert (await http.get(f"{first.url}/articles")).status_code == 200

    refused = [await login(first.url, "wrong-password") for _ in range(8)]
    assert refused[0] == 401
    assert refused[-1] == 429
    assert await login(first.url, "admin-elshaddai") == 429
    for client in (ana, budi):
        await client.close()
