"""The live chat as listeners and staff use it: HTTP for sessions, Socket.IO for the rest."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from colonnade.kernel.testing import Refused, SocketClient, count_statements
from colonnade.products.radio.livechat.seed import seed_livechat

ROOM = "livechat:main"
Connect = Callable[..., Awaitable[SocketClient]]


@pytest.fixture
def connect(radio) -> Connect:
    """Open a socket with a token; it is closed after the test."""
    return radio.socket


async def guest(radio, name: str = "Ibu Lestari", **more: Any) -> dict[str, Any]:
    visitor = await radio.http()
    answer = await visitor.post("/livechat/session", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def joined(radio, connect: Connect, name: str = "Ibu Lestari") -> tuple[dict[str, Any], SocketClient]:
    session = await guest(radio, name)
    client = await connect(session["token"])
    await client.call("join-room", session["session_id"])
    return session, client


async def staff_socket(radio, connect: Connect, role: str) -> SocketClient:
    client = await connect(await radio.token(radio.staff[role]))
    await client.call("join-room")
    return client


async def stored(radio) -> list[tuple[str, str]]:
    rows = await radio.services.db.fetch("SELECT message, status FROM chat_messages ORDER BY id")
    return [(row["message"], row["status"]) for row in rows]


# Sessions


async def test_a_session_names_its_room_and_settings(radio):
    session = await guest(radio, "  Ibu   Lestari ", city="Medan", country="")
    assert session["name"] == "Ibu Lestari"
    assert (session["city"], session["country"]) == ("Medan", None)
    assert session["room"] == ROOM
    assert session["settings"] == {"is_open": True, "slow_mode_seconds": 0}
    assert uuid.UUID(session["session_id"])


@pytest.mark.parametrize("name", ["김하늘", "محمد علي", "Ж" * 50, "นภา", "O'Neil", "ᮃᮛᮤ ᮞᮥᮔ᮪ᮓ", "李明"])
async def test_names_in_any_script(radio, name):
    assert (await guest(radio, name, city=name))["name"] == name


@pytest.mark.parametrize(
    "name", ["A", "A" * 51, "  ", "\u200b\u200b\u200b", "a\u202e", "\u3164\u3164", 7, None]
)
async def test_a_name_must_be_seen_and_short(radio, name):
    answer = await (await radio.http()).post("/livechat/session", json={"name": name})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == ["name"]
    assert await radio.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 0


@pytest.mark.parametrize("name", ["El Shaddai FM", "EL  SHADDAI fm", "Ｅl Shaddai FM", "Admin El Shaddai FM"])
async def test_nobody_goes_by_the_name_of_the_station(radio, name):
    answer = await (await radio.http()).post("/livechat/session", json={"name": name})
    assert answer.status_code == 422


async def test_sessions_are_limited_per_address_whoever_asks(radio):
    visitor, admin = await radio.http(), await radio.http("admin")
    answers = []
    for _ in range(16):
        answers += await asyncio.gather(
            *(visitor.post("/livechat/session", json={"name": f"Tamu {n}"}) for n in range(19))
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 300 + [429] * 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert int(refused.headers["Retry-After"]) > 0
    token = next(answer for answer in answers if answer.status_code == 201).json()["data"]["token"]
    for client, headers in ((visitor, {"X-Chat-Token": token}), (admin, {})):
        answer = await client.post("/livechat/session", json={"name": "Satu lagi"}, headers=headers)
        assert answer.status_code == 429
    assert await radio.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 300


async def test_a_guest_token_is_no_access_token_and_the_other_way_round(radio):
    session = await guest(radio)
    client = await radio.http()
    client.headers["Authorization"] = f"Bearer {session['token']}"
    assert (await client.get("/auth/me")).status_code == 401
    assert (await client.get("/livechat/messages")).status_code == 401
    access = await radio.token(radio.staff["admin"])
    flag = await (await radio.http()).post(
        "/livechat/messages/1/flag", json={}, headers={"X-Chat-Token": access}
    )
    assert flag.status_code == 401


# Sockets


@pytest.mark.parametrize("path", ["/socket.io", "/livechat/ws"])
async def test_two_guests_chat(radio, connect, path):
    first, second = await guest(radio, "Ibu Lestari", city="Medan"), await guest(radio, "Bang Ucok")
    lestari = await connect(first["token"], path)
    assert await lestari.call("join-room", first["session_id"]) == {
        "room": ROOM, "seq": 0, "replayed": 0, "reset": False
    }  # fmt: skip
    ucok = await connect(second["token"])
    await ucok.call("join-room", {"sessionId": second["session_id"]})
    (arrival,) = await lestari.wait_for("user-joined")
    assert arrival["username"] == "Bang Ucok"
    assert set(arrival) == {"username", "timestamp"}
    ack = await lestari.call("send-message", {"message": "  Shalom!  ", "username": "Admin"})
    assert ack == {"id": "1", "status": "visible", "duplicate": False, "clientMessageId": None}
    (message,) = await ucok.wait_for("new-message")
    assert {name: message[name] for name in message if name != "created_at"} == {
        "id": "1", "message": "Shalom!", "username": "Ibu Lestari", "city": "Medan", "country": None,
        "is_staff": False, "seq": 1,
    }  # fmt: skip
    await ucok.emit("leave-room", second["session_id"])
    assert (await lestari.wait_for("user-left"))[0]["username"] == "Bang Ucok"
    await lestari.call("send-message", {"message": "Masih di sana?"})
    await lestari.wait_for("new-message", 2)
    assert len(ucok.of("new-message")) == 1
    assert ucok.of("user-joined") == []


async def test_a_disconnect_is_told_once_per_guest(radio, connect):
    _, witness = await joined(radio, connect, "Oma Grace")
    session, first = await joined(radio, connect, "Bang Ucok")
    second = await connect(session["token"])
    await second.call("join-room", session["session_id"])
    await first.close()
    await second.close()
    await witness.wait_for("user-left")
    await joined(radio, connect, "Rina")
    await witness.wait_for("user-joined", 2)
    assert [each["username"] for each in witness.of("user-joined")] == ["Bang Ucok", "Rina"]
    assert [each["username"] for each in witness.of("user-left")] == ["Bang Ucok"]


@pytest.mark.parametrize("token", [None, "", "no.token.atall", 7])
async def test_nobody_connects_without_a_token(radio, connect, token):
    with pytest.raises(Refused) as refusal:
        await connect(token)
    assert refusal.value.data["data"]["code"] == "UNAUTHORIZED"


async def test_a_session_that_has_ended_does_not_connect_or_write(radio, connect):
    session, client = await joined(radio, connect)
    await radio.services.db.execute("UPDATE chat_sessions SET expires_at = now()")
    assert (await client.call("send-message", {"message": "Halo"}))["error"]["code"] == "SESSION_ENDED"
    with pytest.raises(Refused) as refusal:
        await connect(session["token"])
    assert refusal.value.data["data"]["code"] == "SESSION_ENDED"
    assert await stored(radio) == []


async def test_a_token_for_another_kind_subject_or_time_is_refused(radio, connect):
    tokens = radio.services.tokens
    session = await guest(radio)
    for token in (
        tokens.issue("guest", "not-a-uuid", timedelta(hours=1)),
        tokens.issue("guest", session["session_id"], timedelta(seconds=-10)),
        tokens.issue("reset", session["session_id"], timedelta(hours=1)),
        session["token"][:-2],
    ):
        with pytest.raises(Refused):
            await connect(token)


async def test_a_guest_joins_with_its_own_session_only(radio, connect):
    mine, other = await guest(radio), await guest(radio, "Bang Ucok")
    client = await connect(mine["token"])
    answer = await client.call("join-room", other["session_id"])
    assert answer["error"]["code"] == "NOT_YOUR_SESSION"
    assert client.of("error") == [answer["error"]]
    assert "error" in await client.call("join-room", {"room": "livechat:moderators"})
    assert "error" in await client.call("join-room", {"sessionId": mine["session_id"], "after": -1})
    await client.call("send-message", {"message": "Halo"})
    assert client.of("new-message") == []
    assert "error" not in await client.call("join-room", {"room": ROOM, "sessionId": mine["session_id"]})


@pytest.mark.parametrize("message", ["", "   ", "\u200b", "x" * 501, 5, None, ["a"], "a\u0000b"])
async def test_a_message_has_1_to_500_characters(radio, connect, message):
    _, client = await joined(radio, connect)
    answer = await client.call("send-message", {"message": message})
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    assert (await client.call("send-message", message))["error"]["code"] == "VALIDATION_ERROR"
    assert len(client.of("error")) == 2
    assert await stored(radio) == []


async def test_what_is_typed_is_what_arrives(radio, connect):
    _, client = await joined(radio, connect)
    for text in ("x" * 500, '<b>O\'Neil</b> & "Sons"\nbaris dua', "🙏" * 500, "안녕하세요", "سلام"):
        assert (await client.call("send-message", {"message": f" {text}\n"}))["status"] == "visible"
    texts = [each["message"] for each in await client.wait_for("new-message", 5)]
    assert texts[1:] == ['<b>O\'Neil</b> & "Sons"\nbaris dua', "🙏" * 500, "안녕하세요", "سلام"]
    assert [each["seq"] for each in client.of("new-message")] == [1, 2, 3, 4, 5]


async def test_a_repeated_send_is_stored_once(radio, connect):
    session, client = await joined(radio, connect)
    again = await connect(session["token"])
    data = {"message": "Shalom", "clientMessageId": "c-1"}
    acks = await asyncio.gather(*(each.call("send-message", data) for each in (client, again) * 5))
    assert {ack["id"] for ack in acks} == {acks[0]["id"]}
    assert sorted(ack["duplicate"] for ack in acks) == [False] + [True] * 9
    assert await stored(radio) == [("Shalom", "visible")]
    await client.call("send-message", {"message": "Lagi", "clientMessageId": "c-2"})
    assert [each["message"] for each in await client.wait_for("new-message", 2)] == ["Shalom", "Lagi"]
    assert await radio.services.db.fetch_value("SELECT message_count FROM chat_sessions") == 2
    _, other = await joined(radio, connect, "Bang Ucok")
    assert (await other.call("send-message", data))["duplicate"] is False


async def test_a_hundred_messages_a_minute_from_one_listener(radio, connect):
    _, first = await joined(radio, connect)
    _, second = await joined(radio, connect, "Bang Ucok")
    acks = await asyncio.gather(*(first.call("send-message", {"message": f"m {n}"}) for n in range(102)))
    assert sum("error" not in ack for ack in acks) == 100
    refused = [ack["error"] for ack in acks if "error" in ack]
    assert [each["code"] for each in refused] == ["RATE_LIMIT_EXCEEDED"] * 2
    assert len(first.of("error")) == 2
    # Who sits beside them, behind the same address, still speaks.
    assert "error" not in await second.call("send-message", {"message": "Saya juga"})
    assert len(await stored(radio)) == 101
    admin = await staff_socket(radio, connect, "admin")
    assert "error" not in await admin.call("send-message", {"message": "Sebentar, ya."})


async def test_what_was_missed_is_caught_up_once_and_in_order(radio, connect):
    session, client = await joined(radio, connect)
    _, other = await joined(radio, connect, "Bang Ucok")
    await other.call("send-message", {"message": "satu"})
    seq = (await client.wait_for("new-message"))[-1]["seq"]
    await client.close()
    for text in ("dua", "tiga"):
        await other.call("send-message", {"message": text})
    back = await connect(session["token"])
    answer = await back.call("join-room", {"sessionId": session["session_id"], "after": seq})
    assert answer == {"room": ROOM, "seq": 3, "replayed": 2, "reset": False}
    await other.call("send-message", {"message": "empat"})
    assert [each["message"] for each in await back.wait_for("new-message", 3)] == ["dua", "tiga", "empat"]


async def test_staff_write_as_the_station(radio, connect):
    _, client = await joined(radio, connect)
    penyiar = await staff_socket(radio, connect, "penyiar")
    await penyiar.call("send-message", {"message": "Selamat sore", "clientMessageId": "s1"})
    http = await radio.http("penyiar")
    again = await http.post("/livechat/messages", json={"message": "Selamat sore", "clientMessageId": "s1"})
    assert again.status_code == 201
    assert again.json()["data"]["duplicate"] is True
    assert (await http.post("/livechat/messages", json={"message": "x" * 501})).status_code == 422
    await http.post("/livechat/messages", json={"message": "Lagu berikutnya"})
    messages = await client.wait_for("new-message", 2)
    assert [(each["username"], each["is_staff"], each["message"]) for each in messages] == [
        ("El Shaddai FM", True, "Selamat sore"),
        ("El Shaddai FM", True, "Lagu berikutnya"),
    ]
    assert client.of("user-joined") == []
    editor = await staff_socket(radio, connect, "editor")
    assert (await editor.call("send-message", {"message": "Halo"}))["error"]["code"] == "FORBIDDEN"
    assert (
        await (await radio.http("editor")).post("/livechat/messages", json={"message": "Halo"})
    ).status_code == 403
    assert len(await stored(radio)) == 2


async def test_a_logout_closes_the_sockets_of_staff(radio, connect):
    token = await radio.token(radio.staff["penyiar"])
    client = await connect(token)
    http = await radio.http()
    await http.post("/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert await client.until_closed() == "server"
    assert client.of("error")[0]["code"] == "SESSION_ENDED"
    with pytest.raises(Refused):
        await connect(token)


async def test_a_socket_of_staff_ends_with_its_token(radio, connect):
    services = radio.services
    session = await services.db.fetch_value(
        "INSERT INTO account_sessions (account_id, expires_at) VALUES (1, now() + interval '1 hour') RETURNING id"
    )
    token = services.tokens.issue("access", "1", timedelta(milliseconds=-3500), {"sid": str(session)})
    client = await connect(token)
    assert await client.until_closed() == "server"
    assert client.of("error")[0]["code"] == "SESSION_ENDED"


# History


async def test_history_goes_back_and_forth(radio, connect):
    _, client = await joined(radio, connect)
    for number in range(1, 8):
        await client.call("send-message", {"message": f"pesan {number}"})
    visitor = await radio.http()

    async def page(query: str) -> tuple[list[str], str | None]:
        body = (await visitor.get(f"/livechat/messages?{query}")).json()
        return [each["id"] for each in body["data"]], body["nextCursor"]

    assert await page("limit=3") == (["7", "6", "5"], "5")
    assert await page("limit=3&before=5") == (["4", "3", "2"], "2")
    assert await page("limit=3&before=2") == (["1"], None)
    assert await page("limit=3&after=2") == (["3", "4", "5"], "5")
    assert await page("limit=2&after=5") == (["6", "7"], None)
    assert await page("before=1") == ([], None)
    assert await page("before=6&after=3") == (["4", "5"], None)
    assert (await visitor.get("/livechat/messages?limit=100")).status_code == 200
    for bad in ("limit=101", "limit=0", "before=x", "before=0", "status=odd"):
        assert (await visitor.get(f"/livechat/messages?{bad}")).status_code == 422, bad
    with count_statements(radio.services.db) as statements:
        await visitor.get("/livechat/messages")
    assert statements.count == 1
    assert set((await visitor.get("/livechat/messages?limit=1")).json()["data"][0]) == {
        "id", "message", "username", "city", "country", "is_staff", "created_at"
    }  # fmt: skip


async def test_the_demonstration_chat(radio):
    async with radio.services.db.transaction() as tx:
        await seed_livechat(tx, radio.staff)
    messages = (await (await radio.http()).get("/livechat/messages")).json()["data"]
    assert len(messages) == 8
    assert {each["username"] for each in messages if each["is_staff"]} == {"El Shaddai FM"}
    http = await radio.http("penyiar")
    pending = (await http.get("/livechat/messages?status=pending")).json()["data"]
    assert (
        await http.post(f"/livechat/messages/{pending[0]['id']}/moderate", json={"action": "approve"})
    ).json()["data"]["username"] == "Oma Grace"
    assert (await http.get("/livechat/sessions?status=active")).json()["pagination"]["total"] == 5
