"""Blocks of the live chat: scopes, what they hide, who is let in all the same, and names that nobody may have."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import Refused, SocketClient
from colonnade.products.radio.livechat.jobs import JOBS
from colonnade.products.radio.product import PRODUCT

NAMES = [
    "admin", "аdmіn", "ΑDMIN", "adm1n", "ADMlN", "ᴀᴅᴍɪɴ", "a d m i n", "Admin Radio", "admin2", "админ", "модератор",
    "管理员", "مشرف", "𝓜𝓸𝓭𝓮𝓻𝓪𝓽𝓸𝓻", "pеnyiаr", "El Shaddai FM", "ЕL ЅНАDDАI FМ", "Εl Ѕhаddаi FМ", "E.l-Sh@ddai_FM",
    "maria admin", "Mаriа Аdmin", "Rina Editor 2",
    "Admin1", "Admin0", "Admin01", "Аdmіn1", "ａｄｍｉｎ１", "Admin①", "moderator1", "penyiar1", "Operator1", "Staff1",
    "1admin", "4dm1n1", "Admin_1", "Admin-01", "Admin1Radio", "a d m i n 1", "Admin٠",
    "AdminRadio", "RadioAdmin", "SuperAdmin", "superadmin", "AdminElShaddai", "Admin|Radio", "xXadminXx", "Editor",
    "Editor1", "Elshaddai", "El-Shaddai", "El Shaddai", "ElShaddai_1", "Radio El Shaddai", "Εl-Ѕhаddаi", "resmiadmin",
]  # fmt: skip
PEOPLE = [
    "Ibu Lestari",
    "Rina",
    "Modesta",
    "Stafford",
    "김하늘",
    "Adminah Sari",
    "Adminah 2",
    "Admiral",
    "Mustafa",
    "Radiansyah",
    "Eldad",
    "Elshaddai Simanjuntak",
    "Shaddai Putri",
    "Systema",
    "Rina 1",
    "Budi01",
    "Teguh Hosea",
    "McDonald",
    "Resmi Lestari",
    "Ed Itorang",
    "Alfred Itor",
    "Max Xaverius",
    "Krusita",
    "Stafanus1",
    "Ibu Radio",
    "Dominasi",
    "O'Neil s/o Raj",
    "Yohanes M",
]


(prune,) = JOBS


async def open_session(client: httpx.AsyncClient, name: str = "Ibu Lestari", **more: Any) -> httpx.Response:
    return await client.post("/livechat/session", json={"name": name, **more})


async def joined(
    radio, client: httpx.AsyncClient, name: str = "Ibu Lestari"
) -> tuple[dict[str, Any], SocketClient]:
    answer = await open_session(client, name)
    assert answer.status_code == 201, answer.text
    session = answer.json()["data"]
    socket = await radio.socket(session["token"])
    await socket.call("join-room", session["session_id"])
    return session, socket


async def block(radio, session: dict[str, Any], **more: Any) -> httpx.Response:
    http = await radio.http("penyiar")
    return await http.post(f"/livechat/sessions/{session['session_id']}/block", json={"minutes": 10, **more})


async def code_sent(radio, email: str) -> str:
    mail = await radio.services.db.fetch_row("SELECT * FROM dev_mailbox ORDER BY id DESC LIMIT 1")
    assert email in str(dict(mail))
    found = re.search(r"\b\d{6}\b", mail["text_body"])
    assert found
    return found[0]


async def test_a_block_of_a_session_is_nobody_elses(radio):
    here = await radio.http()
    session, socket = await joined(radio, here)
    _, other = await joined(radio, here, "Sari")
    answer = await block(radio, session, scope="session")
    assert answer.json()["data"]["block_scope"] == "session"
    assert answer.json()["data"]["blocked_sessions"] == [session["session_id"]]
    assert await socket.until_closed() == "server"
    assert "error" not in await other.call("send-message", {"message": "Masih di sini"})
    assert (await open_session(here)).status_code == 201  # the device
    assert (await open_session(await radio.http())).status_code == 201  # the address


async def test_a_block_of_the_address_is_of_the_device_too_and_spares_who_is_there(radio):
    here, there = await radio.http(), await radio.http()
    first, one = await joined(radio, here, "Satu")
    second, two = await joined(radio, here, "Dua")
    _, neighbour = await joined(radio, there, "Tetangga")
    answer = (await block(radio, first)).json()["data"]
    assert sorted(answer["blocked_sessions"]) == sorted([first["session_id"], second["session_id"]])
    for socket in (one, two):
        assert await socket.until_closed() == "server"
    with pytest.raises(Refused):
        await radio.socket(second["token"])
    assert "error" not in await neighbour.call("send-message", {"message": "Masih di sini"})
    for client, kind in ((here, "device"), (await radio.http(), "address")):
        refused = await open_session(client)
        details = refused.json()["error"]["details"]
        assert (refused.status_code, details["blocked"]) == (403, kind)
        assert details.get("confirm") == ("email" if kind == "address" else None)
    http = await radio.http("penyiar")
    lifted = await http.post(f"/livechat/sessions/{first['session_id']}/unblock")
    assert lifted.json()["data"]["status"] == "active"
    await radio.socket(second["token"])
    assert (await open_session(here)).status_code == 201


async def test_one_action_hides_what_was_written_and_closes_the_sockets(radio):
    _, witness = await joined(radio, await radio.http(), "Saksi")
    first, one = await joined(radio, await radio.http(), "Satu")
    second, two = await joined(radio, await radio.http(), "Dua")
    said = []
    for socket, text in ((one, "beli"), (two, "sekarang"), (one, "juga"), (witness, "jangan")):
        said.append((await socket.call("send-message", {"message": text}))["id"])
    answer = await block(
        radio, first, scope="session", hide_messages=True, also=[second["session_id"]], reason="Iklan"
    )
    assert (answer.status_code, answer.json()["data"]["hidden_messages"]) == (200, 3)
    hidden = await witness.wait_for("message-moderated", 3)
    assert [(each["messageId"], each["action"]) for each in hidden] == [(id, "hide") for id in said[:3]]
    numbers = [each["seq"] for each in hidden]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    history = (await (await radio.http()).get("/livechat/messages")).json()["data"]
    assert [each["message"] for each in history] == ["jangan"]
    for socket in (one, two):
        assert await socket.until_closed() == "server"
    _, late = await joined(radio, await radio.http(), "Terlambat")
    assert late.of("new-message") == []
    found = await (await radio.http("admin")).get("/audit", params={"action": "chat.blocked"})
    entry = next(each for each in found.json()["data"] if each["target"]["id"] == first["session_id"])
    assert (entry["after"]["scope"], entry["after"]["hidden_messages"]) == ("session", 3)


async def test_who_is_erased_stays_blocked_and_is_forgotten_afterwards(radio):
    db, admin = radio.services.db, await radio.http("admin")
    guest, known = await radio.http(), "num_nonnulls(address, device)"
    session, _ = await joined(radio, guest)
    token = (await open_session(guest)).headers.get("x-device-token")
    assert (await block(radio, session, reason="Lestari menghina", minutes=60)).status_code == 200

    async def again():
        other = await radio.http()
        other.cookies.update(guest.cookies)
        headers = {} if token is None else {"x-device-token": token}
        answer = await other.post("/livechat/session", json={"name": "Nama Lain"}, headers=headers)
        return answer.status_code

    async def erase(reference):
        body = {"reference": reference, "reason": "Letter"}
        assert (await admin.post("/privacy/erasures", json=body)).status_code == 200

    assert await again() == 403
    await erase(session["session_id"])
    assert await again() == 403
    await prune(radio.services)
    assert await again() == 403
    row = await db.fetch_row(
        "SELECT name, city, block_reason FROM chat_sessions WHERE id = $1", uuid.UUID(session["session_id"])
    )
    assert tuple(row) == ("Deleted guest", None, None)
    listed = (await admin.get("/livechat/sessions?status=blocked")).json()["data"]
    assert {each["name"] for each in listed} <= {"Deleted guest", "Ibu Lestari"}
    # A moderator lifts it, and nothing is left to know the guest by.
    assert (await admin.post(f"/livechat/sessions/{session['session_id']}/unblock")).status_code == 200
    forgotten = f"SELECT {known} FROM chat_sessions WHERE id = $1"
    assert await db.fetch_value(forgotten, uuid.UUID(session["session_id"])) == 0
    assert await again() == 201
    # And nothing after it has ended by itself.
    session, _ = await joined(radio, await radio.http(), "Sari")
    await block(radio, session, minutes=60)
    await erase(session["session_id"])
    assert await db.fetch_value(forgotten, uuid.UUID(session["session_id"])) >= 1
    await db.execute(
        "UPDATE chat_sessions SET blocked_at = now() - interval '2 hours', blocked_until = now() - interval '1 second' "
        "WHERE blocked_until IS NOT NULL"
    )
    await prune(radio.services)
    assert await db.fetch_value(forgotten, uuid.UUID(session["session_id"])) == 0


async def test_a_block_of_one_session_keeps_nothing_of_who_is_erased(radio):
    session, _ = await joined(radio, await radio.http())
    await block(radio, session, scope="session")
    body = {"reference": session["session_id"], "reason": "Letter"}
    assert (await (await radio.http("admin")).post("/privacy/erasures", json=body)).status_code == 200
    kept = "SELECT num_nonnulls(address, device, confirmed_by) FROM chat_sessions"
    assert await radio.services.db.fetch_value(kept) == 0


async def test_a_block_tells_the_room_of_no_message_that_it_has_not_seen(radio):
    _, witness = await joined(radio, await radio.http(), "Saksi")
    troll, socket = await joined(radio, await radio.http(), "Satu")
    moderator = await radio.socket(await radio.token(radio.staff["penyiar"]))
    public = (await socket.call("send-message", {"message": "beli"}))["id"]
    admin = await radio.http("admin")
    assert (await admin.put("/livechat/settings", json={"pre_moderation": True})).status_code == 200
    waiting = (await socket.call("send-message", {"message": "sekarang"}))["id"]
    answer = await block(radio, troll, scope="session", hide_messages=True)
    assert answer.json()["data"]["hidden_messages"] == 2
    await moderator.wait_for("message-moderated")
    assert moderator.of("message-moderated") == [{"messageId": waiting, "action": "hide"}]
    assert (await admin.post("/livechat/messages", json={"message": "Halo"})).status_code == 201
    await witness.wait_for("new-message", 2)
    assert [each["messageId"] for each in witness.of("message-moderated")] == [public]
    numbers = [data["seq"] for _, data in witness.got if "seq" in data]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {"messageId": waiting, "action": "hide"} in await socket.wait_for("message-moderated", 2)


async def test_a_block_that_names_nobody_changes_nothing(radio):
    session, socket = await joined(radio, await radio.http())
    answer = await block(radio, session, also=[str(uuid.uuid4())], hide_messages=True)
    assert answer.status_code == 404
    assert (await block(radio, session, scope="planet")).status_code == 422
    assert "error" not in await socket.call("send-message", {"message": "Halo"})


async def test_moderators_see_what_belongs_together_and_no_address(radio):
    here, there = await radio.http(), await radio.http()
    first, _ = await joined(radio, here, "Satu")
    second, _ = await joined(radio, here, "Dua")
    third, _ = await joined(radio, there, "Tiga")
    http = await radio.http("penyiar")
    seen = {each["session_id"]: each for each in (await http.get("/livechat/sessions")).json()["data"]}
    devices = [seen[each["session_id"]]["device"] for each in (first, second, third)]
    assert devices[0] == devices[1] != devices[2]
    assert len({each["network"] for each in seen.values()}) == 1
    assert "127.0.0.1" not in str(seen)
    related = await http.get(f"/livechat/sessions/{first['session_id']}/related")
    assert [each["name"] for each in related.json()["data"]] == ["Tiga", "Dua"]
    await radio.services.db.execute("UPDATE chat_sessions SET address = NULL, device = NULL")
    assert (await http.get(f"/livechat/sessions/{first['session_id']}/related")).json()["data"] == []
    assert (await http.get(f"/livechat/sessions/{uuid.uuid4()}/related")).status_code == 404


async def test_innocents_are_let_in_by_an_e_mail_code(radio):
    troll, _ = await joined(radio, await radio.http(), "Troll")
    await block(radio, troll)
    visitor = await radio.http()
    assert (await open_session(visitor, "Oma Grace")).status_code == 403
    email = "oma@grace.id"
    sent = await visitor.post("/livechat/confirmation", json={"email": email})
    assert (sent.status_code, sent.json()["message"]) == (200, "A code is on its way")
    again = await visitor.post("/livechat/confirmation", json={"email": email})
    assert again.status_code == 429  # a minute apart
    await radio.work()
    code = await code_sent(radio, email)
    wrong = await open_session(
        visitor, "Oma Grace", confirmation={"email": email, "code": f"{(int(code) + 1) % 1_000_000:06}"}
    )
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "CODE_INVALID")
    proof = {"email": email, "code": code}
    refused = await open_session(visitor, "admin", confirmation=proof)
    assert refused.json()["error"]["code"] == "NAME_TAKEN"  # and the code is still good
    answer = await open_session(visitor, "Oma Grace", confirmation=proof)
    assert answer.status_code == 201
    assert (await open_session(visitor, "Oma Grace", confirmation=proof)).json()["error"][
        "code"
    ] == "CODE_INVALID"
    session = answer.json()["data"]
    socket = await radio.socket(session["token"])
    assert "error" not in await socket.call("send-message", {"message": "Terima kasih"})
    listed = (await (await radio.http("penyiar")).get("/livechat/sessions")).json()["data"]
    assert [each["confirmed"] for each in listed] == [True, False]
    # Their e-mail address leads to the session, and to what was asked for in it.
    song = {"song_title": "Kidung", "requester_name": "Oma Grace", "chat_token": session["token"]}
    assert (await visitor.post("/services/song_request", json=song)).status_code == 201
    found = await (await radio.http("admin")).post("/privacy/searches", json={"email": "OMA@grace.id"})
    assert {kind: len(each) for kind, each in found.json()["data"]["data"].items() if each} == {
        "chat_sessions": 1,
        "song_requests": 1,
    }
    # Whoever is blocked takes the e-mail address along.
    await block(radio, session, scope="session")
    await radio.services.db.execute("DELETE FROM identity_code_sends")
    await visitor.post("/livechat/confirmation", json={"email": email})
    await radio.work()
    fresh = {"email": email, "code": await code_sent(radio, email)}
    refused = await open_session(await radio.http(), "Lain", confirmation=fresh)
    assert (refused.status_code, refused.json()["error"]["details"]["blocked"]) == (403, "email")
    erased = await (await radio.http("admin")).post(
        "/privacy/erasures", json={"email": email, "reason": "Surat"}
    )
    assert {kind: number for kind, number in erased.json()["data"]["erased"].items() if number} == {
        "chat_sessions": 1,
        "song_requests": 1,
    }


async def test_a_code_cannot_be_guessed(radio):
    visitor = await radio.http()
    await visitor.post("/livechat/confirmation", json={"email": "oma@grace.id"})
    await radio.work()
    code = await code_sent(radio, "oma@grace.id")
    for number in range(5):
        guess = f"{(int(code) + 1 + number) % 1_000_000:06}"
        answer = await open_session(visitor, confirmation={"email": "oma@grace.id", "code": guess})
        assert answer.status_code == 400
    answer = await open_session(visitor, confirmation={"email": "oma@grace.id", "code": code})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "CODE_INVALID")


@pytest.mark.parametrize("name", NAMES)
async def test_names_that_imitate_are_refused(radio, name):
    answer = await open_session(await radio.http(), name)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "NAME_TAKEN")
    assert answer.json()["error"]["details"] == {
        "name": "This name belongs to the station. Please choose another one."
    }
    assert await radio.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 0


async def test_names_of_people_are_theirs(radio):
    visitor = await radio.http()
    assert [(await open_session(visitor, name)).status_code for name in PEOPLE] == [201] * len(PEOPLE)


@pytest.mark.parametrize("role", PRODUCT.policy.roles)
async def test_roles_are_offices(radio, role):
    assert (await open_session(await radio.http(), f"{role.title()} 1")).status_code == 422


async def test_titles_of_roles_made_at_run_time_are_nobodys(radio):
    await radio.services.db.execute(
        "INSERT INTO access_roles (name, title, permissions) VALUES ('gembala', 'Gembala', '{}')"
    )
    visitor = await radio.http()
    assert [(await open_session(visitor, name)).status_code for name in ("Gembala1", "Gembala Budi")] == [
        422,
        201,
    ]
