"""Rooms with a log: numbers without gaps, order, and exactly the missed events."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.db import Database
from colonnade.kernel.realtime import Hub, SocketSetup


def numbers(events: list[Any]) -> list[int]:
    return [each["seq"] for each in events]


async def test_events_carry_the_rooms_numbers(connect: Any, room: str) -> None:
    client, other = await connect(), await connect()
    assert await client.call("join", {"room": room}) == {
        "room": room,
        "seq": 0,
        "replayed": 0,
        "reset": False,
    }
    assert await client.call("say", {"room": room, "text": "a"}) == 1
    assert await client.call("say", {"room": room, "text": "b"}) == 2
    assert await client.wait_for("said", 2) == [{"text": "a", "seq": 1}, {"text": "b", "seq": 2}]
    assert await other.call("join", {"room": room}) == {"room": room, "seq": 2, "replayed": 0, "reset": False}
    assert other.of("said") == []


async def test_several_events_at_once_have_numbers_of_their_own(connect: Any, room: str) -> None:
    client, late = await connect(), await connect()
    await client.call("join", {"room": room})
    await client.call("say", {"room": room, "text": "first"})
    await client.call("say-many", {"room": room, "text": "m"})
    heard = await client.wait_for("said", 5)
    assert [(each["text"], each["seq"]) for each in heard] == [
        ("first", 1),
        ("m0", 2),
        ("m1", 3),
        ("m2", 4),
        ("last", 5),
    ]
    assert (await late.call("join", {"room": room, "after": 1}))["replayed"] == 4
    assert await late.wait_for("said", 4) == heard[1:]


async def test_an_event_of_each_of_several_rooms_has_the_rooms_next_number(connect: Any, room: str) -> None:
    client, beside = await connect(), await connect()
    await client.call("join", {"room": room})
    await beside.call("join", {"room": f"{room}-a"})
    await client.call("say", {"room": room, "text": "first"})
    for _ in range(2):
        await client.call("say-each", {"room": room, "text": "m"})
    assert [(each["text"], each["seq"]) for each in await client.wait_for("said", 3)] == [
        ("first", 1),
        ("m", 2),
        ("m", 3),
    ]
    assert await beside.wait_for("said", 2) == [{"text": "m-a", "seq": 1}, {"text": "m-a", "seq": 2}]
    late = await connect()
    assert (await late.call("join", {"room": f"{room}-b", "after": 1}))["replayed"] == 1
    assert await late.wait_for("said") == [{"text": "m-b", "seq": 2}]


async def test_a_rolled_back_event_is_not_sent_and_leaves_no_gap(connect: Any, room: str) -> None:
    client = await connect()
    await client.call("join", {"room": room})
    answer = await client.call("say-and-fail", {"room": room, "text": "never"})
    assert answer == {"error": {"message": "rolled back", "code": "CONFLICT"}}
    assert await client.call("say", {"room": room, "text": "first"}) == 1
    assert await client.wait_for("said") == [{"text": "first", "seq": 1}]
    assert client.of("ghost") == []


async def test_commits_whose_callbacks_run_in_swapped_order_arrive_in_order(connect: Any, room: str) -> None:
    client = await connect()
    await client.call("join", {"room": room})
    await client.call("say-swapped", {"room": room, "text": "m"})
    assert await client.wait_for("said", 2) == [{"text": "m1", "seq": 1}, {"text": "m2", "seq": 2}]
    await client.call("say", {"room": room, "text": "last"})
    assert numbers(await client.wait_for("said", 3)) == [1, 2, 3]


async def test_an_event_whose_callback_never_ran_is_read_from_the_log(connect: Any, room: str) -> None:
    client, late = await connect(), await connect()
    await client.call("join", {"room": room})
    await client.call("say-silently", {"room": room, "text": "lost"})
    assert await client.wait_for("said") == [{"text": "lost", "seq": 1}]
    await client.call("say-silently", {"room": room, "text": "lost again"})
    await client.call("say", {"room": room, "text": "after"})
    assert await client.wait_for("said", 3) == [
        {"text": "lost", "seq": 1},
        {"text": "lost again", "seq": 2},
        {"text": "after", "seq": 3},
    ]
    await late.call("join", {"room": room, "after": 0})
    assert late.of("said") == client.of("said")


async def test_a_joiner_ahead_of_the_room_brings_the_room_along(connect: Any, room: str) -> None:
    client, late = await connect(), await connect()
    await client.call("join", {"room": room})
    await client.call("say-silently", {"room": room, "text": "lost"})
    joined = await late.call("join", {"room": room, "after": 0})
    assert joined == {"room": room, "seq": 1, "replayed": 1, "reset": False}
    assert await client.wait_for("said") == [{"text": "lost", "seq": 1}]
    await client.call("say", {"room": room, "text": "next"})
    for each in (client, late):
        assert numbers(await each.wait_for("said", 2)) == [1, 2]


@pytest.mark.parametrize("after", [1, None])
async def test_a_client_ahead_of_its_process_gets_nothing_twice(
    connect: Any, room: str, after: int | None
) -> None:
    """It has seen on another process what this one has not been told, or loads the state after it has joined."""
    client, ahead = await connect(), await connect()
    await client.call("join", {"room": room})
    await client.call("say-silently", {"room": room, "text": "seen elsewhere"})
    joined = await ahead.call("join", {"room": room} if after is None else {"room": room, "after": after})
    assert joined == {"room": room, "seq": 1, "replayed": 0, "reset": False}
    assert await client.wait_for("said") == [{"text": "seen elsewhere", "seq": 1}]
    await client.call("say", {"room": room, "text": "next"})
    assert await ahead.wait_for("said") == [{"text": "next", "seq": 2}]
    assert numbers(client.of("said")) == [1, 2]


async def test_who_comes_back_receives_what_it_missed_then_live(connect: Any, room: str) -> None:
    speaker, listener = await connect(), await connect()
    await listener.call("join", {"room": room})
    for text in "abc":
        await speaker.call("say", {"room": room, "text": text})
    await listener.wait_for("said", 3)
    await listener.close()
    for text in "de":
        await speaker.call("say", {"room": room, "text": text})
    again = await connect()
    joined = await again.call("join", {"room": room, "after": 3})
    assert joined == {"room": room, "seq": 5, "replayed": 2, "reset": False}
    assert again.of("said") == [{"text": "d", "seq": 4}, {"text": "e", "seq": 5}]
    await speaker.call("say", {"room": room, "text": "f"})
    assert await again.wait_for("said", 3) == [
        {"text": "d", "seq": 4},
        {"text": "e", "seq": 5},
        {"text": "f", "seq": 6},
    ]


async def test_joining_again_neither_doubles_nor_loses(connect: Any, room: str) -> None:
    client = await connect()
    await client.call("join", {"room": room})
    await client.call("say", {"room": room, "text": "a"})
    assert (await client.call("join", {"room": room}))["seq"] == 1
    joined = await client.call("join", {"room": room, "after": 1})
    assert joined == {"room": room, "seq": 1, "replayed": 0, "reset": False}
    await client.call("say", {"room": room, "text": "b"})
    assert numbers(await client.wait_for("said", 2)) == [1, 2]
    assert await client.call("count", room) == 1


async def test_nothing_is_lost_or_doubled_while_many_speak_and_many_join(connect: Any, room: str) -> None:
    speakers = [await connect() for _ in range(4)]
    listeners = [await connect() for _ in range(12)]

    async def speak(speaker: Any, name: int) -> None:
        for number in range(50):
            await speaker.call("say", {"room": room, "text": f"{name}-{number}"})

    async def join(listener: Any, index: int) -> None:
        await listeners[0].wait_for("said", index * 15) if index else None
        await listener.call("join", {"room": room, "after": 0})

    async with asyncio.TaskGroup() as group:
        for name, speaker in enumerate(speakers):
            group.create_task(speak(speaker, name))
        for index, listener in enumerate(listeners):
            group.create_task(join(listener, index))
    for listener in listeners:
        said = await listener.wait_for("said", 200)
        assert numbers(said) == list(range(1, 201))
        assert said == listeners[0].of("said")
    texts = [each["text"] for each in listeners[0].of("said")]
    for name in range(4):
        own = [text for text in texts if text.startswith(f"{name}-")]
        assert own == [f"{name}-{number}" for number in range(50)]


async def test_a_long_absence_is_replayed_in_batches(connect: Any, room: str, realtime_dsn: str) -> None:
    await write_log(realtime_dsn, room, 950)
    client = await connect()
    joined = await client.call("join", {"room": room, "after": 1})
    assert joined == {"room": room, "seq": 950, "replayed": 949, "reset": False}
    assert numbers(client.of("said")) == list(range(2, 951))


async def test_a_too_long_absence_asks_for_a_fresh_start(connect: Any, room: str, realtime_dsn: str) -> None:
    await write_log(realtime_dsn, room, 1_002)
    client = await connect()
    joined = await client.call("join", {"room": room, "after": 1})
    assert joined == {"room": room, "seq": 1_002, "replayed": 0, "reset": True}
    await client.call("say", {"room": room, "text": "next"})
    assert await client.wait_for("said") == [{"text": "next", "seq": 1_003}]


async def test_a_number_from_another_log_asks_for_a_fresh_start(connect: Any, room: str) -> None:
    client = await connect()
    joined = await client.call("join", {"room": room, "after": 12})
    assert joined == {"room": room, "seq": 0, "replayed": 0, "reset": True}
    joined = await client.call("join", {"room": room, "after": -1})
    assert joined == {"room": room, "seq": 0, "replayed": 0, "reset": True}


async def test_what_was_pruned_asks_for_a_fresh_start(connect: Any, room: str, start_server: Any) -> None:
    server = await start_server()
    client, late, current = [await connect(server) for _ in range(3)]
    for text in "abc":
        await client.call("say", {"room": room, "text": text})
    assert await client.call("prune") >= 3
    await client.call("say", {"room": room, "text": "d"})
    joined = await late.call("join", {"room": room, "after": 2})
    assert joined == {"room": room, "seq": 4, "replayed": 0, "reset": True}
    joined = await current.call("join", {"room": room, "after": 3})
    assert joined == {"room": room, "seq": 4, "replayed": 1, "reset": False}
    assert current.of("said") == [{"text": "d", "seq": 4}]
    assert late.of("said") == []


async def test_the_replay_is_what_the_filter_shows(connect: Any, room: str) -> None:
    room = f"filtered:{room}"
    speaker, late = await connect(), await connect()
    await speaker.call("join", {"room": room})
    for text in ("good", "rude", "drop", "fine"):
        await speaker.call("say", {"room": room, "text": text})
    await speaker.call("hide", "rude")
    joined = await late.call("join", {"room": room, "after": 0})
    assert joined == {"room": room, "seq": 4, "replayed": 3, "reset": False}
    assert late.of("said") == [
        {"text": "good", "seq": 1},
        {"text": None, "seq": 2},
        {"text": "fine", "seq": 4},
    ]
    # Every number arrives, so that a client can tell what is hidden from what is lost.
    assert [(event, data["seq"]) for event, data in late.got] == [
        ("said", 1),
        ("said", 2),
        ("event-hidden", 3),
        ("said", 4),
    ]
    assert late.of("event-hidden") == [{"room": room, "seq": 3}]
    assert [each["text"] for each in speaker.of("said")] == ["good", "rude", "drop", "fine"]
    await speaker.call("say", {"room": room, "text": "next"})
    assert (await late.wait_for("said", 4))[-1] == {"text": "next", "seq": 5}


async def test_rooms_entered_without_the_log_receive_logged_events_live(connect: Any, room: str) -> None:
    client, speaker = await connect(), await connect()
    await speaker.call("say", {"room": room, "text": "before"})
    await client.call("enter", room)
    await speaker.call("say", {"room": room, "text": "a"})
    await speaker.call("say", {"room": room, "text": "b"})
    assert await client.wait_for("said", 2) == [{"text": "a", "seq": 2}, {"text": "b", "seq": 3}]


async def write_log(dsn: str, room: str, count: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO realtime_rooms (room, seq) VALUES ($1, $2)", room, count)
    await connection.execute(
        "INSERT INTO realtime_events (room, seq, event, data)"
        " SELECT $1, n, 'said', jsonb_build_object('text', n::text) FROM generate_series(1, $2::int) n",
        room,
        count,
    )
    await connection.close()


async def test_watching_the_log_is_not_counted_as_a_requests_statements(realtime_dsn: str) -> None:
    db = Database(realtime_dsn)
    hub = Hub(SocketSetup(), db=db, bus=open_bus(None, "test"))
    await hub.start(None)
    before = db.statements
    await hub._delivery._compare()
    assert db.statements == before
    await hub.stop()
    await db.close()
