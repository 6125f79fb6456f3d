"""Messages: numbered, repeated, edited, deleted, listed, polled, searched."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from uuid import UUID

from colonnade.kernel.testing import collide, count_statements
from colonnade.products.dealroom.messages.actions import post_at_once, post_message
from colonnade.products.dealroom.messages.schemas import Draft

API = "/api/v1"


async def test_a_message_is_stored_under_the_next_number(room: Any) -> None:
    session = await room.session()
    first = await room.say(
        session, "Halo, ada ukuran 41?", senderName="Ibu Sari", phoneNumber="+62 812-3456-7890"
    )
    assert first == {
        "id": 1,
        "sessionId": session,
        "seq": 1,
        "sender": "customer",
        "senderName": "Ibu Sari",
        "phoneNumber": "+6281234567890",
        "phoneNumberTyped": "+62 812-3456-7890",
        "type": "text",
        "content": "Halo, ada ukuran 41?",
        "mediaUrl": None,
        "mediaMimeType": None,
        "fileName": None,
        "fileSizeBytes": None,
        "replyToId": None,
        "clientMessageId": None,
        "providerMessageId": None,
        "status": "recorded",
        "version": 1,
        "createdAt": first["createdAt"],
        "editedAt": None,
        "deletedAt": None,
    }
    second = await room.say(session, "Ada, Bu.", "human", replyToId=first["id"])
    assert (second["seq"], second["replyToId"]) == (2, 1)
    shown = (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert (shown["title"], shown["lastSeq"], shown["handledBy"]) == ("Halo, ada ukuran 41?", 2, "human")


async def test_a_repeated_request_is_stored_once(room: Any) -> None:
    session = await room.session()
    body = {"sessionId": session, "sender": "human", "content": "Siap", "clientMessageId": "m-1"}
    first = await room.melati.post(f"{API}/messages", json=body)
    again = await room.melati.post(f"{API}/messages", json=body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.json() == first.json()
    other = await room.melati.post(f"{API}/messages", json={**body, "content": "Lain"})
    assert (other.status_code, other.json()["code"]) == (409, "CLIENT_MESSAGE_ID_REUSED")
    elsewhere = await room.session()
    assert (
        await room.melati.post(f"{API}/messages", json={**body, "sessionId": elsewhere})
    ).status_code == 201
    assert await room.services.db.fetch_value("SELECT count(*) FROM messages") == 2
    assert (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]["lastSeq"] == 1


async def test_of_parallel_repetitions_one_is_stored(room: Any) -> None:
    session = await room.session()
    body = {"sessionId": session, "sender": "human", "content": "Siap", "clientMessageId": "m-1"}
    answers = await asyncio.gather(*(room.melati.post(f"{API}/messages", json=body) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["data"]["id"] for answer in answers} == {1}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True


async def test_writing_is_two_round_trips_with_looking_up_the_caller(room: Any) -> None:
    session = await room.session()
    first = await room.say(session, "Halo")
    for number, more in enumerate(
        (
            {"sender": "customer"},
            {"sender": "human", "clientMessageId": "m-1"},
            {"sender": "customer", "replyToId": first["id"], "senderName": "Ibu Sari"},
        ),
        start=2,
    ):
        with count_statements(room.services.db) as statements:
            said = await room.say(session, "Halo", **more)
        assert statements.round_trips == 2, more
        assert said["seq"] == number


async def test_what_is_no_message_is_refused_and_takes_no_number(room: Any) -> None:
    session, other = await room.session(), await room.session()
    elsewhere = (await room.say(other, "Di sini"))["id"]
    for wrong, field in (
        ({"sender": "robot", "content": "x"}, "sender"),
        ({"sender": "human"}, "content"),
        ({"sender": "human", "content": "   "}, "content"),
        ({"sender": "human", "content": "x", "type": "image"}, "mediaUrl"),
        ({"sender": "human", "mediaUrl": "https://cdn.example.org/a.jpg", "type": "text"}, "type"),
        ({"sender": "human", "content": "x", "replyToId": elsewhere}, "replyToId"),
        ({"sender": "human", "content": "x", "replyToId": 99}, "replyToId"),
        ({"sender": "human", "content": "x", "phoneNumber": "12345"}, "phoneNumber"),
        ({"sender": "human", "content": "x", "seq": 7}, "seq"),
        ({"sender": "human", "content": "x", "clientMessageId": "y" * 65}, "clientMessageId"),
    ):
        refused = await room.melati.post(f"{API}/messages", json={"sessionId": session, **wrong})
        assert refused.status_code == 422, wrong
        assert list(refused.json()["errors"]) == [field], wrong
    missing = await room.melati.post(
        f"{API}/messages", json={"sessionId": str(uuid.uuid4()), "sender": "human", "content": "x"}
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "SESSION_NOT_FOUND")
    assert (await room.say(session, "Halo"))["seq"] == 1


async def test_text_comes_back_as_typed(room: Any) -> None:
    session = await room.session()
    text = "O'Neil & Sons <b>100%</b>\n=SUM(A1) 你好 🙏 \\u0041"
    assert (await room.say(session, text))["content"] == text


async def test_listing_in_order_before_and_after(room: Any) -> None:
    session = await room.session()
    for number in range(1, 8):
        await room.say(session, f"Pesan {number}")

    async def listed(query: str = "") -> list[int]:
        with count_statements(room.services.db) as statements:
            body = (await room.melati.get(f"{API}/messages/session/{session}{query}")).json()
        assert statements.count == 2
        assert body["results"] == len(body["data"])
        return [message["seq"] for message in body["data"]]

    assert await listed() == [1, 2, 3, 4, 5, 6, 7]
    assert await listed("?limit=3") == [5, 6, 7]
    assert await listed("?limit=3&before=5") == [2, 3, 4]
    assert await listed("?limit=3&after=0") == [1, 2, 3]
    assert await listed("?limit=3&after=3") == [4, 5, 6]
    assert await listed("?after=2&before=5") == [3, 4]
    assert await listed("?after=7") == []
    assert (await room.melati.get(f"{API}/messages/session/{session}?limit=501")).status_code == 422
    empty = await room.session()
    assert (await room.melati.get(f"{API}/messages/session/{empty}")).json() == {
        "status": "success",
        "results": 0,
        "data": [],
    }


async def test_polling_in_batches(room: Any) -> None:
    session, other = await room.session(), await room.session()
    for number in range(5):
        await room.say(session, f"Pesan {number}")
        await room.say(other, f"Lain {number}")
    seen: list[int] = []
    last = 0
    while True:
        path = f"{API}/messages/batch/{session}?lastMessageId={last}&limit=2"
        page = (await room.melati.get(path)).json()["data"]
        if not page:
            break
        seen += [message["id"] for message in page]
        last = seen[-1]
    assert seen == [1, 3, 5, 7, 9]
    assert (await room.melati.get(f"{API}/messages/batch/{session}?lastMessageId=-1")).status_code == 422


async def test_writers_at_once_leave_no_gap_and_a_poller_sees_each_once(room: Any) -> None:
    session = await room.session()
    writers, each = 10, 12
    ids: list[int] = []

    async def write(writer: int) -> None:
        ids.extend([(await room.say(session, f"{writer}/{number}"))["id"] for number in range(each)])

    async def poll() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        while len(seen) < writers * each:
            last = seen[-1]["id"] if seen else 0
            path = f"{API}/messages/batch/{session}?lastMessageId={last}&limit=7"
            seen += (await room.melati.get(path)).json()["data"]
        return seen

    polling = asyncio.create_task(poll())
    await asyncio.gather(*(write(writer) for writer in range(writers)))
    async with asyncio.timeout(20):
        seen = await polling
    assert [message["seq"] for message in seen] == list(range(1, writers * each + 1))
    assert sorted(ids) == [message["id"] for message in seen]
    proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (proof["intact"], proof["count"], proof["lastSeq"]) == (True, writers * each, writers * each)


async def test_a_status_moves_forward_only(room: Any) -> None:
    session = await room.session()
    message = await room.say(session, "Siap", "human")

    async def move(status: str) -> tuple[int, str | None]:
        answer = await room.melati.patch(f"{API}/messages/{message['id']}/status", json={"status": status})
        return answer.status_code, answer.json().get("data", {}).get("status")

    assert await move("delivered") == (200, "delivered")
    assert await move("delivered") == (200, "delivered")
    assert await move("sent") == (409, None)
    assert await move("failed") == (409, None)
    assert await move("read") == (200, "read")
    assert await move("pending") == (409, None)
    assert await move("seen") == (422, None)
    shown = (await room.melati.get(f"{API}/messages/{message['id']}")).json()["data"]
    assert (shown["status"], shown["version"]) == ("read", 3)


async def test_editing_with_if_match(room: Any) -> None:
    session = await room.session()
    message = await room.say(session, "Harganya 450 ribu", "human")
    path = f"{API}/messages/{message['id']}"
    tag = {"If-Match": (await room.melati.get(path)).headers["etag"]}
    edited = await room.melati.patch(path, json={"content": "Harganya 475 ribu"}, headers=tag)
    data = edited.json()["data"]
    assert (data["content"], data["version"]) == ("Harganya 475 ribu", 2)
    assert data["editedAt"] is not None
    stale = await room.melati.patch(path, json={"content": "Gratis"}, headers=tag)
    assert stale.status_code == 412
    assert (await room.melati.patch(path, json={"content": " "})).status_code == 422
    assert (await room.melati.get(path)).json()["data"]["content"] == "Harganya 475 ribu"
    assert (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True


async def test_what_was_taken_back_is_a_tombstone(room: Any) -> None:
    session = await room.session()
    secret = await room.say(session, "rahasia sekali", "human")
    await room.say(session, "Oke", replyToId=secret["id"])
    path = f"{API}/messages/{secret['id']}"
    assert (await room.melati.delete(path)).status_code == 204
    shown = (await room.melati.get(path)).json()["data"]
    assert (shown["seq"], shown["content"]) == (1, None)
    assert shown["deletedAt"] is not None
    for again in (await room.melati.delete(path), await room.melati.patch(path, json={"content": "x"})):
        assert (again.status_code, again.json()["code"]) == (409, "MESSAGE_DELETED")
    listed = (await room.melati.get(f"{API}/messages/session/{session}")).json()["data"]
    assert [message["content"] for message in listed] == [None, "Oke"]
    assert (await room.melati.get(f"{API}/messages/search?q=rahasia")).json()["data"] == []
    everywhere = await room.services.db.fetch_value(
        "SELECT count(*) FROM realtime_events WHERE data::text LIKE '%rahasia%'"
    )
    assert everywhere == 0
    assert (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True


async def test_searching_with_snippets(room: Any) -> None:
    first, second = await room.session(), await room.session()
    await room.say(first, "Sepatu kulit <b>cokelat</b> & sandal rotan")
    await room.say(second, "Ada sepatu kulit hitam?")
    await room.say(second, "Tas kulit")
    foreign = await room.session(room.budi)
    await room.say(foreign, "sepatu kulit Budi", client=room.budi)

    async def found(**query: Any) -> list[int]:
        with count_statements(room.services.db) as statements:
            answer = await room.melati.get(f"{API}/messages/search", params=query)
        assert statements.count == (4 if answer.json()["data"] else 3)
        return [message["id"] for message in answer.json()["data"]]

    assert await found(q="SEPATU kulit") == [2, 1]
    assert await found(q='"sepatu kulit" -hitam') == [1]
    assert await found(q="kulit", sessionId=second) == [3, 2]
    assert await found(q="kulit", limit=2) == [3, 2]
    assert await found(q="kulit", limit=2, beforeId=2) == [1]
    assert await found(q="- - -") == []
    answer = await room.melati.get(f"{API}/messages/search", params={"q": "cokelat"})
    assert answer.json()["data"][0]["snippet"] == (
        "Sepatu kulit &lt;b&gt;<mark>cokelat</mark>&lt;/b&gt; &amp; sandal rotan"
    )
    assert (await room.melati.get(f"{API}/messages/search")).status_code == 422


async def test_a_message_with_a_file_shows_each_field_in_its_place(room: Any) -> None:
    session = await room.session()
    first = await room.say(session, "Boleh minta brosurnya?")
    pdf = b"%PDF-1.4\n%%EOF\n"
    answer = await room.melati.post(
        f"{API}/messages/media",
        data={
            "sessionId": session,
            "sender": "assistant",
            "content": "Ini brosurnya.",
            "senderName": "Sinta",
            "phoneNumber": "+62 811 6000 123",
            "replyToId": str(first["id"]),
            "clientMessageId": "unggah-1",
        },
        files={"file": ("brosur.pdf", pdf, "application/pdf")},
    )
    assert answer.status_code == 201, answer.text
    message = answer.json()["data"]
    assert message == {
        "id": 2,
        "sessionId": session,
        "seq": 2,
        "sender": "assistant",
        "senderName": "Sinta",
        "phoneNumber": "+628116000123",
        "phoneNumberTyped": "+62 811 6000 123",
        "type": "document",
        "content": "Ini brosurnya.",
        "mediaUrl": f"{API}/messages/2/media",
        "mediaMimeType": "application/pdf",
        "fileName": "brosur.pdf",
        "fileSizeBytes": len(pdf),
        "replyToId": 1,
        "clientMessageId": "unggah-1",
        "providerMessageId": None,
        "status": "recorded",
        "version": 1,
        "createdAt": message["createdAt"],
        "editedAt": None,
        "deletedAt": None,
    }
    assert (await room.melati.get(f"{API}/messages/2")).json()["data"] == message
    batch = (await room.melati.get(f"{API}/messages/batch/{session}?lastMessageId=1")).json()
    assert batch == {"status": "success", "results": 1, "data": [message]}
    found = (await room.melati.get(f"{API}/messages/search?q=brosurnya")).json()["data"]
    assert [item["id"] for item in found] == [2, 1]
    assert found[0] == {**message, "snippet": "Ini <mark>brosurnya</mark>."}
    assert (await room.melati.get(message["mediaUrl"])).content == pdf


async def test_messages_that_meet_in_a_session_are_written_one_after_the_other(room: Any) -> None:
    """A deadlock would be overcome, a second later: the request is made once more."""
    session = UUID(await room.session())
    await room.say(str(session), "Halo")
    draft = Draft(session, "human", "text", content="Ada ukuran 41?")

    async def at_once() -> int:
        async with room.services.db.single_statement() as single:
            posted = await post_at_once(single, 1, draft)
        assert posted is not None
        return posted.message.seq

    async def in_a_transaction() -> int:
        async with room.services.db.transaction() as tx:
            return (await post_message(tx, 1, draft)).message.seq

    db = room.services.db
    assert sorted(await collide(db, "chat_sessions.status", session, at_once)) == [2, 3, 4, 5]
    assert sorted(await collide(db, "chat_sessions.status", session, in_a_transaction)) == [6, 7, 8, 9]
