"""Song requests: made by listeners, decided by DJs, followed by both."""

from __future__ import annotations

import asyncio
import csv
import io
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from colonnade.kernel.limits import Person
from colonnade.kernel.testing import SocketClient, count_statements, until_waiting
from colonnade.products.radio.shared.schemas import StationSettings
from colonnade.products.radio.songs import routes as song_routes
from colonnade.products.radio.songs.actions import request_song
from colonnade.products.radio.songs.jobs import expire, redact
from colonnade.products.radio.songs.schemas import SongRequestCreate
from colonnade.products.radio.songs.seed import seed_songs

PATH = "/services/song_request"
SONG = {"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari"}


async def ask(radio, **more: Any) -> dict[str, Any]:
    """Send a request of a listener whose five minutes are over."""
    await radio.services.db.execute("UPDATE song_listeners SET asked_at = asked_at - interval '5 minutes'")
    answer = await (await radio.http()).post(PATH, json={**SONG, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def guest(radio) -> dict[str, Any]:
    answer = await (await radio.http()).post("/livechat/session", json={"name": "Ibu Lestari"})
    return answer.json()["data"]


async def staff_socket(radio, role: str) -> SocketClient:
    return await radio.socket(await radio.token(radio.staff[role]))


async def statuses(radio) -> list[str]:
    rows = await radio.services.db.fetch("SELECT status FROM song_requests ORDER BY created_at")
    return [row["status"] for row in rows]


async def test_a_request_reaches_the_djs_and_its_sender_follows_it(radio):
    penyiar, editor = await staff_socket(radio, "penyiar"), await staff_socket(radio, "editor")
    session = await guest(radio)
    listener = await radio.socket(session["token"])
    made = await ask(
        radio, artist="Nikita", message="Untuk Mama", contact="0812", chat_token=session["token"]
    )
    assert {name: made[name] for name in made if name not in ("id", "created_at")} == {
        "song_title": "Seperti Rusa", "artist": "Nikita", "status": "pending", "decided_at": None,
        "played_at": None, "reject_reason": None,
    }  # fmt: skip
    (told,) = await penyiar.wait_for("new-song-request")
    http = await radio.http("penyiar")
    assert (await http.get(PATH)).json()["data"] == [told]
    assert (told["id"], told["contact"], told["chat_session_id"]) == (
        made["id"],
        "0812",
        session["session_id"],
    )
    approved = await http.post(f"{PATH}/{made['id']}/approve")
    assert approved.status_code == 200
    event = {"requestId": made["id"], "approvedBy": "Yohanes Penyiar"}
    assert await listener.wait_for("request-approved") == [event]
    assert await penyiar.wait_for("request-approved") == [event]
    visitor = await radio.http()
    assert (await visitor.get(f"{PATH}/{made['id']}")).json()["data"]["status"] == "approved"
    assert (await http.post(f"{PATH}/{made['id']}/played")).status_code == 200
    await listener.wait_for("request-played")
    state = (await visitor.get(f"{PATH}/{made['id']}")).json()["data"]
    assert state["status"] == "played"
    assert "0812" not in str(state)
    assert "Mama" not in str(state)
    assert editor.got == []
    assert [name for name, _ in listener.got] == ["request-approved", "request-played"]


async def test_a_rejection_says_why(radio):
    penyiar = await staff_socket(radio, "penyiar")
    session = await guest(radio)
    listener = await radio.socket(session["token"])
    answer = await (await radio.http()).post(PATH, json=SONG, headers={"X-Chat-Token": session["token"]})
    made = answer.json()["data"]
    http = await radio.http("admin")
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}):
        assert (await http.post(f"{PATH}/{made['id']}/reject", json=body)).status_code == 422
    assert await statuses(radio) == ["pending"]
    await http.post(f"{PATH}/{made['id']}/reject", json={"reason": "Belum ada."})
    event = {"requestId": made["id"], "reason": "Belum ada."}
    assert await listener.wait_for("request-rejected") == [event]
    assert await penyiar.wait_for("request-rejected") == [event]
    state = (await (await radio.http()).get(f"{PATH}/{made['id']}")).json()["data"]
    assert (state["status"], state["reject_reason"]) == ("rejected", "Belum ada.")


async def test_a_page_may_send_the_header_with_its_chat_token(radio):
    client = await radio.http()
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-chat-token",
    }
    answer = await client.options(PATH, headers=asked)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "X-Chat-Token" in answer.headers["access-control-allow-headers"].split(", ")
    document = (await client.get("/openapi.json")).json()
    for path in (PATH, "/livechat/messages/{message_id}/flag"):
        parameters = document["paths"][path]["post"]["parameters"]
        assert [one["in"] for one in parameters if one["name"] == "X-Chat-Token"] == ["header"]
    refused = await client.post(PATH, json=SONG, headers={"X-Chat-Token": "x" * 4097})
    assert refused.status_code == 422
    assert set(refused.json()["error"]["details"]) == {"X-Chat-Token"}


async def test_the_first_decision_holds(radio):
    penyiar = await staff_socket(radio, "penyiar")
    clients = [await radio.http("admin"), await radio.http("penyiar")]
    for _ in range(5):
        made = await ask(radio)
        answers = await asyncio.gather(
            clients[0].post(f"{PATH}/{made['id']}/approve"),
            clients[1].post(f"{PATH}/{made['id']}/reject", json={"reason": "Tidak"}),
            clients[0].post(f"{PATH}/{made['id']}/approve"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["error"]["code"] == "SONG_REQUEST_ALREADY_DECIDED"
    made = await ask(radio)
    assert (await clients[0].post(f"{PATH}/{made['id']}/played")).status_code == 409
    await clients[0].post(f"{PATH}/{made['id']}/approve")
    played = await asyncio.gather(*(http.post(f"{PATH}/{made['id']}/played") for http in clients))
    assert sorted(answer.status_code for answer in played) == [200, 409]
    await penyiar.wait_for("request-played")
    decisions = len(penyiar.of("request-approved")) + len(penyiar.of("request-rejected"))
    assert (decisions, len(penyiar.of("request-played"))) == (6, 1)


async def known_device(radio) -> dict[str, str]:
    """Return the header of a device, as the answer to something refused has given it."""
    answer = await (await radio.http()).post(PATH, json={})
    assert answer.status_code == 422
    return {"X-Device-Token": answer.headers["x-device-token"]}


async def test_one_request_per_listener_in_five_minutes(radio):
    penyiar = await staff_socket(radio, "penyiar")
    visitor = await radio.http()
    visitor.headers.update(await known_device(radio))
    answers = await asyncio.gather(*(visitor.post(PATH, json=SONG) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [429] * 11
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.json()["error"]["details"] == {"countedBy": "device"}
    assert 290 <= int(refused.headers["Retry-After"]) <= 300
    db = radio.services.db
    assert await db.fetch_value("SELECT count(*) FROM song_requests") == 1
    await db.execute("UPDATE song_listeners SET asked_at = asked_at - interval '4 minutes 50 seconds'")
    nearly = await visitor.post(PATH, json=SONG)
    assert (nearly.status_code, int(nearly.headers["Retry-After"]) <= 10) == (429, True)
    await db.execute("UPDATE song_listeners SET asked_at = asked_at - interval '10 seconds'")
    assert (await visitor.post(PATH, json=SONG)).status_code == 201
    assert len(await penyiar.wait_for("new-song-request", 2)) == 2


async def test_two_listeners_behind_one_address_dont_share_a_request(radio):
    here, there = await radio.http(), await radio.http()
    for listener in (here, there):
        assert (await listener.post(PATH, json=SONG)).status_code == 201
    for listener in (here, there):  # they kept their cookies
        refused = await listener.post(PATH, json=SONG)
        assert (refused.status_code, refused.json()["error"]["details"]) == (429, {"countedBy": "device"})
    assert len(await statuses(radio)) == 2


async def test_who_keeps_no_token_has_what_the_devices_of_the_address_have(radio):
    visitor = await radio.http()
    answers = []
    for _ in range(12):
        visitor.cookies.clear()
        answers.append(await visitor.post(PATH, json=SONG))
    assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 2
    assert answers[-1].json()["error"]["details"] == {"countedBy": "address"}
    assert 250 <= int(answers[-1].headers["Retry-After"]) <= 300
    assert len(await statuses(radio)) == 10
    staff = await (await radio.http("admin")).post(PATH, json=SONG)  # an account is no device
    assert staff.status_code == 201


async def test_a_chat_session_asks_along_with_the_device_it_was_begun_on(radio):
    here, there = await radio.http(), await radio.http()
    assert (await here.post(PATH, json=SONG)).status_code == 201
    for name in ("Ani", "Budi"):
        token = (await here.post("/livechat/session", json={"name": name})).json()["data"]["token"]
        for sent in (
            {"headers": {"X-Chat-Token": token}, "json": SONG},
            {"json": SONG | {"chat_token": token}},
        ):
            refused = await here.post(PATH, **sent)
            assert (refused.status_code, refused.json()["error"]["details"]) == (429, {"countedBy": "device"})
            assert 290 <= int(refused.headers["Retry-After"]) <= 300
    token = (await there.post("/livechat/session", json={"name": "Cici"})).json()["data"]["token"]
    assert (await there.post(PATH, headers={"X-Chat-Token": token}, json=SONG)).status_code == 201
    refused = await there.post(PATH, json=SONG)
    assert (refused.status_code, refused.json()["error"]["details"]) == (429, {"countedBy": "device"})
    assert len(await statuses(radio)) == 2


async def test_of_two_new_devices_at_once_one_has_the_last_turn(radio):
    db = radio.services.db
    first = await (await radio.http()).post(PATH, json=SONG)
    assert first.status_code == 201
    await db.execute(
        "INSERT INTO song_listeners (listener, address, asked_at) "
        "SELECT 'device:' || n, address, asked_at FROM song_listeners, generate_series(1, 8) n"
    )
    data = SongRequestCreate("Kidung", "Sari")
    address = await db.fetch_value("SELECT address FROM song_listeners LIMIT 1")
    zone = radio.services.settings.listed(StationSettings).zone
    visitor = await radio.http()
    visitor.cookies.clear()
    async with db.transaction() as tx:
        await request_song(tx, data, listener=Person("device:tenth", address), session_id=None, zone=zone)
        eleventh = asyncio.create_task(visitor.post(PATH, json=SONG))
        await until_waiting(db, eleventh)
    refused = await eleventh
    assert (refused.status_code, refused.json()["error"]["details"]) == (429, {"countedBy": "address"})
    assert len(await statuses(radio)) == 2


async def test_a_chat_session_counts_wherever_it_is(radio):
    session = await guest(radio)
    await ask(radio, chat_token=session["token"])
    db = radio.services.db
    visitor = await radio.http()
    assert (await visitor.post(PATH, json={**SONG, "chat_token": session["token"]})).status_code == 429
    kinds = await db.fetch("SELECT split_part(listener, ':', 1) AS kind FROM song_listeners ORDER BY 1")
    assert [row["kind"] for row in kinds] == ["device", "guest"]  # that of the session, too
    assert (await visitor.post(PATH, json=SONG)).status_code == 201


async def test_a_repeated_post_with_a_key_is_one_request(radio):
    visitor = await radio.http()
    first = await visitor.post(PATH, json=SONG, headers={"Idempotency-Key": "k1"})
    again = await visitor.post(PATH, json=SONG, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(await statuses(radio)) == 1


async def test_a_blocked_guest_asks_for_nothing(radio):
    session = await guest(radio)
    http = await radio.http("penyiar")
    await http.post(f"/livechat/sessions/{session['session_id']}/block", json={"minutes": 5})
    answer = await (await radio.http()).post(PATH, json={**SONG, "chat_token": session["token"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SESSION_BLOCKED")
    assert (await (await radio.http()).post(PATH, json={**SONG, "chat_token": "x.y.z"})).status_code == 401
    assert await statuses(radio) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("song_title", ""), ("song_title", "x" * 201), ("song_title", "  "), ("requester_name", "x"),
        ("requester_name", "x" * 101), ("artist", "x" * 201), ("message", "x" * 501), ("contact", "xx"),
        ("contact", "x" * 256), ("song_title", None), ("requester_name", 5),
    ],
)  # fmt: skip
async def test_bad_input_is_named(radio, field, value):
    answer = await (await radio.http()).post(PATH, json={**SONG, field: value})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == [field]
    assert await statuses(radio) == []
    assert await radio.services.db.fetch_value("SELECT count(*) FROM song_listeners") == 0


async def test_fields_at_their_limits_and_empty_ones(radio):
    await ask(radio, song_title="x" * 200, requester_name="y" * 100, artist="z" * 200, message="m" * 500)
    await ask(radio, artist="", message="", contact="")
    body = (await (await radio.http("admin")).get(PATH)).json()["data"]
    assert [(each["artist"], each["message"], each["contact"]) for each in body] == [
        (None, None, None),
        ("z" * 200, "m" * 500, None),
    ]


async def test_the_list_is_for_djs(radio):
    for number in range(3):
        made = await ask(radio, song_title=f"Lagu {number}")
    http = await radio.http("penyiar")
    await http.post(f"{PATH}/{made['id']}/approve")
    for query, titles, total in (
        ("", ["Lagu 2", "Lagu 1", "Lagu 0"], 3), ("?status=pending", ["Lagu 1", "Lagu 0"], 2),
        ("?limit=1&page=2", ["Lagu 1"], 3), ("?page=9", [], 3), ("?status=expired", [], 0),
    ):  # fmt: skip
        body = (await http.get(PATH + query)).json()
        assert ([each["song_title"] for each in body["data"]], body["pagination"]["total"]) == (titles, total)
    with count_statements(radio.services.db) as statements:
        await http.get(f"{PATH}?limit=2")
    assert statements.count == 2  # the caller and the page; the total is known
    assert (await http.get(f"{PATH}?status=odd")).status_code == 422
    for role, status in ((None, 401), ("editor", 403)):
        other = await radio.http(role)
        assert (await other.get(PATH)).status_code == status
        for step in ("approve", "played"):
            assert (await other.post(f"{PATH}/{made['id']}/{step}")).status_code == status
        assert (await other.post(f"{PATH}/{made['id']}/reject", json={"reason": "x"})).status_code == status
    unknown = uuid.uuid4()
    assert (await http.get(f"{PATH}/{unknown}")).status_code == 404
    assert (await http.get(f"{PATH}/1")).status_code == 404
    assert (await http.post(f"{PATH}/{unknown}/approve")).status_code == 404


async def test_what_nobody_decides_on_expires(radio):
    penyiar = await staff_socket(radio, "penyiar")
    old, fresh = await ask(radio), await ask(radio)
    http, db = await radio.http("penyiar"), radio.services.db
    approved = await ask(radio)
    await http.post(f"{PATH}/{approved['id']}/approve")
    for made in (old, approved):
        await db.execute(
            "UPDATE song_requests SET created_at = now() - interval '6 hours' WHERE id = $1",
            uuid.UUID(made["id"]),
        )
    assert (await http.get(f"{PATH}?status=expired")).json()["pagination"]["total"] == 0
    await expire(radio.services)
    await expire(radio.services)
    assert await penyiar.wait_for("request-expired") == [{"requestId": old["id"]}]
    assert (await http.get(f"{PATH}?status=expired")).json()["pagination"]["total"] == 1
    states = {each["id"]: each["status"] for each in (await http.get(PATH)).json()["data"]}
    assert states == {old["id"]: "expired", fresh["id"]: "pending", approved["id"]: "approved"}
    assert (await http.post(f"{PATH}/{old['id']}/approve")).status_code == 409
    await db.execute("UPDATE song_listeners SET asked_at = now() - interval '11 minutes'")
    await expire(radio.services)
    assert await db.fetch_value("SELECT count(*) FROM song_listeners") == 0


async def test_contacts_are_forgotten_after_a_month(radio):
    old, fresh = await ask(radio, contact="0812-1"), await ask(radio, contact="0812-2")
    db = radio.services.db
    await db.execute(
        "UPDATE song_requests SET created_at = now() - interval '31 days' WHERE id = $1", uuid.UUID(old["id"])
    )
    await redact(radio.services)
    rows = await db.fetch("SELECT id, contact FROM song_requests")
    assert {str(row["id"]): row["contact"] for row in rows} == {old["id"]: None, fresh["id"]: "0812-2"}


async def test_the_demonstration_requests(radio):
    async with radio.services.db.transaction() as tx:
        await seed_songs(tx, radio.staff)
    body = (await (await radio.http("penyiar")).get(PATH)).json()
    states = [each["status"] for each in body["data"]]
    assert states == ["pending", "pending", "approved", "played", "played", "rejected", "expired"]


async def test_requests_are_exported_for_spreadsheets_and_no_formula_is_run(radio, monkeypatch):
    monkeypatch.setattr(song_routes, "EXPORT_BATCH", 2)
    texts = ['=HYPERLINK("http://evil.id","x")', "+1", "Lagu, dengan koma", "Pujian 😀"]
    made = [await ask(radio, song_title=text, message="@SUM(1)", contact="-1+1") for text in texts]
    penyiar, begun = await radio.http("penyiar"), datetime.now(UTC).isoformat()
    with count_statements(radio.services.db) as statements:
        answer = await penyiar.get(f"{PATH}/export.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="song-requests.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfid,created_at,status,song_title,")
    assert statements.count < 12  # pages of two, for four requests
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == [one["id"] for one in made]
    assert [row["song_title"] for row in rows] == ["'" + texts[0], "'+1", texts[2], texts[3]]
    assert {(row["message"], row["contact"], row["artist"]) for row in rows} == {("'@SUM(1)", "'-1+1", "")}
    await penyiar.post(f"{PATH}/{made[1]['id']}/approve")
    approved = (await penyiar.get(f"{PATH}/export.csv?status=approved")).text
    assert [line.split(",")[0] for line in approved.splitlines()[1:]] == [made[1]["id"]]
    exported = {"action": "songs.exported", "since": begun}
    audit = (await (await radio.http("admin")).get("/audit", params=exported)).json()["data"]
    assert [(entry["actor"]["id"], entry["after"]) for entry in audit] == [
        (str(radio.staff["penyiar"]), {"status": "approved"}),
        (str(radio.staff["penyiar"]), {"status": None}),
    ]
    for role, status in ((None, 401), ("editor", 403)):
        refused = await (await radio.http(role)).get(f"{PATH}/export.csv")
        assert refused.status_code == status
        assert "HYPERLINK" not in refused.text
