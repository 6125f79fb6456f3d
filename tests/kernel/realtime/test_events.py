"""Events, acknowledgements, rooms and errors, as a client by WebSocket sees them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS


async def test_an_event_is_answered_by_an_event_and_an_acknowledgement(connect: Any) -> None:
    client = await connect()
    assert await client.call("echo", {"a": [1, "é", None, True, 1.5]}) == {"a": [1, "é", None, True, 1.5]}
    assert client.got == [("echoed", {"a": [1, "é", None, True, 1.5]})]


async def test_a_client_without_credentials_is_anonymous(connect: Any) -> None:
    client = await connect()
    assert await client.call("whoami") == {"id": client.sid, "identity": None, "address": "127.0.0.1"}


async def test_the_identity_is_what_authenticate_gave(connect: Any) -> None:
    client = await connect(auth={"token": "sari"})
    assert (await client.call("whoami"))["identity"] == "sari"


@pytest.mark.parametrize("auth", ["text", 7, [1], {"token": None}])
async def test_credentials_of_another_shape_are_none(connect: Any, auth: Any) -> None:
    client = await connect(auth=auth)
    assert (await client.call("whoami"))["identity"] is None


async def test_a_refused_connection_says_why(connect: Any) -> None:
    client = await connect(auth={"token": "wrong"})
    assert client.sid == ""
    assert client.refused == {
        "message": "This session has ended.",
        "data": {"message": "This session has ended.", "code": "UNAUTHORIZED"},
    }


async def test_a_failure_while_connecting_tells_no_internals(connect: Any) -> None:
    client = await connect(auth={"token": "boom"})
    assert client.refused["data"] == {
        "message": "Something went wrong on our side.",
        "code": "INTERNAL_ERROR",
    }


async def test_a_namespace_has_its_own_events_and_its_own_guard(connect: Any, room: str) -> None:
    refused = await connect(namespace="/studio")
    assert refused.refused["data"]["code"] == "FORBIDDEN"
    client = await connect(namespace="/studio", auth={"token": "dj"})
    assert await client.call("enter", room) == [room]
    await client.emit("shout", {"room": room, "event": "x"})
    assert await client.wait_for("error") == [{"message": "There is no such event.", "code": "UNKNOWN_EVENT"}]


async def test_a_room_spans_namespaces(connect: Any, room: str) -> None:
    studio = await connect(namespace="/studio", auth={"token": "dj"})
    await studio.call("enter", room)
    client = await connect()
    await client.call("shout", {"room": room, "event": "request", "data": {"song": "Kidung"}})
    assert await studio.wait_for("request") == [{"song": "Kidung"}]


async def test_an_unknown_namespace_is_refused(connect: Any) -> None:
    client = await connect(namespace="/nobody")
    assert client.refused == {"message": "Invalid namespace"}


async def test_only_members_of_a_room_receive(connect: Any, room: str) -> None:
    inside, outside, left = await connect(), await connect(), await connect()
    assert await inside.call("enter", room) == sorted(["everybody", room])
    await left.call("enter", room)
    assert await left.call("leave", room) == ["everybody"]
    assert await inside.call("count", room) == 1
    await outside.call("shout", {"room": room, "event": "hello", "data": {"n": 1}})
    assert await inside.wait_for("hello") == [{"n": 1}]
    await outside.call("echo", 1)
    await left.call("echo", 1)
    assert outside.of("hello") == left.of("hello") == []


async def test_the_sender_can_be_left_out(connect: Any, room: str) -> None:
    sender, other = await connect(), await connect()
    await sender.call("enter", room)
    await other.call("enter", room)
    await sender.call("shout", {"room": room, "event": "typing", "others": True})
    assert await other.wait_for("typing") == [None]
    await sender.call("echo", 1)
    assert sender.of("typing") == []


async def test_one_clients_events_are_handled_in_their_order(connect: Any, room: str) -> None:
    client = await connect()
    await client.emit("join", {"room": room})
    for number in range(20):
        await client.emit("say", {"room": room, "text": str(number)})
    said = await client.wait_for("said", 20)
    assert [each["text"] for each in said] == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    ("data", "details"),
    [
        ({"room": "r", "text": ""}, {"text": "Text must not be blank"}),
        ({"room": "r", "text": 5}, {"text": "Text must be a text"}),
        ({"room": "r"}, {"text": "Text is required"}),
        ({"room": "r", "text": "x", "more": 1}, {"more": "There is no such field"}),
        ("text", {"data": "Data must be an object"}),
        (None, {"data": "Data must be an object"}),
    ],
)
async def test_a_payload_of_the_wrong_shape_is_a_validation_error(
    connect: Any, data: Any, details: dict[str, str]
) -> None:
    client = await connect()
    (rule,) = details.values()
    problem = {"message": f"{rule}.", "code": "VALIDATION_ERROR", "details": details}
    assert await client.call("say", data) == {"error": problem}
    assert client.got == [("error", problem)]
    assert await client.call("echo", "still here") == "still here"


async def test_text_that_postgresql_cannot_store_is_a_validation_error(connect: Any, room: str) -> None:
    client = await connect()
    answer = await client.call("say", {"room": room, "text": "a\x00b"})
    assert answer["error"]["code"] == "VALIDATION_ERROR"
    deep: Any = "x"
    for _ in range(65):
        deep = [deep]
    assert (await client.call("echo", deep))["error"]["code"] == "VALIDATION_ERROR"


async def test_a_problem_becomes_the_contracts_error(connect: Any) -> None:
    client = await connect()
    problem = {"message": "Not like this.", "code": "CONFLICT", "details": {"why": "because"}}
    assert await client.call("refuse") == {"error": problem}
    assert client.got == [("error", problem)]


async def test_an_unexpected_failure_tells_no_internals(connect: Any) -> None:
    client = await connect()
    expected = {"message": "Something went wrong on our side.", "code": "INTERNAL_ERROR"}
    assert await client.call("boom") == {"error": expected}
    assert client.got == [("error", expected)]
    assert await client.call("echo", 1) == 1


async def test_a_handler_that_hangs_is_ended(connect: Any, start_server: Any) -> None:
    client = await connect(await start_server(limits={"handler_seconds": 0.2}))
    assert (await client.call("slow"))["error"]["code"] == "INTERNAL_ERROR"
    assert await client.call("echo", 1) == 1


@pytest.mark.parametrize("event", ["connect", "disconnect", "connect_error", "disconnecting"])
async def test_a_client_cannot_send_the_events_of_the_server(connect: Any, event: str) -> None:
    client, witness = await connect(auth={"token": "a"}), await connect()
    answer = await client.call(event, {"asgi.scope": {}}, {"token": "b"})
    assert answer == {"error": {"message": "This is not an event.", "code": "VALIDATION_ERROR"}}
    assert (await client.call("whoami"))["identity"] == "a"
    assert [data for data in witness.of("user-left") if data["id"] == client.sid] == []


@pytest.mark.parametrize("name", ["", "$control", "x" * 201, "a\x00"])
async def test_names_that_are_no_rooms_are_refused(connect: Any, name: str) -> None:
    client = await connect()
    assert (await client.call("enter", name))["error"]["code"] in {"BAD_REQUEST", "VALIDATION_ERROR"}
    assert (await client.call("join", {"room": name}))["error"]["code"] in {"BAD_REQUEST", "VALIDATION_ERROR"}


async def test_a_clients_id_is_no_room(connect: Any) -> None:
    victim, spy = await connect(), await connect()
    await spy.call("enter", victim.sid)
    await victim.emit("refuse")
    assert (await victim.wait_for("error"))[0]["code"] == "CONFLICT"
    await spy.call("echo", 1)
    assert spy.of("error") == []


async def test_leaving_tells_the_rooms_with_the_rooms_it_was_in(connect: Any, room: str) -> None:
    client, witness = await connect(), await connect()
    await client.call("enter", room)
    await witness.call("enter", room)
    await client.close()
    expected = {"id": client.sid, "rooms": sorted(["everybody", room])}
    await witness.until(lambda: witness.of("user-left").count(expected) == 2)
    assert await witness.call("count", room) == 1


async def test_both_paths_lead_to_the_same_rooms(connect: Any, room: str) -> None:
    one, other = await connect(), await connect(path="/livechat/ws/")
    await one.call("enter", room)
    await other.call("shout", {"room": room, "event": "hello", "data": 1})
    assert await one.wait_for("hello") == [1]
    assert await other.call("count", room) == 1


async def test_browsers_may_connect_from_the_own_and_the_listed_origins_only(start_server: Any) -> None:
    server = await start_server(origins=["https://radio.example"])
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        listed = await http.get(url, headers={"Origin": "https://radio.example"})
        own = await http.get(url, headers={"Origin": server.url})
        foreign = await http.get(url, headers={"Origin": "https://evil.example"})
        unreadable = await http.get(url, headers={"Origin": "http://["})
        without = await http.get(url)
    assert (unreadable.status_code, without.status_code) == (400, 200)
    assert (listed.status_code, own.status_code, foreign.status_code) == (200, 200, 400)
    assert listed.headers["access-control-allow-origin"] == "https://radio.example"
    assert "access-control-allow-origin" not in foreign.headers
