"""A guest's message in one statement: its cost, its event, and what has changed since its conditions were read."""

from __future__ import annotations

from uuid import UUID

import pytest

from colonnade.kernel.testing import collide, count_statements
from colonnade.products.radio.livechat import queries
from colonnade.products.radio.livechat.queries.guests import erase_sessions
from colonnade.products.radio.livechat.queries.settings import ensure_settings
from colonnade.products.radio.livechat.rules.rooms import ROOM


@pytest.fixture
async def session(radio):
    """Open a guest's session; return its token and id."""
    visitor = await radio.http()
    place = {"city": "Medan", "country": "Indonesia"}
    answer = await visitor.post("/livechat/session", json={"name": "Ibu Lestari", **place})
    return answer.json()["data"]


async def test_posting_is_two_round_trips(radio, session):
    client = await radio.socket(session["token"])
    await client.call("send-message", {"message": "Selamat pagi"})
    for said in ({"message": "Shalom"}, {"message": "Apa kabar?", "clientMessageId": "c-1"}):
        with count_statements(radio.services.db) as statements:
            posted = await client.call("send-message", said)
        assert (posted["status"], posted["duplicate"]) == ("visible", False)
        assert statements.round_trips == 2


async def test_posting_as_the_station_is_two_round_trips(radio):
    http = await radio.http("penyiar")
    client = await radio.socket(await radio.token(radio.staff["penyiar"]))
    for _ in range(2):
        await http.post("/livechat/messages", json={"message": "Selamat pagi"})
        await client.call("send-message", {"message": "Selamat pagi"})
    with count_statements(radio.services.db) as statements:
        await http.post("/livechat/messages", json={"message": "Selamat sore"})
    assert statements.round_trips == 2
    with count_statements(radio.services.db) as statements:
        await client.call("send-message", {"message": "Selamat malam"})
    assert statements.round_trips == 2


async def test_a_message_is_the_same_live_in_the_log_and_in_the_history(radio, session):
    live = await radio.socket(session["token"])
    await live.call("join-room", session["session_id"])
    texts = ('<b>O\'Neil</b> & "Sons" \\u0041\nbaris dua', "🙏")
    ids = [(await live.call("send-message", {"message": text}))["id"] for text in texts]
    station = await (await radio.http("penyiar")).post("/livechat/messages", json={"message": texts[0]})
    events = await live.wait_for("new-message", 3)
    spoken = events.pop()
    assert (spoken["id"], spoken["seq"]) == (station.json()["data"]["id"], 3)
    assert (spoken["username"], spoken["city"], spoken["is_staff"]) == ("El Shaddai FM", None, True)
    assert [(each["id"], each["seq"], each["message"]) for each in events] == [
        (ids[0], 1, texts[0]),
        (ids[1], 2, texts[1]),
    ]
    assert {(each["username"], each["city"], each["country"], each["is_staff"]) for each in events} == {
        ("Ibu Lestari", "Medan", "Indonesia", False)
    }
    late = await radio.socket(session["token"])
    await late.call("join-room", {"sessionId": session["session_id"], "after": 0})
    events.append(spoken)
    assert await late.wait_for("new-message", 3) == events
    history = (await (await radio.http()).get("/livechat/messages")).json()["data"]
    assert history == [
        {name: value for name, value in each.items() if name != "seq"} for each in events[::-1]
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chat_settings SET version = version + 1, blocked_terms = '{shalom}'",
        "UPDATE chat_settings SET is_open = false",
        "UPDATE chat_settings SET pre_moderation = true",
        "UPDATE chat_settings SET slow_mode_seconds = 60",
        "UPDATE chat_sessions SET blocked_at = now(), blocked_until = now() + interval '1 minute'",
        "UPDATE chat_sessions SET expires_at = now()",
        "DELETE FROM chat_settings",
    ],
)
async def test_what_has_changed_since_its_conditions_were_read_stops_it(radio, session, change):
    db, id = radio.services.db, UUID(session["session_id"])
    client = await radio.socket(session["token"])
    await client.call("join-room", session["session_id"])
    await client.call("send-message", {"message": "Selamat pagi"})

    async def insert(context):
        return await queries.insert_visible_message(
            db, id, context, text="Shalom", client_message_id="c-1", room=ROOM
        )

    context = await queries.find_posting_context(db, id, "c-1")
    assert context is not None
    await db.execute(change)
    assert await insert(context) is None
    assert await db.fetch_value("SELECT count(*) FROM chat_messages") == 1
    assert await db.fetch_value("SELECT message_count FROM chat_sessions") == 1
    assert await db.fetch_value("SELECT seq FROM realtime_rooms WHERE room = $1", ROOM) == 1


async def test_slow_mode_ends_to_the_second(radio, session):
    db, id = radio.services.db, UUID(session["session_id"])
    async with db.transaction() as tx:
        await ensure_settings(tx)
    await db.execute("UPDATE chat_settings SET slow_mode_seconds = 60")
    for seconds, posts in ((59, False), (60, True)):
        await db.execute(
            "UPDATE chat_sessions SET last_message_at = now() - make_interval(secs => $1)", float(seconds)
        )
        context = await queries.find_posting_context(db, id, None)
        assert context is not None
        inserted = await queries.insert_visible_message(
            db, id, context, text="Shalom", client_message_id=None, room=ROOM
        )
        assert (inserted is not None) is posts


async def test_messages_and_erasures_that_meet_in_a_session_end(radio, session):
    """What refers to the session, such as a flag of the guest's, is not waited for by those who wait for it."""
    db, id_ = radio.services.db, UUID(session["session_id"])
    await ensure_settings(db)
    context = await queries.find_posting_context(db, id_, None)

    async def post():
        async with db.single_statement() as single:
            return await queries.insert_visible_message(
                single, id_, context, text="Shalom", client_message_id=None, room=ROOM
            )

    async def erase():
        async with db.transaction() as tx:
            return (await erase_sessions(tx, [id_], "…"))[0]

    posted = await collide(db, "chat_sessions.name", id_, post)
    assert sorted(number for _, number in posted) == [1, 2, 3, 4]
    assert sorted(await collide(db, "chat_sessions.name", id_, erase)) == [0, 0, 0, 1]
