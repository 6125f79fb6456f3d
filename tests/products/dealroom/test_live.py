"""Live sessions: the events of the owner's clients, and those that they missed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colonnade.kernel.testing import Refused

API = "/api/v1"


async def test_nobody_connects_without_a_token(room: Any) -> None:
    for token in (None, "nonsense"):
        with pytest.raises(Refused) as refused:
            await room.socket(token)
        assert refused.value.data["data"]["code"] == "UNAUTHORIZED"


async def test_the_owner_hears_what_happens(room: Any) -> None:
    session = await room.session()
    client = await room.socket(await room.token(1))
    joined = await client.call("join-session", {"sessionId": session})
    assert joined == {"room": f"chat:{session}", "seq": 0, "replayed": 0, "reset": False}
    message = await room.say(session, "Halo", "assistant")
    assert await client.wait_for("message-created") == [{"message": message, "seq": 1}]
    edited = (await room.melati.patch(f"{API}/messages/{message['id']}", json={"content": "Halo!"})).json()[
        "data"
    ]
    assert await client.wait_for("message-updated") == [{"message": edited, "seq": 2}]
    await room.melati.post(f"{API}/sessions/{session}/read", json={"seq": 1})
    assert await client.wait_for("read") == [{"readSeq": 1, "seq": 3}]
    renamed = (await room.melati.patch(f"{API}/sessions/{session}", json={"title": "Baru"})).json()["data"]
    assert await client.wait_for("session-updated") == [{"session": renamed, "seq": 4}]
    await room.melati.delete(f"{API}/sessions/{session}")
    assert await client.wait_for("session-deleted") == [{"sessionId": session}]


async def test_others_hear_nothing(room: Any) -> None:
    session = await room.session()
    stranger = await room.socket(await room.token(2))
    answer = await stranger.call("join-session", {"sessionId": session})
    assert answer["error"]["code"] == "SESSION_NOT_FOUND"
    for event in ("typing", "read"):
        answer = await stranger.call(
            event, {"sessionId": session, "seq": 1} if event == "read" else {"sessionId": session}
        )
        assert answer["error"]["code"] == "SESSION_NOT_FOUND"
    own = await room.session(room.budi)
    await stranger.call("join-session", {"sessionId": own})
    await room.say(session, "Halo")
    await room.say(own, "Milik Budi", client=room.budi)
    heard = await stranger.wait_for("message-created")
    assert [event["message"]["content"] for event in heard] == ["Milik Budi"]


async def test_whoever_comes_back_receives_what_was_missed(room: Any) -> None:
    session = await room.session()
    first = await room.socket(await room.token(1))
    await first.call("join-session", {"sessionId": session})
    for number in range(3):
        await room.say(session, f"Pesan {number}")
    seen = (await first.wait_for("message-created", 3))[-1]["seq"]
    await first.close()
    lost = await room.say(session, "rahasia", "human")
    await room.say(session, "Pesan 4")
    await room.melati.delete(f"{API}/messages/{lost['id']}")
    again = await room.socket(await room.token(1))
    joined = await again.call("join-session", {"sessionId": session, "after": seen})
    assert joined["seq"] == 6
    await again.until(lambda: len(again.got) >= 3)
    state = {event["message"]["id"]: event["message"] for _, event in first.got + again.got}
    fresh = (await room.melati.get(f"{API}/messages/session/{session}")).json()["data"]
    assert [state[message["id"]] for message in fresh] == fresh
    assert [event["seq"] for _, event in again.got] == [4, 5, 6]
    assert not any("rahasia" in str(event) for event in again.got)


async def test_a_message_is_the_same_in_the_answer_live_in_the_log_and_later(room: Any) -> None:
    session = await room.session()
    live = await room.socket(await room.token(1))
    await live.call("join-session", {"sessionId": session})
    first = await room.say(session, 'O\'Neil & "Sons" \\u0041 🙏')
    said = [
        first,
        await room.say(session, "Siap", "human", clientMessageId="m-1", replyToId=first["id"]),
        await room.say(session, "Foto", type="image", mediaUrl="https://cdn.example.org/a.jpg"),
        await room.say(session, "Dari Sari", senderName="Ibu Sari", phoneNumber="+62 812 3456 789"),
    ]
    upload = await room.melati.post(
        f"{API}/messages/media",
        data={"sessionId": session, "sender": "customer"},
        files={"file": ("nota.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")},
    )
    said.append(upload.json()["data"])
    assert said[-1]["mediaUrl"] == f"{API}/messages/{said[-1]['id']}/media"
    events = [{"message": message, "seq": seq} for seq, message in enumerate(said, start=1)]
    assert await live.wait_for("message-created", 5) == events
    late = await room.socket(await room.token(1))
    await late.call("join-session", {"sessionId": session, "after": 0})
    assert await late.wait_for("message-created", 5) == events
    for url in (f"{API}/messages/session/{session}", f"{API}/messages/batch/{session}"):
        assert (await room.melati.get(url)).json()["data"] == said


async def test_typing_reaches_other_devices_and_is_not_kept(room: Any) -> None:
    session = await room.session()
    phone, laptop = [await room.socket(await room.token(1)) for _ in range(2)]
    refused = await phone.call("typing", {"sessionId": session})
    assert refused["error"]["code"] == "SESSION_NOT_FOUND"
    for client in (phone, laptop):
        await client.call("join-session", {"sessionId": session})
    await phone.call("typing", {"sessionId": session})
    assert await laptop.wait_for("typing") == [{"sessionId": session, "who": "human", "active": True}]
    assert phone.of("typing") == []
    assert (
        await room.services.db.fetch_value("SELECT count(*) FROM realtime_events WHERE event = 'typing'") == 0
    )


async def test_a_flood_of_typing_is_shown_once_a_second(room: Any) -> None:
    session = await room.session()
    phone, laptop = [await room.socket(await room.token(1)) for _ in range(2)]
    for client in (phone, laptop):
        await client.call("join-session", {"sessionId": session})
    said = [{"sessionId": session, "active": number % 2 == 0} for number in range(121)]
    acks = await asyncio.gather(*(phone.call("typing", data) for data in said))
    assert [ack["error"]["code"] for ack in acks if ack] == ["RATE_LIMIT_EXCEEDED"]
    await laptop.until(lambda: laptop.of("typing")[-1:] == [{**said[119], "who": "human"}])
    assert [event["active"] for event in laptop.of("typing")] in ([True, False], [True, False, True, False])
    # A customer's typing is another's, and a further account's budget its own.
    other = await room.session(room.budi)
    budi = await room.socket(await room.token(2))
    await budi.call("join-session", {"sessionId": other})
    assert await budi.call("typing", {"sessionId": other}) is None
    assert await phone.call("read", {"sessionId": session, "seq": 0}) == {"readSeq": 0}


async def test_who_goes_types_no_more(room: Any) -> None:
    session = await room.session()
    phone, laptop = [await room.socket(await room.token(1)) for _ in range(2)]
    for client in (phone, laptop):
        await client.call("join-session", {"sessionId": session})
    await phone.call("typing", {"sessionId": session})
    await phone.call("leave-session", {"sessionId": session})
    stopped = {"sessionId": session, "who": "human", "active": False}
    await laptop.until(lambda: laptop.of("typing")[-1:] == [stopped])
    await phone.call("join-session", {"sessionId": session})
    await phone.call("typing", {"sessionId": session, "who": "customer"})
    await phone.close()
    await laptop.until(lambda: laptop.of("typing")[-1:] == [{**stopped, "who": "customer"}])
    assert [event["active"] for event in laptop.of("typing")] == [True, False] * 2


async def test_reading_over_the_socket(room: Any) -> None:
    session = await room.session()
    await room.say(session, "Halo")
    phone, laptop = [await room.socket(await room.token(1)) for _ in range(2)]
    await laptop.call("join-session", {"sessionId": session})
    assert await phone.call("read", {"sessionId": session, "seq": 5}) == {"readSeq": 1}
    assert [event["readSeq"] for event in await laptop.wait_for("read")] == [1]
    bad = await phone.call("read", {"sessionId": session, "seq": -1})
    assert bad["error"]["code"] == "VALIDATION_ERROR"


async def test_signing_out_closes_the_socket(room: Any) -> None:
    token = await room.token(1)
    client = await room.socket(token)
    done = await room.visitor.post(f"{API}/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert done.status_code == 204
    async with asyncio.timeout(5):
        await client.until_closed()
    assert client.of("error")[-1]["code"] == "SESSION_ENDED"


@pytest.mark.node
@pytest.mark.parametrize(
    "transports", [["websocket"], ["polling", "websocket"]], ids=["websocket", "upgraded"]
)
async def test_the_real_client_follows_a_session_and_catches_up(
    room: Any, run_script: Any, transports: list[str]
) -> None:
    session = await room.session()
    client = await run_script("client.js")
    options = {"transports": transports, "auth": {"token": await room.token(1)}}
    hello = await client.ask(do="connect", url=room.url, options=options)
    assert hello["transport"] == transports[0]
    ((joined,)) = await client.ask(do="call", event="join-session", args=[{"sessionId": session}])
    assert joined["seq"] == 0
    first = await room.say(session, "Halo 🙏")
    assert await client.ask(do="wait", event="message-created") == [{"message": first, "seq": 1}]
    await client.ask(do="drop")
    second = await room.say(session, "Masih di sana?")
    await client.ask(do="wait-for-reconnect", count=1)
    await client.ask(do="call", event="join-session", args=[{"sessionId": session, "after": 1}])
    heard = await client.ask(do="wait", event="message-created", count=2)
    assert heard == [{"message": first, "seq": 1}, {"message": second, "seq": 2}]
    ((answer,)) = await client.ask(do="call", event="join-session", args=[{"sessionId": "nonsense"}])
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    stranger = await run_script("client.js")
    refused = await stranger.ask(do="connect", url=room.url, options={"transports": ["websocket"]})
    assert refused["refused"]["data"]["code"] == "UNAUTHORIZED"
