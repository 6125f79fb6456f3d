"""Two machines that answer each other: the assistant stops, and people get the session with a note."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_catalogue import equip, local, local_server
from tests.products.dealroom.test_channel_rules import ruled
from tests.products.dealroom.whatsapp import JOKO, SARI, text_message, webhook, wire, wire_server

from colonnade.kernel.testing import count_statements

__all__ = ["local", "local_server", "wire", "wire_server"]

THANKS = "Terima kasih telah menghubungi Acme, tiket {}. Berapa harga Sepatu Kulit Anoa?"
SAME = "Pelanggan mengirim teks yang sama berkali-kali, mungkin sebuah mesin. Mohon dilanjutkan sendiri."
MANY = "Asisten sudah terlalu sering menjawab dalam waktu singkat, mungkin kepada mesin. Mohon dilanjutkan sendiri."


async def write(server: Any, number: int, text: str, wa_id: str = SARI) -> None:
    """Let a contact write, and everything follow that follows."""
    await server.deliver(webhook(text_message(f"wamid.{wa_id}-{number}", text, wa_id)))
    await server.work()


async def answers(server: Any, session: str) -> list[str]:
    """Return the states of a session's answers."""
    found = (await server.melati.get(f"{API}/sessions/{session}/answers?limit=50")).json()["data"]
    return [one["state"] for one in found]


async def notes(server: Any, session: str) -> list[str]:
    """Return what the system has noted in a session."""
    return [one["content"] for one in await server.messages(session) if one["sender"] == "system"]


async def test_whoever_writes_the_same_again_and_again_is_left_to_people(local: Any) -> None:
    await equip(local)
    await ruled(local, humanMinutes=10)
    for number in range(12):
        await write(local, number, THANKS.format(number))
    assert len(local.provider.texts) == 3
    (session,) = await local.sessions()
    assert session["handledBy"] == "human"
    assert await answers(local, session["id"]) == ["sent"] * 3
    assert await notes(local, session["id"]) == [SAME]
    left = "SELECT extract(epoch FROM human_until - now()) FROM chat_sessions WHERE id = $1"
    assert 9 * 60 < await local.services.db.fetch_value(left, session["id"]) <= 10 * 60
    for view in ("taken-over", "waiting"):
        (entry,) = (await local.melati.get(f"{API}/inbox?view={view}")).json()["data"]
        assert (entry["session"]["id"], entry["waitingSince"] is not None) == (session["id"], True)
    # It is handed back, and answered again: what was said long ago counts no more.
    await local.melati.post(f"{API}/sessions/{session['id']}/release")
    await local.services.db.execute("UPDATE answers SET decided_at = decided_at - interval '11 minutes'")
    await write(local, 20, THANKS.format(20))
    assert len(local.provider.texts) == 4


async def test_whoever_gets_too_many_answers_is_left_to_people_whatever_they_write(
    local: Any,
) -> None:
    await equip(local)
    most = 30
    for number in range(most + 3):
        await write(local, number, f"{'ab'[number % 2] * (number + 1)}: berapa harga Sepatu Kulit Anoa?")
    assert len(local.provider.texts) == most
    (session,) = await local.sessions()
    assert (session["handledBy"], await notes(local, session["id"])) == ("human", [MANY])
    assert await answers(local, session["id"]) == ["sent"] * most
    # Nobody else is concerned.
    await write(local, 0, "Berapa harga Sepatu Kulit Anoa?", JOKO)
    assert len(local.provider.texts) == most + 1


async def test_short_words_and_impatience_are_no_loop(local: Any) -> None:
    await equip(local)
    for number in range(6):
        await write(local, number, "Anoa?")
    assert len(local.provider.texts) == 6
    same = "Berapa harga Sepatu Kulit Anoa?"
    for number in range(10, 16):
        await local.deliver(webhook(text_message(f"wamid.joko-{number}", same, JOKO)))
    await local.work()
    assert len(local.provider.texts) == 7
    for session in await local.sessions():
        assert (session["handledBy"], await notes(local, session["id"])) == ("assistant", [])


async def test_what_comes_at_once_is_counted_in_the_database(local: Any) -> None:
    await equip(local)

    async def machine(turn: int) -> None:
        for number in range(6):
            await write(local, 100 * turn + number, THANKS.format(number))

    await asyncio.gather(*(machine(turn) for turn in range(3)))
    await local.work()
    for number in range(400, 404):
        await write(local, number, THANKS.format(number))
    (session,) = await local.sessions()
    assert session["handledBy"] == "human"
    assert await notes(local, session["id"]) == [SAME]
    assert (await answers(local, session["id"])).count("sent") == 3


async def test_the_count_takes_no_statement_of_its_own(local: Any) -> None:
    await equip(local)
    await write(local, 0, THANKS.format(0))
    body = webhook(text_message("wamid.1", THANKS.format(1)))
    # A channel that has just been marked is not marked again, which would save a statement.
    await local.services.db.execute("UPDATE channels SET last_inbound_at = now() - interval '1 hour'")
    with count_statements(local.services.db) as counted:
        await local.deliver(body)
    assert counted.count == 21


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "the same text"),
        ("pt-BR", "o mesmo texto"),
        ("es", "el mismo texto"),
        ("fr", "le même texte"),
        ("ar", "النص نفسه"),
        ("de", "the same text"),
    ],
)
async def test_the_note_is_in_the_language_of_the_channel(local: Any, language: str, words: str) -> None:
    await equip(local)
    await ruled(local, language=language)
    for number in range(4):
        await write(local, number, THANKS.format(number))
    (session,) = await local.sessions()
    (note,) = await notes(local, session["id"])
    assert words in note
