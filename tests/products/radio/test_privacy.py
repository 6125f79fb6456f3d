"""What people without an account left: found over everything, exported, and erased without breaking lists."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from colonnade.kernel.testing import until_waiting

MAIL, NUMBER = "lestari@contoh.id", "0812-3456-7890"
SAME_NUMBER = "+62 812 3456 7890"
PARTNER = {
    "contact_person": "Ibu Lestari",
    "email": MAIL,
    "phone": NUMBER,
    "partnership_type": "mitra",
}
KINDS = ["chat_sessions", "testimonials", "registrations", "prayer_requests", "song_requests"]


async def post(radio: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    radio.forget_limits()
    answer = await (await radio.http()).post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture
async def radio(radio: Any) -> Any:
    """Provide the station with a tier that is open."""
    await radio.services.db.execute(
        "INSERT INTO membership_tiers (code, position, name, description, benefits) "
        "VALUES ('mitra', 1, 'Mitra', 'Bersama kami', '{}')"
    )
    return radio


async def leave(radio: Any) -> dict[str, Any]:
    """Leave something of each kind as Ibu Lestari, and the same things as somebody else."""
    left: dict[str, Any] = {}
    for name, mail, number in (("Ibu Lestari", MAIL, NUMBER), ("Budi", "budi@contoh.id", "+62 811 6000 123")):
        await radio.services.db.execute("DELETE FROM song_listeners")
        session = await post(radio, "/livechat/session", {"name": name, "city": "Medan"})
        client = await radio.socket(session["token"])
        await client.call("join-room", session["room"])
        sent = await client.call("send-message", {"message": f"Salam dari {name}"})
        song = {
            "song_title": "Seperti Rusa",
            "requester_name": name,
            "message": "Untuk Mama",
            "contact": number,
        }
        await post(radio, "/services/song_request", {**song, "chat_token": session["token"]})
        prayer = {"content": "Mohon doakan ibu saya yang sakit.", "name": name, "contact": number}
        await post(radio, "/services/prayer", prayer)
        words = {"name": name, "email": mail, "content": "Siaran doa malam menguatkan kami."}
        made = await post(radio, "/testimonials", words)
        await radio.services.db.execute(
            "UPDATE testimonials SET status = 'approved', reviewed_at = now() WHERE id = $1", made["id"]
        )
        await post(
            radio, "/membership/register", {**PARTNER, "contact_person": name, "email": mail, "phone": number}
        )
        left[name] = {"session": session, "client": client, "message": sent["id"]}
    return left


async def counted(http: Any, query: dict[str, Any]) -> dict[str, int]:
    answer = await http.post("/privacy/searches", json=query)
    assert answer.status_code == 200, answer.text
    return {kind: len(found) for kind, found in answer.json()["data"]["data"].items()}


async def entries(radio: Any, since: datetime) -> list[tuple[str, Any]]:
    """Return the entries of the audit log about privacy; the log itself outlives a test."""
    rows = await radio.services.db.fetch(
        "SELECT created_at, action, after FROM audit.inbox WHERE created_at > $1 "
        "UNION ALL SELECT created_at, action, after FROM audit.entries WHERE created_at > $1 ORDER BY 1",
        since,
    )
    return [(row["action"], row["after"]) for row in rows if row["action"].startswith("privacy.")]


@pytest.mark.parametrize("number", [NUMBER, SAME_NUMBER, "6281234567890", "(0812) 3456 7890"])
async def test_somebody_is_found_by_any_spelling_of_a_number(radio, number):
    await leave(radio)
    admin = await radio.http("admin")
    assert await counted(admin, {"phone": number}) == dict.fromkeys(KINDS, 1) | {"testimonials": 0}


@pytest.mark.parametrize("number", [NUMBER, SAME_NUMBER])
async def test_somebody_is_found_however_they_wrote_their_number(radio, number):
    for contact in (
        "0812.3456.7890",
        "+62 (812) 3456-7890",
        "6281234567890",
        "0062 812 3456 7890",
        "812 3456 7890",
        "0812 3456 7890 ext. 5",
        "0812 3456 7891",
        "budi@contoh.id",
    ):
        await radio.services.db.execute(
            "INSERT INTO song_requests (song_title, requester_name, contact) VALUES ('Kidung', 'Sari', $1)",
            contact,
        )
    admin = await radio.http("admin")
    assert (await counted(admin, {"phone": number}))["song_requests"] == 6


async def test_of_very_much_a_part_is_shown_and_all_is_erased(radio):
    await radio.services.db.execute(
        "INSERT INTO song_requests (song_title, requester_name, contact) "
        "SELECT 'Kidung', 'Ibu Lestari', $1 FROM generate_series(1, 1001)",
        MAIL,
    )
    admin = await radio.http("admin")
    found = (await admin.post("/privacy/searches", json={"email": MAIL})).json()["data"]
    assert (len(found["data"]["song_requests"]), found["truncated"]) == (500, ["song_requests"])
    answer = await admin.post("/privacy/erasures", json={"email": MAIL, "reason": "Letter"})
    assert answer.json()["data"]["erased"]["song_requests"] == 1001


async def test_somebody_is_found_by_address_and_number_together(radio):
    await leave(radio)
    admin = await radio.http("admin")
    assert await counted(admin, {"email": MAIL.upper()}) == {
        "chat_sessions": 0, "testimonials": 1, "registrations": 1, "prayer_requests": 0, "song_requests": 0,
    }  # fmt: skip
    assert await counted(admin, {"email": MAIL, "phone": NUMBER}) == dict.fromkeys(KINDS, 1)
    assert await counted(admin, {"phone": "+62 813 1111 2222"}) == dict.fromkeys(KINDS, 0)


async def test_the_file_to_hand_over_has_everything(radio):
    await leave(radio)
    admin = await radio.http("admin")
    answer = await admin.post("/privacy/exports", json={"email": MAIL, "phone": NUMBER})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="radio-person.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    data = answer.json()["data"]
    assert list(data) == KINDS
    (prayer,), (session,) = data["prayer_requests"], data["chat_sessions"]
    assert (prayer["content"], prayer["contact"]) == ("Mohon doakan ibu saya yang sakit.", NUMBER)
    assert [message["message"] for message in session["messages"]] == ["Salam dari Ibu Lestari"]
    # Reading a prayer leaves its trace, here as elsewhere.
    rows = await radio.services.db.fetch("SELECT account_id, with_contact FROM prayer_reads")
    assert [tuple(row) for row in rows] == [(radio.staff["admin"], True)]


async def test_what_is_erased_is_gone_everywhere_and_others_stay(radio):
    left = await leave(radio)
    admin, visitor = await radio.http("admin"), await radio.http()
    watcher = await radio.socket((await post(radio, "/livechat/session", {"name": "Sari"}))["token"])
    await watcher.call("join-room", left["Budi"]["session"]["room"])
    assert len((await visitor.get("/testimonials")).json()["data"]) == 2
    answer = await admin.post(
        "/privacy/erasures", json={"email": MAIL, "phone": SAME_NUMBER, "reason": "Letter of 29 November"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"erased": dict.fromkeys(KINDS, 1), "unreadable": {}}
    # In lists, by whoever reads them.
    assert [each["name"] for each in (await visitor.get("/testimonials")).json()["data"]] == ["Budi"]
    registrations = (await admin.get("/membership/registrations")).json()
    assert [each["contact_person"] for each in registrations["data"]] == ["Budi"]
    songs = (await admin.get("/services/song_request")).json()["data"]
    assert {(each["requester_name"], each["contact"]) for each in songs} == {
        ("Budi", "+62 811 6000 123"),
        ("Deleted listener", None),
    }
    prayers = (await admin.get("/services/prayer")).json()["data"]
    assert {(each["name"], each["content"]) for each in prayers} == {
        ("Budi", "Mohon doakan ibu saya yang sakit."),
        (None, None),
    }
    messages = (await visitor.get("/livechat/messages")).json()["data"]
    assert [each["username"] for each in messages] == ["Budi"]
    # In open windows, and in what later ones catch up with.
    (removed,) = await watcher.wait_for("message-moderated")
    assert removed["messageId"] == left["Ibu Lestari"]["message"]
    logged = await radio.services.db.fetch_value("SELECT string_agg(data::text, ' ') FROM realtime_events")
    assert "Lestari" not in logged
    assert "Budi" in logged
    await left["Ibu Lestari"]["client"].wait_for("error")
    # And nothing is found any more.
    assert await counted(admin, {"email": MAIL, "phone": NUMBER}) == dict.fromkeys(KINDS, 0)
    assert await counted(admin, {"email": "budi@contoh.id", "phone": "+62 811 6000 123"}) == dict.fromkeys(
        KINDS, 1
    )


async def test_what_is_erased_waits_for_nobody_any_more(radio):
    await leave(radio)
    admin, db = await radio.http("admin"), radio.services.db
    await db.execute("UPDATE chat_messages SET status = 'pending'")
    await db.execute("UPDATE testimonials SET status = 'pending', reviewed_at = NULL")
    await db.execute("UPDATE prayer_requests SET visibility = 'on_air'")
    await db.execute(
        "INSERT INTO onair_requests (kind, item_id) SELECT 'prayer', id FROM prayer_requests "
        "ON CONFLICT DO NOTHING"
    )
    socket = await radio.socket(await radio.token(radio.staff["admin"]))
    before = {(each["kind"], each["id"]) for each in (await admin.get("/moderation/queue")).json()["data"]}
    assert len(before) == 8
    body = {"email": MAIL, "phone": NUMBER, "reason": "Letter"}
    assert (await admin.post("/privacy/erasures", json=body)).status_code == 200
    after = {(each["kind"], each["id"]) for each in (await admin.get("/moderation/queue")).json()["data"]}
    told = await socket.wait_for("queue-changed", 4)
    changed = {
        change: {(each["kind"], id) for each in told for id in each["ids"] if each["change"] == change}
        for change in ("decided", "added")
    }
    assert before - after == changed["decided"]
    # The song is played all the same, and windows load it again, without a name.
    song = next(iter(changed["added"]))
    assert changed["added"] == {song} < after
    assert await socket.wait_for("request-erased") == [{"requestId": song[1]}]
    assert sorted(kind for kind, _ in before - after) == ["chat", "prayer", "testimonial"]
    prayer = next(id for kind, id in changed["decided"] if kind == "prayer")
    prayed = await admin.patch(f"/services/prayer/{prayer}", json={"status": "prayed"})
    assert (prayed.status_code, prayed.json()["error"]["code"]) == (409, "PRAYER_ERASED")
    (waiting,) = [id for kind, id in before if kind == "chat" and (kind, id) not in after]
    assert {"messageId": waiting, "action": "delete"} in socket.of("message-moderated")
    (group,) = (await admin.get("/on-air/handover")).json()["data"]
    assert sorted(each["kind"] for each in group["requests"]) == ["prayer", "song", "song"]


async def test_a_chat_session_is_found_by_its_id(radio):
    left = await leave(radio)
    admin = await radio.http("admin")
    reference = left["Budi"]["session"]["session_id"]
    assert (await counted(admin, {"reference": reference}))["chat_sessions"] == 1
    answer = await admin.post("/privacy/erasures", json={"reference": reference, "reason": "Call"})
    assert answer.json()["data"]["erased"]["chat_sessions"] == 1


async def test_nothing_says_whose_an_erased_chat_session_was(radio):
    left = await leave(radio)
    admin, db = await radio.http("admin"), radio.services.db
    budi = left["Budi"]
    reference = UUID(budi["session"]["session_id"])
    flag = {"token": budi["session"]["token"], "reason": "Budi tidak suka"}
    await post(radio, f"/livechat/messages/{left['Ibu Lestari']['message']}/flag", flag)
    hidden = (await budi["client"].call("send-message", {"message": "Rahasia Budi"}))["id"]
    await db.execute("UPDATE chat_messages SET status = 'hidden' WHERE id = $1", int(hidden))
    kept = "num_nonnulls(city, address, device)"
    assert await db.fetch_value(f"SELECT {kept} FROM chat_sessions WHERE id = $1", reference) >= 2
    body = {"reference": str(reference), "reason": "Letter"}
    assert (await admin.post("/privacy/erasures", json=body)).status_code == 200
    row = await db.fetch_row(
        "SELECT name, num_nonnulls(city, country, address, device, confirmed_by), expires_at <= now() "
        "FROM chat_sessions WHERE id = $1",
        reference,
    )
    assert tuple(row) == ("Deleted guest", 0, True)
    assert await db.fetch_value("SELECT count(*) FROM chat_flags") == 1
    assert await db.fetch_value("SELECT count(*) FROM chat_flags WHERE reason IS NOT NULL") == 0
    # Of what was hidden nobody learns that it has been there.
    removed = await left["Ibu Lestari"]["client"].wait_for("message-moderated")
    assert [each["messageId"] for each in removed] == [budi["message"]]


async def test_what_else_was_asked_for_in_the_same_chat_is_theirs(radio):
    left = await leave(radio)
    await radio.services.db.execute("DELETE FROM song_listeners")
    token = left["Ibu Lestari"]["session"]["token"]
    song = {"song_title": "Kidung", "requester_name": "Ibu Lestari", "message": "Untuk Papa"}
    await post(radio, "/services/song_request", {**song, "chat_token": token})
    admin = await radio.http("admin")
    assert (await counted(admin, {"phone": NUMBER}))["song_requests"] == 2
    answer = await admin.post("/privacy/erasures", json={"phone": NUMBER, "reason": "Letter"})
    assert answer.json()["data"]["erased"]["song_requests"] == 2
    songs = await radio.services.db.fetch("SELECT song_title, requester_name, message FROM song_requests")
    assert sorted(tuple(row) for row in songs) == [
        ("Kidung", "Deleted listener", None),
        ("Seperti Rusa", "Budi", "Untuk Mama"),
        ("Seperti Rusa", "Deleted listener", None),
    ]


async def test_a_message_that_is_being_posted_is_erased_with_its_session(radio):
    left = await leave(radio)
    admin, db = await radio.http("admin"), radio.services.db
    reference = left["Ibu Lestari"]["session"]["session_id"]
    body = {"reference": reference, "reason": "Letter"}
    async with db.transaction() as tx:
        await tx.fetch("SELECT FROM chat_sessions WHERE id = $1 FOR NO KEY UPDATE", UUID(reference))
        await tx.execute(
            "INSERT INTO chat_messages (session_id, username, message) VALUES ($1, 'Ibu Lestari', 'Lagi')",
            UUID(reference),
        )
        erasure = asyncio.create_task(admin.post("/privacy/erasures", json=body))
        await until_waiting(db, erasure)
    assert (await erasure).json()["data"]["erased"]["chat_sessions"] == 1
    written = await db.fetch("SELECT username, message, status FROM chat_messages ORDER BY id")
    assert [tuple(row) for row in written] == [
        ("Deleted guest", "…", "deleted"),
        ("Budi", "Salam dari Budi", "visible"),
        ("Deleted guest", "…", "deleted"),
    ]


SENT = {
    "song_requests": "INSERT INTO song_requests (song_title, requester_name, contact) VALUES ('Rusa', 'Zyx', $1)",
    "testimonials": "INSERT INTO testimonials (name, content, email) VALUES ('Zyx', 'Kesaksian saya.', $1)",
    "membership_registrations": "INSERT INTO membership_registrations "
    "(contact_person, phone, partnership_type, language, email) VALUES ('Zyx', '0812 3456 7890', 'mitra', 'id', $1)",
}


@pytest.mark.parametrize("table", [*SENT, "prayer_requests"])
async def test_what_is_being_sent_is_erased_too(radio, table):
    admin, db = await radio.http("admin"), radio.services.db
    prayer = {"content": "Mohon doakan ibu saya yang sakit.", "name": "Zyx", "contact": MAIL}
    if table == "prayer_requests":
        await post(radio, "/services/prayer", prayer)
    async with db.transaction() as tx:
        if table == "prayer_requests":
            await tx.execute("UPDATE prayer_requests SET name = name")
        else:
            await tx.execute(SENT[table], MAIL)
        erasure = asyncio.create_task(
            admin.post("/privacy/erasures", json={"email": MAIL, "reason": "Letter"})
        )
        await until_waiting(db, erasure)
    erased = (await erasure).json()["data"]["erased"]
    assert erased[table.removeprefix("membership_")] == 1
    assert "Zyx" not in str([dict(row) for row in await db.fetch(f"SELECT * FROM {table}")])


async def test_what_waited_for_the_erasure_to_end_is_erased_by_the_next_pass(radio):
    begun = datetime.now(UTC)
    await leave(radio)
    admin, visitor, db = await radio.http("admin"), await radio.http(), radio.services.db
    radio.forget_limits()
    await db.execute("DELETE FROM song_listeners")
    song = {"song_title": "Lagi", "requester_name": "Zyx", "message": "Zyx", "contact": NUMBER}
    async with db.transaction() as tx:
        # The first pass has locked the songs, waits for the prayers, and the song waits for it.
        await tx.execute("UPDATE prayer_requests SET name = name")
        erasure = asyncio.create_task(
            admin.post("/privacy/erasures", json={"phone": NUMBER, "reason": "Letter"})
        )
        await until_waiting(db, erasure)
        sending = asyncio.create_task(visitor.post("/services/song_request", json=song))
        await until_waiting(db, erasure, sending)
    assert (await sending).status_code == 201
    assert (await erasure).json()["data"]["erased"]["song_requests"] == 2
    assert "Zyx" not in str([dict(row) for row in await db.fetch("SELECT * FROM song_requests")])
    assert [entry[1]["erased"]["song_requests"] for entry in await entries(radio, begun)] == [1, 1]


async def test_who_began_to_write_before_the_erasure_writes_no_more(radio):
    left = await leave(radio)
    admin, db = await radio.http("admin"), radio.services.db
    reference = left["Budi"]["session"]["session_id"]
    async with db.transaction() as tx:
        begun = await tx.fetch_value("SELECT now()")
        answer = await admin.post("/privacy/erasures", json={"reference": reference, "reason": "Letter"})
        assert answer.status_code == 200
        ended = "SELECT expires_at <= now() AND now() = $2 FROM chat_sessions WHERE id = $1"
        assert await tx.fetch_value(ended, UUID(reference), begun) is True


@pytest.mark.parametrize(
    ("mail", "query"),
    [
        (MAIL, {"email": "LESTARI@contoh.id"}),
        (MAIL, {"phone": SAME_NUMBER}),
        ("Rina@b\u00fccher.example", {"email": "rina@B\u00dcCHER.example"}),
    ],
)
async def test_mails_to_and_about_who_is_erased_are_not_sent(radio, mail, query):
    admin, db = await radio.http("admin"), radio.services.db
    for name, email, number in (
        ("Ibu Lestari", mail, NUMBER),
        ("Budi", "budi@contoh.id", "+62 811 6000 123"),
    ):
        body = {**PARTNER, "contact_person": name, "email": email, "phone": number}
        await post(radio, "/membership/register", body)
    waiting = "SELECT name, convert_from(payload, 'UTF8') AS payload, state FROM job_queue ORDER BY id"
    jobs = [row["payload"] for row in await db.fetch(waiting)]
    assert ([("Budi" in job or "budi@" in job) for job in jobs], len(jobs)) == ([False, False, True, True], 4)
    await db.execute("UPDATE job_queue SET state = 'held' WHERE id IN (SELECT min(id) FROM job_queue)")
    radio.forget_limits()
    asked = await (await radio.http()).post("/livechat/confirmation", json={"email": mail})
    assert asked.status_code in (200, 202), asked.text
    answer = await admin.post("/privacy/erasures", json={**query, "reason": "Letter"})
    assert (answer.status_code, answer.json()["data"]["erased"]["registrations"]) == (200, 1)
    jobs = [row["payload"] for row in await db.fetch(waiting)]
    assert [("Budi" in job or "budi@" in job) for job in jobs] == [True, True]
    assert "ina@b" not in str(jobs)
    assert "estari" not in str(jobs)


async def test_searches_and_erasures_are_on_record_without_whom_they_were_about(radio):
    begun = datetime.now(UTC)
    await leave(radio)
    admin = await radio.http("admin")
    await counted(admin, {"email": MAIL})
    await admin.post("/privacy/erasures", json={"email": MAIL, "reason": "Letter"})
    found, erased = await entries(radio, begun)
    assert (found[0], erased[0]) == ("privacy.searched", "privacy.erased")
    assert found[1]["by"] == ["email"]
    assert (erased[1]["reason"], erased[1]["erased"]["testimonials"]) == ("Letter", 1)
    assert MAIL not in str((found, erased))


async def test_whom_it_is_about_has_to_be_said(radio):
    begun = datetime.now(UTC)
    await leave(radio)
    admin = await radio.http("admin")
    for query, field in (
        ({}, "email"),
        ({"email": "", "phone": " "}, "email"),
        ({"email": "x"}, "email"),
        ({"phone": "123"}, "phone"),
        ({"reference": "7"}, "reference"),
    ):
        for path, more in (("/searches", {}), ("/exports", {}), ("/erasures", {"reason": "Letter"})):
            answer = await admin.post(f"/privacy{path}", json={**query, **more})
            assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert (await admin.post("/privacy/erasures", json={"email": MAIL})).status_code == 422
    assert await entries(radio, begun) == []
    assert await counted(admin, {"email": MAIL, "phone": NUMBER}) == dict.fromkeys(KINDS, 1)


async def test_administrators_who_have_signed_in_lately_may(radio):
    begun = datetime.now(UTC)
    for role, status in ((None, 401), ("editor", 403), ("penyiar", 403)):
        answer = await (await radio.http(role)).post("/privacy/searches", json={"email": MAIL})
        assert answer.status_code == status
    admin = await radio.http("admin")
    await radio.services.db.execute("UPDATE account_sessions SET created_at = now() - interval '1 hour'")
    for path, more in (("/searches", {}), ("/exports", {}), ("/erasures", {"reason": "Letter"})):
        refused = await admin.post(f"/privacy{path}", json={"email": MAIL, **more})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert await entries(radio, begun) == []
