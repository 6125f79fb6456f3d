"""The moderation queue: one order over four slices, who sees what of it, and who works on it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from colonnade.kernel.testing import SocketClient, count_statements

QUEUE = "/moderation/queue"
SECRET = "Mohon doakan ibu saya yang sakit."


async def staff_socket(radio, role: str) -> SocketClient:
    return await radio.socket(await radio.token(radio.staff[role]))


async def fill(radio) -> dict[str, str]:
    """Let one of each kind wait, and a private prayer; return `kind/id` by name, oldest first."""
    visitor = await radio.http()
    await (await radio.http("admin")).put("/livechat/settings", json={"pre_moderation": True})
    session = (await visitor.post("/livechat/session", json={"name": "Bang Ucok"})).json()["data"]
    guest = await radio.socket(session["token"])
    said = await guest.call("send-message", {"message": "Halo semua"})
    song = await visitor.post(
        "/services/song_request", json={"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari"}
    )
    prayers = [
        await visitor.post("/services/prayer", json={"content": SECRET, "visibility": each})
        for each in ("private", "on_air")
    ]
    story = await visitor.post("/testimonials", json={"name": "Oma Grace", "content": "Sangat menguatkan."})
    ids = [said["id"], song.json()["data"]["id"], *(each.json()["data"]["id"] for each in prayers)]
    ids.append(str(story.json()["data"]["id"]))
    names = ("chat", "song", "private", "prayer", "testimonial")
    kinds = ("chat", "song", "prayer", "prayer", "testimonial")
    return {name: f"{kind}/{id}" for name, kind, id in zip(names, kinds, ids, strict=True)}


async def queue(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"{QUEUE}{query}")
    assert answer.status_code == 200, answer.text
    return [f"{each['kind']}/{each['id']}" for each in answer.json()["data"]]


async def test_everybody_sees_their_part_in_one_order(radio):
    items = await fill(radio)
    admin, penyiar, editor = [await radio.http(role) for role in ("admin", "penyiar", "editor")]
    assert await queue(admin) == list(items.values())
    assert await queue(penyiar) == [items["chat"], items["song"], items["prayer"]]
    assert await queue(editor) == [items["testimonial"]]
    with count_statements(radio.services.db) as statements:
        body = (await admin.get(QUEUE)).json()
    assert statements.count == 2  # the caller's session, and the queue
    first = body["data"][0]
    assert {name: first[name] for name in first if name not in ("id", "created_at", "age_seconds", "session_id")} == {
        "kind": "chat", "status": "pending", "name": "Bang Ucok", "text": "Halo semua", "flags": 0, "visibility": None,
        "presenter": None, "claim": None,
    }  # fmt: skip
    assert (await penyiar.get(f"{QUEUE}/{items['private']}")).status_code == 404
    assert (await editor.get(f"{QUEUE}/{items['song']}")).status_code == 404
    counts = (await admin.get(f"{QUEUE}/counts")).json()["data"]
    assert counts == {"chat": 1, "song": 1, "prayer": 2, "testimonial": 1}


async def test_no_prayers_text_is_shown_and_no_reading_recorded(radio):
    await fill(radio)
    for role in ("admin", "penyiar"):
        body = (await (await radio.http(role)).get(f"{QUEUE}?kind=prayer")).json()["data"]
        assert {(each["text"], each["name"]) for each in body} == {(None, None)}
        assert "ibu saya" not in str(body)
    assert await radio.services.db.fetch_value("SELECT count(*) FROM prayer_reads") == 0


async def test_pages_neighbours_and_filters_go_by_the_same_order(radio):
    items = list((await fill(radio)).values())
    admin = await radio.http("admin")
    seen, cursor = [], ""
    while True:
        body = (await admin.get(f"{QUEUE}?limit=2{cursor}")).json()
        seen += [f"{each['kind']}/{each['id']}" for each in body["data"]]
        following = body["pagination"]["nextCursor"] if "pagination" in body else body.get("nextCursor")
        if not following:
            break
        cursor = f"&cursor={following}"
    assert seen == items
    for number, item in enumerate(items):
        place = (await admin.get(f"{QUEUE}/{item}")).json()["data"]
        assert place["previous"] == (items[number - 1] if number else None)
        assert place["next"] == (items[number + 1] if number + 1 < len(items) else None)
    place = (await admin.get(f"{QUEUE}/{items[1]}?kind=song&kind=testimonial")).json()["data"]
    assert (place["previous"], place["next"]) == (None, items[4])
    assert await queue(admin, "?kind=song&kind=testimonial") == [items[1], items[4]]
    await radio.services.db.execute("UPDATE song_requests SET created_at = now() - interval '2 hours'")
    assert await queue(admin, "?older_than=60") == [items[1]]
    assert await queue(admin, "?newer_than=60&kind=song") == []
    assert (await admin.get(f"{QUEUE}?cursor=rubbish")).status_code == 422
    assert (await admin.get(f"{QUEUE}?kind=planet")).status_code == 422


async def test_of_two_at_once_one_gets_it_until_it_is_let_go_or_runs_out(radio):
    items = await fill(radio)
    path = f"{QUEUE}/{items['song']}/claim"
    clients = [await radio.http("admin"), await radio.http("penyiar")]
    answers = await asyncio.gather(*(client.post(path) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner, loser = sorted(clients, key=lambda one: answers[clients.index(one)].status_code)
    refused = next(answer for answer in answers if answer.status_code == 409).json()["error"]
    claim = next(answer for answer in answers if answer.status_code == 200).json()["data"]["claim"]
    assert (refused["code"], refused["details"]["by"]) == ("ITEM_ALREADY_CLAIMED", claim["name"])
    assert (await winner.post(path)).status_code == 200  # it is renewed
    assert await queue(winner, "?claims=mine") == [items["song"]]
    assert await queue(loser, "?claims=others") == [items["song"]]
    assert items["song"] not in await queue(loser, "?claims=free")
    assert (await loser.delete(path)).status_code == 409
    assert (await winner.delete(path)).status_code == 204
    assert (await loser.post(path)).status_code == 200
    await radio.services.db.execute("UPDATE desk_claims SET expires_at = now()")
    assert (await winner.post(path)).status_code == 200
    assert (await winner.post(f"{QUEUE}/song/00000000-0000-0000-0000-000000000000/claim")).status_code == 404
    assert (await winner.post(f"{QUEUE}/planet/1/claim")).status_code == 404


async def test_changes_are_told_to_those_who_may_see_them(radio):
    admin, penyiar, editor = [await staff_socket(radio, role) for role in ("admin", "penyiar", "editor")]
    items = await fill(radio)
    told = await admin.wait_for("queue-changed", 5)
    assert [(f"{each['kind']}/{each['ids'][0]}", each["change"]) for each in told] == [
        (item, "added") for item in items.values()
    ]
    await penyiar.wait_for("queue-changed", 3)
    http = await radio.http("penyiar")
    await http.post(f"{QUEUE}/{items['song']}/claim")
    _, song = items["song"].split("/")
    await http.post(f"/services/song_request/{song}/approve")
    claimed, decided = (await penyiar.wait_for("queue-changed", 5))[3:]
    assert (claimed["change"], claimed["claimedBy"]) == ("claimed", radio.staff["penyiar"])
    assert decided == {"kind": "song", "ids": [song], "change": "decided"}
    assert [each["kind"] for each in editor.of("queue-changed")] == ["testimonial"]
    private = items["private"].split("/")[1]
    assert all(private not in each["ids"] for each in penyiar.of("queue-changed"))
    assert await queue(http) == [items["chat"], items["prayer"]]


async def test_who_works_on_a_private_prayer_is_not_told_to_presenters(radio):
    items = await fill(radio)
    admin, penyiar = await staff_socket(radio, "admin"), await staff_socket(radio, "penyiar")
    http = await radio.http("admin")
    for item in (items["private"], items["prayer"]):
        assert (await http.post(f"{QUEUE}/{item}/claim")).status_code == 200
        assert (await http.delete(f"{QUEUE}/{item}/claim")).status_code == 204
    changes = [("private", "claimed"), ("private", "released"), ("prayer", "claimed"), ("prayer", "released")]
    for socket, told in ((admin, changes), (penyiar, changes[2:])):
        heard = await socket.wait_for("queue-changed", len(told))
        assert [(f"prayer/{each['ids'][0]}", each["change"]) for each in heard] == [
            (items[name], change) for name, change in told
        ]


@pytest.mark.parametrize("decision", ["approve", "flag, approve", "hide"])
async def test_a_message_that_was_looked_at_waits_again_when_it_is_flagged_anew(radio, decision):
    visitor = await radio.http()
    answers = [
        await visitor.post("/livechat/session", json={"name": name}) for name in ("Satu", "Dua", "Tiga")
    ]
    tokens = [answer.json()["data"] for answer in answers]
    writer = await radio.socket(tokens[0]["token"])
    message = (await writer.call("send-message", {"message": "Hmm"}))["id"]
    http = await radio.http("penyiar")
    assert await queue(http) == []
    path = f"/livechat/messages/{message}"
    await visitor.post(f"{path}/flag", json={"token": tokens[1]["token"]})
    assert await queue(http) == [f"chat/{message}"]
    watcher = await radio.socket(tokens[2]["token"])
    await watcher.call("join-room", tokens[2]["room"])
    for action in decision.split(", "):
        assert await queue(http) == [f"chat/{message}"]
        answer = await http.post(f"{path}/moderate", json={"action": action})
        assert answer.status_code == 200, answer.text
    assert await queue(http) == []
    # What stays is not sent again, and there is nothing to decide.
    assert watcher.of("new-message") == []
    assert (await http.post(f"{path}/moderate", json={"action": action})).status_code == 409
    stays = action == "approve"
    again = await visitor.post(f"{path}/flag", json={"token": tokens[2]["token"]})
    assert again.status_code == (201 if stays else 404)
    assert await queue(http) == ([f"chat/{message}"] if stays else [])
