"""The rules of a channel: language, hours, hand-over; they hold in its sessions at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_catalogue import equip, local, local_server
from tests.products.dealroom.whatsapp import JOKO, SARI, Wire, text_message, webhook, wire, wire_server

from colonnade.kernel.core import Invalid
from colonnade.products.dealroom.channels.rules.opening import (
    check_rules,
    closed_since,
    is_open,
    next_opening,
)
from colonnade.products.dealroom.channels.rules.wishes import asked_for_person
from colonnade.products.dealroom.channels.schemas import ChannelRules, OpenPeriod

__all__ = ["local", "local_server", "wire", "wire_server"]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BEGIN = {
    "language": None,
    "currency": None,
    "region": "ID",
    "timeZone": None,
    "openingHours": None,
    "whileClosed": "answer",
    "closedMessage": None,
    "humanMinutes": None,
    "handoverWords": [],
    "handoverMessage": None,
    "filesAlone": "human",
}
FULL = {
    "language": "pt-BR",
    "currency": "BRL",
    "region": "BR",
    "timeZone": "America/Sao_Paulo",
    "openingHours": [
        {"day": "monday", "opens": "08:30", "closes": "12:00"},
        {"day": "saturday", "opens": "20:00", "closes": "02:00"},
    ],
    "whileClosed": "wait",
    "closedMessage": "Voltamos na segunda.",
    "humanMinutes": 90,
    "handoverWords": ["atendente", "falar com alguém"],
    "handoverMessage": "Um colega responde já.",
    "filesAlone": "answer",
}


def closed_now() -> dict[str, Any]:
    """Return hours of a channel that is closed now and for two days."""
    day = DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    return {"timeZone": "UTC", "openingHours": [{"day": day, "opens": "09:00", "closes": "17:00"}]}


async def ruled(server: Any, **rules: Any) -> None:
    """Change rules of the channel."""
    answer = await server.melati.patch(f"{API}/channels/{server.channel}/rules", json=rules)
    assert answer.status_code == 200, answer.text


async def test_rules_are_shown_set_and_changed(wire: Wire) -> None:
    path = f"{API}/channels/{wire.channel}/rules"
    begun = await wire.melati.get(path)
    assert (begun.status_code, begun.json()["data"]) == (200, BEGIN)
    put = await wire.melati.put(path, json=FULL, headers={"If-Match": begun.headers["etag"]})
    assert (put.status_code, put.json()["data"]) == (200, FULL)
    again = await wire.melati.put(path, json=FULL)
    assert again.headers["etag"] == put.headers["etag"]
    changed = await wire.melati.patch(path, json={"language": None, "humanMinutes": 5})
    assert changed.json()["data"] == {**FULL, "language": None, "humanMinutes": 5}
    for stale in (
        await wire.melati.put(path, json={}, headers={"If-Match": begun.headers["etag"]}),
        await wire.melati.patch(path, json={"language": "en"}, headers={"If-Match": begun.headers["etag"]}),
    ):
        assert stale.status_code == 412
    assert (await wire.melati.put(path, json={})).json()["data"] == {
        **FULL,
        "language": None,
        "humanMinutes": 5,
    }
    assert (await wire.melati.put(path, json={**BEGIN, "openingHours": []})).json()["data"] == BEGIN
    actions = [entry["action"] for entry in await wire.audited()]
    assert actions == ["channel.created", "channel.updated", "channel.updated", "channel.updated"]


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"currency": "XYZ"}, "currency"),
        ({"region": "Indonesia"}, "region"),
        ({"region": "XX"}, "region"),
        ({"language": "bahasa indonesia"}, "language"),
        ({"timeZone": "Asia/Jogja"}, "timeZone"),
        ({"openingHours": [{"day": "monday", "opens": "09:00", "closes": "17:00"}]}, "timeZone"),
        ({"timeZone": "UTC", "openingHours": [{"day": "senin", "opens": "09:00", "closes": "17:00"}]},
         "openingHours.day"),
        ({"timeZone": "UTC", "openingHours": [{"day": "monday", "opens": "9", "closes": "17:00"}]},
         "openingHours.opens"),
        ({"timeZone": "UTC", "openingHours": [{"day": "monday", "opens": "09:00", "closes": "09:00"}]},
         "openingHours"),
        ({"humanMinutes": 0}, "humanMinutes"),
        ({"whileClosed": "sleep"}, "whileClosed"),
        ({"filesAlone": "listen"}, "filesAlone"),
        ({"handoverWords": ["\u200b"]}, "handoverWords"),
        ({"handoverWords": ["x"] * 51}, "handoverWords"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_rule_is_refused(wire: Wire, rules: dict[str, Any], field: str) -> None:
    path = f"{API}/channels/{wire.channel}/rules"
    for refused in (await wire.melati.patch(path, json=rules), await wire.melati.put(path, json=rules)):
        assert refused.status_code == 422
        assert list(refused.json()["errors"]) == [field]
    assert (await wire.melati.get(path)).json()["data"] == BEGIN


async def test_the_language_is_the_vendors_else_the_channels(local: Any) -> None:
    await equip(local)
    await local.melati.patch(f"{API}/channels/{local.channel}/vendor", json={"language": None})
    await ruled(local, language="en")
    await local.talk("How is Sepatu Kulit Anoa?")
    await local.work()
    await local.melati.patch(f"{API}/channels/{local.channel}/vendor", json={"language": "id"})
    await local.talk("Bagaimana Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts == [
        "We have Sepatu Kulit Anoa: Kulit sapi asli.",
        "Kami punya Sepatu Kulit Anoa: Kulit sapi asli.",
    ]


async def test_outside_the_hours_a_message_is_sent_once_and_the_assistant_answers(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), closedMessage="Kami buka besok.")
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    await local.talk("Halo?")
    await local.work()
    texts = local.provider.texts
    assert texts[:2] == ["Kami buka besok.", "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]
    assert texts.count("Kami buka besok.") == 1
    said = (await local.messages(session))[1]
    assert (said["sender"], said["senderName"], said["content"]) == ("assistant", "Sinta", "Kami buka besok.")
    # Another customer is told as well.
    await local.talk("Halo", wa_id=JOKO)
    await local.work()
    assert local.provider.texts.count("Kami buka besok.") == 2


async def test_outside_the_hours_the_assistant_may_wait_until_it_opens(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait", closedMessage="Kami buka besok.")
    session = await local.talk("Halo", "Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts == ["Kami buka besok."]
    assert (await local.melati.get(f"{API}/sessions/{session}/answers")).json()["data"] == []
    waits = await local.services.db.fetch("SELECT run_at - now() AS left FROM job_queue")
    assert len(waits) == 2
    assert all(timedelta(days=2) < row["left"] < timedelta(days=4) for row in waits)
    # Its time has come, but the hours were changed: it waits on.
    await local.hurry()
    await local.work()
    assert local.provider.texts == ["Kami buka besok."]
    await ruled(local, openingHours=None)
    await local.hurry()
    await local.work()
    assert local.provider.texts == ["Kami buka besok.", "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."]
    assert await local.services.db.fetch_value("SELECT count(*) FROM job_queue") == 0


async def test_what_a_person_answers_meanwhile_is_not_answered_at_the_opening(local: Any) -> None:
    await equip(local)
    await ruled(local, **closed_now(), whileClosed="wait", humanMinutes=1)
    session = await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.say(session, "450 ribu", "human")
    await ruled(local, openingHours=None)
    await local.services.db.execute("UPDATE chat_sessions SET human_until = NULL")
    await local.hurry()
    await local.work()
    assert local.provider.texts == ["450 ribu"]


async def test_a_humans_message_pauses_the_assistant_as_long_as_the_channel_says(local: Any) -> None:
    session = await local.talk("Halo")
    await ruled(local, humanMinutes=90)
    await local.say(session, "Ada", "human")
    left = "SELECT extract(epoch FROM human_until - now()) FROM chat_sessions WHERE id = $1"
    assert 89 * 60 < await local.services.db.fetch_value(left, session) <= 90 * 60
    await local.melati.post(f"{API}/sessions/{session}/release")
    taken = await local.melati.post(f"{API}/sessions/{session}/takeover", json={})
    assert taken.status_code == 200
    assert 89 * 60 < await local.services.db.fetch_value(left, session) <= 90 * 60
    other = await local.session()
    await local.say(other, "Ada", "human")
    assert 29 * 60 < await local.services.db.fetch_value(left, other) <= 30 * 60


async def test_a_customer_who_asks_for_a_person_is_handed_over_with_a_note(local: Any) -> None:
    await equip(local)
    await ruled(
        local, handoverWords=["petugas"], handoverMessage="Rekan kami segera membalas.", humanMinutes=10
    )
    session = await local.talk("Bisa bicara dengan PETUGAS?")
    await local.work()
    assert local.provider.texts == ["Rekan kami segera membalas."]
    (shown,) = await local.sessions()
    assert shown["handledBy"] == "human"
    said = [(m["sender"], m["content"]) for m in await local.messages(session)]
    assert said == [
        ("customer", "Bisa bicara dengan PETUGAS?"),
        ("assistant", "Rekan kami segera membalas."),
        ("system", "Pelanggan ingin berbicara dengan petugas (“petugas”). Mohon dijawab sendiri."),
    ]
    # People handle it now: neither an answer nor another note.
    await local.talk("Petugas?")
    await local.work()
    assert len(await local.messages(session)) == 4
    assert len(local.provider.texts) == 1
    await local.melati.post(f"{API}/sessions/{session}/release")
    await local.talk("Berapa harga Sepatu Kulit Anoa?")
    await local.work()
    assert local.provider.texts[-1] == "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."


def file_message(id_: str, type_: str, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return a file as the provider delivers it."""
    file = {"id": f"media-{id_}", "mime_type": "audio/ogg" if type_ == "audio" else "image/webp", **more}
    return {
        "from": wa_id,
        "id": id_,
        "timestamp": str(int(time.time())),
        "type": type_,
        type_: file,
    }


async def test_a_file_without_a_word_is_left_to_people_unless_the_channel_says_else(local: Any) -> None:
    """The assistant has heard no recording and seen no picture: whatever it wrote would be made up."""
    await equip(local)
    for number, (type_, more) in enumerate(
        (("audio", {"voice": True}), ("image", {}), ("document", {"filename": "bukti.pdf"}))
    ):
        await local.deliver(webhook(file_message(f"w{number}", type_, **more)))
        await local.work()
        assert local.provider.texts == []
    [session] = await local.sessions()
    answers = (await local.melati.get(f"{API}/sessions/{session['id']}/answers")).json()["data"]
    assert [(one["state"], one["reasons"]) for one in answers] == [("failed", ["FILE_UNREAD"])] * 3
    notes = [one["content"] for one in await local.messages(session["id"]) if one["sender"] == "system"]
    assert notes == ["Asisten tidak menjawab pesan terakhir (FILE_UNREAD). Mohon dijawab sendiri."] * 3
    await local.deliver(webhook(text_message("w3", "Itu bukti transfernya")))
    await local.work()
    assert len(local.provider.texts) == 1
    await local.deliver(webhook(file_message("w4", "sticker")))
    await local.work()
    assert len(local.provider.texts) == 2
    await local.deliver(webhook(file_message("w5", "image", caption="Ada yang seperti ini?")))
    await local.work()
    assert len(local.provider.texts) == 3
    await ruled(local, filesAlone="answer")
    await local.deliver(webhook(file_message("w6", "audio", voice=True)))
    await local.work()
    assert len(local.provider.texts) == 4


async def test_without_an_assistant_the_rules_hold_as_well(wire: Wire) -> None:
    await ruled(wire, **closed_now(), closedMessage="Kami buka besok.", handoverWords=["petugas"])
    session = await wire.talk("Halo")
    await wire.work()
    assert wire.provider.texts == ["Kami buka besok."]
    # What somebody enters for the customer counts like what the customer writes.
    await wire.say(session, "Ada petugas?")
    await wire.work()
    assert (await wire.sessions())[0]["handledBy"] == "human"
    assert wire.provider.texts == ["Kami buka besok."]


WEEK = ChannelRules(
    time_zone="Asia/Jakarta",
    opening_hours=[
        OpenPeriod("monday", "08:00", "12:00"),
        OpenPeriod("monday", "12:00", "17:00"),
        OpenPeriod("saturday", "20:00", "02:00"),
        OpenPeriod("sunday", "20:00", "24:00"),
    ],
)


@pytest.mark.parametrize(
    ("moment", "opened", "opens", "closed"),
    [  # 2026-11-30 is a Monday; Jakarta is seven hours ahead
        ("2026-11-30T01:00", True, None, None),
        ("2026-11-30T00:59", False, "2026-11-30T01:00", "2026-11-29T17:00"),
        ("2026-11-30T05:00", True, None, None),
        ("2026-11-30T10:00", False, "2026-12-05T13:00", "2026-11-30T10:00"),
        ("2026-12-05T18:59", True, None, None),
        ("2026-12-05T19:00", False, "2026-12-06T13:00", "2026-12-05T19:00"),
        ("2026-12-06T16:59", True, None, None),
        ("2026-12-06T17:00", False, "2026-12-07T01:00", "2026-12-06T17:00"),
    ],
)
def test_hours_are_those_of_the_channels_zone(
    moment: str, opened: bool, opens: str | None, closed: str | None
) -> None:
    at = datetime.fromisoformat(f"{moment}+00:00")
    assert is_open(WEEK, at) is opened
    if not opened:
        assert next_opening(WEEK, at) == datetime.fromisoformat(f"{opens}+00:00")
        assert closed_since(WEEK, at) == datetime.fromisoformat(f"{closed}+00:00")


def test_hours_follow_the_clock_when_it_is_changed() -> None:
    rules = ChannelRules(time_zone="Europe/Berlin", opening_hours=[OpenPeriod("sunday", "09:00", "10:00")])
    summer, winter = datetime(2026, 10, 18, 7, 30, tzinfo=UTC), datetime(2026, 10, 25, 8, 30, tzinfo=UTC)
    assert (is_open(rules, summer), is_open(rules, winter)) == (True, True)
    assert next_opening(rules, summer + timedelta(hours=1)) == datetime(2026, 10, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "periods",
    [
        [("monday", "08:00", "12:00"), ("monday", "11:59", "13:00")],
        [("sunday", "22:00", "03:00"), ("monday", "02:00", "05:00")],
        [("monday", "08:00", "12:00"), ("monday", "08:00", "12:00")],
        [("monday", "08:00", "07:00"), ("tuesday", "06:00", "07:30")],
    ],
)
def test_periods_do_not_overlap(periods: list[tuple[Any, str, str]]) -> None:
    rules = ChannelRules(time_zone="UTC", opening_hours=[OpenPeriod(*period) for period in periods])
    with pytest.raises(Invalid):
        check_rules(rules)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Quero falar com ALGUEM agora", "falar com alguém"),
        ("Falar  com\nalguém!", "falar com alguém"),
        ("atendente?", "atendente"),
        ("atendentes", None),
        ("我要人工服务", "人工"),
        ("أريد موظف", "موظف"),
        ("", None),
        (None, None),
    ],
)
def test_a_wish_for_a_person_is_understood(text: str | None, word: str | None) -> None:
    assert asked_for_person(text, ["atendente", "falar com alguém", "人工", "موظف"]) == word


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("pt-BR", "O cliente quer falar com uma pessoa (“petugas”). Por favor, responda você mesmo."),
        ("es", "El cliente pide hablar con una persona (“petugas”). Por favor, contéstele usted."),
        (
            "fr-SN",
            "Le client demande à parler à une personne (« petugas »). Merci de lui répondre vous-même.",
        ),
        ("ar", "يطلب العميل التحدث إلى شخص (“petugas”). يُرجى الرد عليه بنفسك."),
        ("de", "The customer asks for a person (“petugas”). Please answer yourself."),
        (None, "The customer asks for a person (“petugas”). Please answer yourself."),  # the vendor's
    ],
)
async def test_notes_are_in_the_language_of_the_channel(wire: Any, language: str | None, note: str) -> None:
    vendor = {"name": "Melati", "language": "en"}
    assert (await wire.melati.put(f"{API}/channels/{wire.channel}/vendor", json=vendor)).status_code == 200
    await ruled(wire, language=language, handoverWords=["petugas"])
    session = await wire.talk("Petugas!")
    assert [m["content"] for m in await wire.messages(session) if m["sender"] == "system"] == [note]
