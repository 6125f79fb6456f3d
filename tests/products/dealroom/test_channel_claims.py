"""A number is its manager's: connecting it takes a proof, and by the same proof it moves to another account."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_catalogue import equip
from tests.products.dealroom.test_sending_runs import under_way
from tests.products.dealroom.whatsapp import (
    NUMBER,
    SARI,
    SECRET,
    TOKEN,
    VERIFY,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.mail import list_dev_mails
from colonnade.products.dealroom.channels.rules.numbers import is_same_number

__all__ = ["wire", "wire_server"]

BUDIS = "EAAJB-the-access-token-of-budi"
BODY = {
    "name": "Toko Budi",
    "phoneNumberId": NUMBER,
    "phoneNumber": "+62 811 6000 123",
    "accessToken": BUDIS,
    "appSecret": "b" * 32,
    "verifyToken": "kata-sandi-budi",
}


async def rows(wire: Any) -> list[dict[str, Any]]:
    """Return all channels, without the times of change."""
    return [dict(row) for row in await wire.services.db.fetch("SELECT * FROM channels ORDER BY id")]


async def claim(wire: Any, client: Any, **values: Any) -> Any:
    """Connect the number as `client`."""
    return await client.post(f"{API}/channels", json={**BODY, **values})


async def test_the_provider_is_asked_before_a_number_is_connected(wire: Any) -> None:
    wire.provider.numbers["77"] = "+62 812 3456 7890"
    made = await claim(wire, wire.budi, phoneNumberId="77", phoneNumber="+62 812-3456-7890")
    assert made.status_code == 201, made.text
    assert wire.provider.asked == ["GET /v25.0/77"]
    assert wire.provider.tokens == [f"Bearer {BUDIS}"]


async def test_a_stranger_cannot_take_a_number(wire: Any) -> None:
    wire.provider.managers = {NUMBER: {TOKEN}, "77": {TOKEN}}
    wire.provider.numbers["77"] = "+62 812 3456 7890"
    before = await rows(wire)
    taken = await claim(wire, wire.budi)
    free = await claim(wire, wire.budi, phoneNumberId="77", phoneNumber="+62 812 3456 7890")
    for refused in (taken, free):
        assert (refused.status_code, refused.json()["code"]) == (422, "NUMBER_UNPROVEN")
        assert list(refused.json()["errors"]) == ["accessToken"]
        assert BUDIS not in refused.text
    assert await rows(wire) == before
    assert await list_dev_mails(wire.services.db) == []
    # Who manages it can connect it still.
    mine = await claim(
        wire, wire.melati, phoneNumberId="77", phoneNumber="+62 812 3456 7890", accessToken=TOKEN
    )
    assert mine.status_code == 201


async def test_the_number_is_the_one_that_the_provider_shows(wire: Any) -> None:
    before = await rows(wire)
    other = await claim(wire, wire.budi, phoneNumber="+62 811 6000 999")
    assert (other.status_code, other.json()["code"]) == (422, "NUMBER_UNPROVEN")
    assert other.json()["errors"] == {
        "phoneNumber": "The provider shows another number for it: +62 811-6000-123"
    }
    unknown = await claim(wire, wire.budi, phoneNumberId="404404")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "NUMBER_UNPROVEN")
    wire.provider.files["55"] = b"a file, and no number"
    file = await claim(wire, wire.budi, phoneNumberId="55")
    assert (file.status_code, list(file.json()["errors"])) == (422, ["phoneNumberId"])
    assert await rows(wire) == before


@pytest.mark.parametrize(
    ("shown", "typed", "kept"),
    [
        ("+1 555-078-3881", "+1 555 078 3881", "+15550783881"),  # the test number of every new app
        ("15551797781", "+1 (555) 179-7781", "+15551797781"),
        ("+1 555-010-0199", None, "+15550100199"),
        ("+62 812-3456-7890", None, "+6281234567890"),
        ("+55 11 8765-4321", "+55 11 98765-4321", "+551187654321"),
        ("+54 9 11 2345-6789", "0054 11 2345 6789", "+5491123456789"),
        ("+54 9 11 2345-6789", "+54 11 15 2345-6789", "+5491123456789"),
        ("+52 1 55 3711 8265", "044 55 3711 8265", "+5215537118265"),
        ("+44 7911 128265", "07911 128265", "+447911128265"),
        ("+62 812-3456-7890", "\uff0b62\u202f812 3456 7890", "+6281234567890"),
    ],
)
async def test_the_number_that_the_provider_shows_is_kept(
    wire: Any, shown: str, typed: str | None, kept: str
) -> None:
    """It needs be in no country's plan: the provider has proven it."""
    wire.provider.numbers["77"] = shown
    made = await claim(wire, wire.budi, phoneNumberId="77", phoneNumber=typed)
    assert made.status_code == 201, made.text
    path = f"{API}/channels/{made.json()['data']['id']}"
    assert made.json()["data"]["phoneNumber"] == kept
    wire.provider.asked.clear()
    if typed is not None:  # it is the same number: nothing to prove
        assert (await wire.budi.patch(path, json={"phoneNumber": typed})).status_code == 200
        assert wire.provider.asked == []
    # The number behind the id is another now: the next proof shows it.
    wire.provider.numbers["77"] = "+1 555-178-0000"
    for wrong in ("0813 3456 7890", "+1 555 178 0001", "nomor"):
        refused = await wire.budi.patch(path, json={"phoneNumber": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "NUMBER_UNPROVEN")
        assert list(refused.json()["errors"]) == ["phoneNumber"]
    changed = await wire.budi.patch(path, json={"accessToken": f"{BUDIS}-2"})
    assert (changed.status_code, changed.json()["data"]["phoneNumber"]) == (200, "+15551780000")


@pytest.mark.parametrize("shown", ["", "hidden", "+1 555", "+" + "9" * 16])
async def test_what_the_provider_shows_must_be_a_number(wire: Any, shown: str) -> None:
    before = await rows(wire)
    wire.provider.numbers["77"] = shown
    refused = await claim(wire, wire.budi, phoneNumberId="77", phoneNumber=None)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["phoneNumberId"])
    assert await rows(wire) == before


async def test_without_an_answer_of_the_provider_nothing_is_claimed(wire: Any) -> None:
    before = await rows(wire)
    wire.provider.number_status = 503
    refused = await claim(wire, wire.budi)
    assert (refused.status_code, refused.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert await rows(wire) == before


async def test_another_token_and_another_number_are_proven_too(wire: Any) -> None:
    path = f"{API}/channels/{wire.channel}"
    wire.provider.managers = {NUMBER: {TOKEN, "EAAJB-the-next-token"}}
    before = await rows(wire)
    for change in (
        {"accessToken": BUDIS},
        {"phoneNumber": "+62 811 6000 999"},
        {"accessToken": "EAAJB-the-next-token", "phoneNumber": "+62 811 6000 999"},
    ):
        refused = await wire.melati.patch(path, json=change)
        assert (refused.status_code, refused.json()["code"]) == (422, "NUMBER_UNPROVEN"), change
    assert await rows(wire) == before
    wire.provider.asked.clear()
    assert (await wire.melati.patch(path, json={"name": "Toko", "appSecret": "f" * 32})).status_code == 200
    assert wire.provider.asked == []
    assert (await wire.melati.patch(path, json={"accessToken": "EAAJB-the-next-token"})).status_code == 200
    assert wire.provider.asked == [f"GET /v25.0/{NUMBER}"]


async def test_a_number_moves_to_whoever_proves_it(wire: Any) -> None:
    await equip(wire)
    session = await wire.talk("Halo")
    await wire.say(session, "Masih menunggu", "human")
    moved = await claim(wire, wire.budi)
    assert moved.status_code == 201, moved.text
    new = moved.json()["data"]["id"]
    assert new != wire.channel
    # The former owner keeps the record, and gets nothing more.
    shown = (await wire.melati.get(f"{API}/channels/{wire.channel}")).json()["data"]
    assert (shown["state"], shown["lastError"]) == ("released", "The number has moved to another account")
    assert [(m["content"], m["status"]) for m in await wire.messages(session)] == [
        ("Halo", "sent"),
        ("Masih menunggu", "failed"),
    ]
    moved_away = {"code": "CHANNEL_RELEASED", "reason": "The number has moved to another account"}
    assert (await wire.messages(session))[1]["error"] == moved_away
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert integrity["intact"] is True
    sellers = (await wire.melati.get(f"{API}/channels/{wire.channel}/sellers")).json()["data"]
    assert [seller["name"] for seller in sellers] == ["Toko Sepatu Melati"]
    assert (await wire.deliver(webhook(text_message("wamid.old", "Halo?")))).status_code == 403
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1"}
    refused = await wire.visitor.get(f"{API}/webhooks/whatsapp/{wire.channel}", params=asked)
    assert refused.status_code == 403
    body = webhook(text_message("wamid.new", "Halo, Pak Budi"))
    assert (await wire.deliver(body, channel=new, secret="b" * 32)).status_code == 200
    assert len(await wire.sessions()) == 1
    (theirs,) = await wire.sessions(wire.budi)
    assert theirs["id"] != session
    # What is written into the old session goes nowhere, and says so.
    await wire.work()
    await wire.say(session, "Halo?", "human")
    await wire.work()
    said = await wire.messages(session)
    assert [m["status"] for m in said] == ["sent", "failed", "failed"]
    assert said[2]["error"] == moved_away
    assert wire.provider.sent == []


async def test_the_former_owner_is_told_and_it_is_audited(wire: Any) -> None:
    moved = await claim(wire, wire.budi)
    new = moved.json()["data"]["id"]
    await wire.work()
    (mail,) = await list_dev_mails(wire.services.db)
    assert mail.recipient == "melati@test.id"
    assert "+628116000123" in mail.subject
    entries = [entry for entry in await wire.audited() if entry["action"] != "channel.updated"]
    assert [(entry["action"], entry["actor_id"]) for entry in entries] == [
        ("channel.created", "1"),
        ("channel.released", "2"),
        ("channel.created", "2"),
    ]
    assert f'"moved_from":{wire.channel}' in entries[2]["after"].replace(" ", "")
    stored = await rows(wire)
    said = moved.text + repr(entries) + repr(mail)
    for secret in (TOKEN, SECRET, BUDIS, "b" * 32):
        assert secret not in said
    # Nothing of the former owner's secrets is kept.
    fields = wire.services.fields
    old = stored[0]
    assert fields.decrypt(old["access_token"], place=f"channels.access_token:{wire.channel}") == ""
    assert fields.decrypt(old["app_secret"], place=f"channels.app_secret:{wire.channel}") == ""
    assert stored[1]["id"] == new


async def test_a_released_channel_stays_so_until_the_number_is_proven_again(wire: Any) -> None:
    await equip(wire)
    session = await wire.talk("Halo")
    await claim(wire, wire.budi)
    path = f"{API}/channels/{wire.channel}"
    wire.provider.asked.clear()
    for change in ({"enabled": True}, {"enabled": False}, {"accessToken": TOKEN}, {"appSecret": SECRET}):
        refused = await wire.melati.patch(path, json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "CHANNEL_RELEASED"), change
    assert (await wire.melati.post(f"{path}/probe")).json()["data"]["state"] == "released"
    assert wire.provider.asked == []
    assert (await wire.melati.patch(path, json={"name": "Dulu"})).status_code == 200
    # By the same proof it comes back: to the same channel, with its contacts, sessions and catalogue.
    back = await claim(
        wire, wire.melati, accessToken=TOKEN, appSecret=SECRET, verifyToken=VERIFY, name="Toko Melati"
    )
    assert (back.status_code, back.json()["data"]["id"]) == (201, wire.channel)
    assert back.json()["data"]["state"] == "connected"
    budis = (await wire.budi.get(f"{API}/channels")).json()["data"]
    assert [one["state"] for one in budis] == ["released"]
    assert (await wire.deliver(webhook(text_message("wamid.again", "Saya lagi")))).status_code == 200
    assert [m["content"] for m in await wire.messages(session)] == ["Halo", "Saya lagi"]
    await wire.say(session, "Selamat datang kembali", "human")
    await wire.work()
    assert wire.provider.texts == ["Selamat datang kembali"]
    assert [entry["action"] for entry in await wire.audited()].count("channel.reclaimed") == 1


async def test_a_pause_ends_with_the_number_and_none_is_left_when_it_comes_back(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.services.db.execute(
        "UPDATE channels SET paused_until = now() + interval '1 hour', pause_kind = 'token'"
    )
    await claim(wire, wire.budi)
    path = f"{API}/channels/{wire.channel}"
    assert (await wire.melati.get(path)).json()["data"]["pausedUntil"] is None
    back = await claim(wire, wire.melati, accessToken=TOKEN, appSecret=SECRET, verifyToken=VERIFY)
    assert back.json()["data"]["pausedUntil"] is None
    await wire.say(session, "Ada", "human")
    await wire.work()
    assert wire.provider.texts == ["Ada"]


async def test_a_pause_that_began_after_the_number_moved_is_probed_when_it_comes_back(wire: Any) -> None:
    """A sending that was under way has met the fault; what waits goes out at once, not when the pause would end."""
    session = await wire.talk("Halo")
    await claim(wire, wire.budi)
    db = wire.services.db
    await db.execute(
        "UPDATE channels SET paused_until = now() + interval '1 hour', pause_kind = 'token' WHERE id = $1",
        wire.channel,
    )
    await wire.say(session, "Ada", "human")
    await wire.work()
    assert wire.provider.texts == []
    await claim(wire, wire.melati, accessToken=TOKEN, appSecret=SECRET, verifyToken=VERIFY)
    await wire.work()
    assert wire.provider.texts == ["Ada"]
    assert (await wire.health())["pausedUntil"] is None


async def test_customers_write_while_a_number_moves_and_nothing_stands_still(wire: Any) -> None:
    """The claim locks the channel and then sessions, a delivery a session and then (by a reference) the channel."""
    session = await wire.talk("Halo")
    await wire.say(session, "Masih menunggu", "human")
    for turn in range(5):
        bodies = [webhook(text_message(f"wamid.{turn}-{n}", f"Pesan {n}")) for n in range(6)]
        answers = await asyncio.gather(
            claim(wire, wire.budi), *(wire.deliver(body) for body in bodies), return_exceptions=True
        )
        assert answers[0].status_code == 201, answers[0].text
        assert {answer.status_code for answer in answers[1:]} <= {200, 403}
        again = await claim(wire, wire.melati, accessToken=TOKEN, appSecret=SECRET, verifyToken=VERIFY)
        assert again.status_code == 201
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert integrity["intact"] is True


async def test_of_two_who_prove_at_once_one_has_the_number(wire: Any) -> None:
    await wire.melati.delete(f"{API}/channels/{wire.channel}")
    answers = await asyncio.gather(
        *(claim(wire, client) for client in (wire.budi, wire.admin, wire.melati, wire.budi))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in [answer.status_code for answer in answers]
    held = "SELECT count(*) FROM channels WHERE state <> 'released'"
    assert await wire.services.db.fetch_value(held) == 1


async def test_proofs_are_counted_by_account(wire: Any) -> None:
    wire.provider.number_status = 401
    wire.forget_limits()
    answers = [await claim(wire, wire.budi) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    assert len(wire.provider.asked) == 20
    path = f"{API}/channels/{wire.channel}"
    wire.provider.number_status = 200
    assert (await wire.melati.patch(path, json={"accessToken": "EAAJB-another"})).status_code == 200
    probes = [await wire.melati.post(f"{path}/probe") for _ in range(20)]
    assert [answer.status_code for answer in probes] == [200] * 19 + [429]
    refused = await wire.melati.patch(path, json={"accessToken": "EAAJB-yet-another"})
    assert refused.status_code == 429
    assert (await wire.melati.patch(path, json={"name": "Toko"})).status_code == 200


async def test_no_transaction_is_open_while_the_provider_is_asked(wire: Any) -> None:
    wire.provider.number_gate = asyncio.Event()
    claiming = asyncio.create_task(claim(wire, wire.budi))
    async with asyncio.timeout(5):
        while not wire.provider.asked:
            await asyncio.sleep(0.01)
    # Others' short transactions come and go; one of this claim would stay until the provider answers.
    open_ones = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
        AND pid <> pg_backend_pid()
    """
    async with asyncio.timeout(5):
        while await wire.services.db.fetch_value(open_ones):
            await asyncio.sleep(0.05)
    wire.provider.number_gate.set()
    assert (await claiming).status_code == 201


@pytest.mark.parametrize(
    ("number", "displayed", "same"),
    [
        ("+628116000123", "+62 811-6000-123", True),
        ("+628116000123", "62 811 6000 123", True),
        ("+628116000123", "+62 811-6000-124", False),
        ("+5511987654321", "+55 11 98765-4321", True),
        ("+5511987654321", "+55 11 8765-4321", True),
        ("+5215512345678", "+52 55 1234 5678", True),
        ("+5491123456789", "+54 11 2345-6789", True),
        ("+5491123456789", "+54 11 2345-6780", False),
        ("+628116000123", "", False),
        (f"+{SARI}", "call me", False),
    ],
)
def test_numbers_are_the_same_in_any_spelling(number: str, displayed: str, same: bool) -> None:
    assert is_same_number(number, displayed) is same


@pytest.mark.parametrize("how", ["claimed", "deleted"])
async def test_what_is_being_sent_while_its_channel_goes_is_unknown_until_the_answer(
    wire: Any, how: str
) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Satu", "human")
    await wire.say(session, "Dua", "human")
    async with under_way(wire):
        if how == "claimed":
            assert (await claim(wire, wire.budi)).status_code == 201
        else:
            assert (await wire.melati.delete(f"{API}/channels/{wire.channel}")).status_code == 204
        found = [(m["content"], m["status"]) for m in await wire.messages(session)][1:]
        assert found == [("Satu", "unknown"), ("Dua", "failed")]
        assert (await wire.messages(session))[1]["error"]["code"] == "OUTCOME_UNKNOWN"
    assert wire.provider.texts == ["Satu"]
    found = [(m["content"], m["status"]) for m in await wire.messages(session)][1:]
    assert found == [("Satu", "sent"), ("Dua", "failed")]
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert integrity["intact"] is True
