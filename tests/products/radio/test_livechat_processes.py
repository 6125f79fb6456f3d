"""The live chat on two servers that share PostgreSQL and Redis, and with the real socket.io-client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

import colonnade.kernel.db as kernel_db
from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.product import Services, load_product_settings
from colonnade.kernel.testing import NO_TLS, LiveServer, SocketClient


class Pair:
    """Two servers of one station: `urls`, a client to each, and staff."""

    def __init__(self, services: Services, urls: list[str], stack: AsyncExitStack) -> None:
        self.services = services
        self.urls = urls
        self._stack = stack
        self.http = [httpx.AsyncClient(base_url=url, timeout=10, verify=NO_TLS) for url in urls]

    async def guest(self, name: str) -> dict[str, Any]:
        answer = await self.http[0].post("/livechat/session", json={"name": name})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def socket(self, number: int, token: str, path: str = "/socket.io") -> SocketClient:
        client = await SocketClient.open(self.urls[number], {"token": token}, path)
        self._stack.push_async_callback(client.close)
        await client.call("join-room")
        return client

    async def staff(self, role: str) -> dict[str, str]:
        """Return the Authorization of a new member of staff with this role."""
        credentials = {"email": f"{role}@pair.id", "password": "sangat-rahasia-123"}
        services = self.services
        await services.db.execute(
            "INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, 'Maria', $2, $3) "
            "ON CONFLICT DO NOTHING",
            credentials["email"],
            role,
            await services.hasher.hash(credentials["password"]),
        )
        answer = await self.http[1].post("/auth/login", json=credentials)
        return {"Authorization": f"Bearer {answer.json()['data']['accessToken']}"}


@pytest.fixture(scope="module")
async def pair(
    fresh_database: Callable[[], Awaitable[str]], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    """Start two servers; sessions are not limited, so that the tests may have many guests."""
    product, dsn = load_product("radio"), await fresh_database()
    await migrate(
        dsn, [("kernel", Path(kernel_db.__file__).parent / "migrations"), ("radio", product.migrations)]
    )
    settings = load_product_settings(
        load_product("radio"), Path("/nonexistent"), environ={}, app_env="test", redis_url=redis_url,
        colonnade_home=tmp_path_factory.mktemp("pair"), rate_limit_global="100000/hour",
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        urls, opened = [], []
        for _ in range(2):
            services = open_services(product, settings, dsn, processes=2)
            running = RunningProduct(services, with_worker=False)
            await running.start()
            stack.push_async_callback(running.stop, grace_seconds=1)
            urls.append((await stack.enter_async_context(LiveServer(running))).url)
            opened.append(services)
        both = Pair(opened[0], urls, stack)
        yield both
        for client in both.http:
            await client.aclose()


async def test_messages_and_decisions_cross_over(pair):
    here, there = await pair.guest("Ibu Lestari"), await pair.guest("Bang Ucok")
    lestari = await pair.socket(0, here["token"])
    ucok = await pair.socket(1, there["token"], "/livechat/ws")
    await lestari.wait_for("user-joined")
    ids = []
    for number in range(10):
        sender = (lestari, ucok)[number % 2]
        ids.append((await sender.call("send-message", {"message": f"pesan {number}"}))["id"])
    for client in (lestari, ucok):
        messages = await client.wait_for("new-message", 10)
        assert [each["message"] for each in messages] == [f"pesan {number}" for number in range(10)]
        numbers = [each["seq"] for each in messages]
        assert numbers == list(range(numbers[0], numbers[0] + 10))
    staff = [await pair.staff("admin"), await pair.staff("penyiar")]
    answers = await asyncio.gather(
        *(
            http.post(f"/livechat/messages/{ids[3]}/moderate", json={"action": action}, headers=headers)
            for http, headers, action in zip(pair.http, staff, ("hide", "delete"), strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    for client in (lestari, ucok):
        (event,) = await client.wait_for("message-moderated")
        assert event["messageId"] == ids[3]
    await ucok.emit("leave-room", there["session_id"])
    assert (await lestari.wait_for("user-left"))[0]["username"] == "Bang Ucok"


async def test_a_block_closes_sockets_on_the_other_server(pair):
    session = await pair.guest("Ibu Lestari")
    sockets = [await pair.socket(number, session["token"]) for number in (0, 1)]
    path = f"/livechat/sessions/{session['session_id']}"
    staff = await pair.staff("admin")
    assert (await pair.http[0].post(f"{path}/block", json={"minutes": 5}, headers=staff)).status_code == 200
    for client in sockets:
        assert await client.until_closed() == "server"
        assert client.of("error")[0]["code"] == "SESSION_BLOCKED"
    assert (await pair.http[1].post(f"{path}/unblock", headers=staff)).status_code == 200
    await pair.socket(1, session["token"])


async def test_settings_hold_on_the_other_server_at_once(pair):
    session, staff = await pair.guest("Ibu Lestari"), await pair.staff("admin")
    client = await pair.socket(1, session["token"])
    for is_open, code in ((False, "CHAT_CLOSED"), (True, None)):
        await pair.http[0].put("/livechat/settings", json={"is_open": is_open}, headers=staff)
        answer = await client.call("send-message", {"message": "halo"})
        assert answer.get("error", {}).get("code") == code
        public = (await pair.http[1].get("/livechat/settings")).json()["data"]
        assert public["is_open"] is is_open


async def test_djs_on_the_other_server_hear_of_a_song(pair):
    session, staff = await pair.guest("Ibu Lestari"), await pair.staff("penyiar")
    dj = await pair.socket(1, staff["Authorization"].removeprefix("Bearer "))
    listener = await pair.socket(1, session["token"])
    song = {"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari", "chat_token": session["token"]}
    made = (await pair.http[0].post("/services/song_request", json=song)).json()["data"]
    assert (await dj.wait_for("new-song-request"))[0]["id"] == made["id"]
    await pair.http[0].post(f"/services/song_request/{made['id']}/approve", headers=staff)
    assert await listener.wait_for("request-approved") == [{"requestId": made["id"], "approvedBy": "Maria"}]


@pytest.mark.node
@pytest.mark.parametrize(
    ("path", "transports"), [("/socket.io", ["websocket"]), ("/livechat/ws", ["polling", "websocket"])]
)
async def test_the_real_client_chats_with_the_plain_form_of_join(pair, run_script, path, transports):
    session, other = await pair.guest("Ibu Lestari"), await pair.guest("Bang Ucok")
    client = await run_script("client.js")
    options = {"path": path, "transports": transports, "auth": {"token": session["token"]}}
    hello = await client.ask(do="connect", url=pair.urls[0], options=options)
    assert hello["transport"] == transports[0]
    ((ack,)) = await client.ask(do="call", event="join-room", args=[session["session_id"]])
    assert ack["room"] == "livechat:main"
    ucok = await pair.socket(1, other["token"])
    await client.ask(do="wait", event="user-joined")
    await ucok.call("send-message", {"message": "Horas!"})
    (heard,) = await client.ask(do="wait", event="new-message")
    assert (heard["message"], heard["username"]) == ("Horas!", "Bang Ucok")
    await client.ask(do="emit", event="send-message", args=[{"message": "Shalom 🙏", "username": "Admin"}])
    answered = (await ucok.wait_for("new-message", 2))[-1]
    assert (answered["message"], answered["username"]) == ("Shalom 🙏", "Ibu Lestari")
    staff = await pair.staff("admin")
    moderation = {"action": "hide"}
    await pair.http[1].post(f"/livechat/messages/{heard['id']}/moderate", json=moderation, headers=staff)
    (told,) = await client.ask(do="wait", event="message-moderated")
    assert (told["messageId"], told["action"]) == (heard["id"], "hide")
    await client.ask(do="emit", event="send-message", args=[{"message": ""}])
    (error,) = await client.ask(do="wait", event="error")
    assert error["code"] == "VALIDATION_ERROR"
    await client.ask(do="emit", event="leave-room", args=[session["session_id"]])
    assert (await ucok.wait_for("user-left"))[0]["username"] == "Ibu Lestari"
    refused = await (await run_script("client.js")).ask(
        do="connect", url=pair.urls[0], options={"path": path}
    )
    assert refused["refused"]["data"]["code"] == "UNAUTHORIZED"
