"""Who is in the chat: floods of joins and leaves, and guests with many sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colonnade.kernel.testing import Refused, SocketClient
from colonnade.products.radio.livechat.rules.rooms import ROOM

SOCKETS = 10


async def guest(radio: Any, name: str) -> dict[str, Any]:
    answer = await (await radio.http()).post("/livechat/session", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def joined(radio: Any, name: str) -> tuple[dict[str, Any], SocketClient]:
    session = await guest(radio, name)
    client = await radio.socket(session["token"])
    assert "error" not in await client.call("join-room", session["session_id"])
    return session, client


def presence(client: SocketClient, name: str) -> list[str]:
    """Return what a client was told about the presence of the guest of that name."""
    return [event for event, data in client.got if event.startswith("user-") and data["username"] == name]


async def toggle(client: SocketClient, times: int) -> list[Any]:
    """Join and leave that often, without waiting in between; return the acknowledgements."""
    events = ("join-room", "leave-room") * times
    return await asyncio.gather(*(client.call(event) for event in events))


async def test_a_flood_of_joins_and_leaves_reaches_nobody(radio: Any) -> None:
    _, witness = await joined(radio, "Oma Grace")
    session = await guest(radio, "Bang Ucok")
    ucok = await radio.socket(session["token"])
    acks = await toggle(ucok, 70)
    refused = [ack["error"] for ack in acks if ack and "error" in ack]
    assert [each["code"] for each in refused] == ["RATE_LIMIT_EXCEEDED"] * 80
    assert len(ucok.of("error")) == 80
    assert all(1 <= error["details"]["retryAfterSeconds"] <= 60 for error in ucok.of("error"))
    assert ucok.of("error")[0]["message"] == "Rate limit exceeded. Please slow down."
    await witness.wait_for("user-left")
    # Another is not affected; what Ucok might still have caused was sent before.
    await joined(radio, "Rina")
    await witness.until(lambda: presence(witness, "Rina") == ["user-joined"])
    seen = presence(witness, "Bang Ucok")
    assert len(seen) <= 6
    assert seen == ["user-joined", "user-left"] * (len(seen) // 2)
    assert ROOM not in {
        room for each in radio.services.hub._clients.values() if each.id == ucok.sid for room in each.rooms
    }


async def test_who_comes_back_within_a_second_was_never_away(radio: Any) -> None:
    _, witness = await joined(radio, "Oma Grace")
    session, ucok = await joined(radio, "Bang Ucok")
    await toggle(ucok, 4)
    await ucok.call("join-room")
    await ucok.call("send-message", {"message": "Saya di sini"})
    await witness.wait_for("new-message")
    assert presence(witness, "Bang Ucok") == ["user-joined"]
    await ucok.call("leave-room")
    await witness.wait_for("user-left")
    assert presence(witness, "Bang Ucok") == ["user-joined", "user-left"]
    again = await radio.socket(session["token"])
    await again.call("join-room")
    await witness.until(lambda: len(presence(witness, "Bang Ucok")) == 3)
    assert presence(witness, "Bang Ucok")[-1] == "user-joined"


async def test_joins_are_counted_over_all_sockets_of_a_guest(radio: Any) -> None:
    session = await guest(radio, "Bang Ucok")
    sockets = [await radio.socket(session["token"]) for _ in range(3)]
    acks = await asyncio.gather(*(client.call("join-room") for client in sockets * 11))
    refused = [ack["error"]["code"] for ack in acks if "error" in ack]
    assert refused == ["RATE_LIMIT_EXCEEDED"] * 3
    # Those that are in the room stay there.
    await sockets[0].call("send-message", {"message": "Halo"})
    for client in sockets:
        assert [each["message"] for each in await client.wait_for("new-message")] == ["Halo"]
    _, other = await joined(radio, "Rina")
    assert other.of("error") == []


async def test_a_guest_has_ten_sockets(radio: Any) -> None:
    session = await guest(radio, "Bang Ucok")

    async def attempt() -> Any:
        try:
            return await radio.socket(session["token"])
        except Refused as refusal:
            return refusal.data

    attempts = await asyncio.gather(*(attempt() for _ in range(120)))
    opened = [each for each in attempts if isinstance(each, SocketClient)]
    assert len(opened) == SOCKETS
    refusals = [each for each in attempts if not isinstance(each, SocketClient)]
    message = "You are connected too many times. Close another window first."
    assert refusals == [{"message": message, "data": {"message": message, "code": "TOO_MANY_SOCKETS"}}] * 110
    assert radio.services.hub.stats().clients == SOCKETS
    _, other = await joined(radio, "Rina")
    assert "error" not in await other.call("send-message", {"message": "Halo"})
    assert "error" not in await opened[0].call("join-room")
    await opened[1].close()
    await opened[0].until(lambda: radio.services.hub.stats().clients == SOCKETS)
    assert await (await radio.socket(session["token"])).call("join-room") == {
        "room": ROOM, "seq": 1, "replayed": 0, "reset": False
    }  # fmt: skip
    with pytest.raises(Refused):
        await radio.socket(session["token"])


async def test_staff_are_counted_by_account(radio: Any) -> None:
    token = await radio.token(radio.staff["penyiar"])
    for _ in range(SOCKETS):
        await radio.socket(token)
    with pytest.raises(Refused) as refusal:
        await radio.socket(await radio.token(radio.staff["penyiar"]))
    assert refusal.value.data["data"]["code"] == "TOO_MANY_SOCKETS"
    await radio.socket(await radio.token(radio.staff["admin"]))
