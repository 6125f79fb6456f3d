"""One customer under many names: spellings of a number, ids without a number, numbers that change hands."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asyncpg import ForeignKeyViolationError
from tests.products.dealroom.test_contacts import CONTACTS, contacts_of, values_of
from tests.products.dealroom.whatsapp import JOKO, SARI, text_message, webhook, wire, wire_server

__all__ = ["wire", "wire_server"]

API = "/api/v1"
USER = "IN.1234567890"

SPELT = [
    ("BR", "551187654321", "+5511987654321", ["(11) 98765-4321", "11 8765-4321", "+55 11 8765 4321"]),
    ("BR", "5511987654321", "+5511987654321", ["(011) 8765-4321", "55 11 98765-4321"]),
    ("AR", "5491187654321", "+5491187654321", ["011 15 8765-4321", "+54 11 15 8765-4321"]),
    ("MX", "5215512345678", "+525512345678", ["55 1234 5678", "044 55 1234 5678", "+52 55 1234 5678"]),
    ("ID", "6281234567890", "+6281234567890", ["0812-3456-7890", "+62 812 3456 7890"]),
]


def said(
    id_: str, wa_id: str | None = None, user_id: str | None = None, name: str = "Rina", **profile: Any
) -> dict[str, Any]:
    """Return a webhook body with a text of somebody who is known by a number, an id or both."""
    message = text_message(id_, id_, wa_id or "")
    contact: dict[str, Any] = {"profile": {"name": name, **profile}}
    if wa_id is None:
        del message["from"]
    else:
        contact["wa_id"] = wa_id
    if user_id is not None:
        message["from_user_id"] = contact["user_id"] = user_id
    body = webhook(text_message(id_, id_))
    body["entry"][0]["changes"][0]["value"] |= {"contacts": [contact], "messages": [message]}
    return body


def changed_number(id_: str, before: str, after: str) -> dict[str, Any]:
    """Return a webhook body that says that somebody has another number now."""
    system = {
        "type": "user_changed_number",
        "wa_id": after,
        "body": f"User A changed from {before} to {after}",
    }
    notice = {"from": before, "id": id_, "timestamp": "1760000000", "type": "system", "system": system}
    return webhook(notice, names={})


async def deliver(wire: Any, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        answer = await wire.deliver(body)
        assert answer.status_code == 200, answer.text


async def region(wire: Any, code: str) -> None:
    rules = await wire.melati.patch(f"{API}/channels/{wire.channel}/rules", json={"region": code})
    assert rules.status_code == 200, rules.text


async def bind(wire: Any, session: str, typed: str) -> Any:
    body = {"channelId": wire.channel, "phoneNumber": typed}
    return await wire.melati.post(f"{API}/sessions/{session}/contact", json=body)


@pytest.mark.parametrize(("code", "wa_id", "number", "typed"), SPELT)
async def test_a_session_is_bound_by_any_spelling_before_they_write(
    wire: Any, code: str, wa_id: str, number: str, typed: list[str]
) -> None:
    await region(wire, code)
    session = await wire.session()
    bound = await bind(wire, session, typed[0])
    assert (bound.status_code, bound.json()["data"]["phoneNumber"]) == (200, number), bound.text
    for again in typed[1:]:
        assert (await bind(wire, session, again)).json()["data"] == bound.json()["data"], again
    path = f"{API}/sessions/{session}/contact"
    assert (await wire.melati.get(path)).json()["data"] == bound.json()["data"]
    assert (await wire.budi.get(path)).json()["code"] == "SESSION_NOT_FOUND"
    await deliver(wire, said("wamid.1", wa_id))
    (contact,) = await contacts_of(wire)
    shown = (await wire.melati.get(path)).json()["data"]
    assert (shown["contactId"], shown["phoneNumber"]) == (contact["id"], f"+{wa_id}")
    assert values_of(contact) == [number]
    assert [one["sessionId"] for one in contact["sessions"]] == [session]
    assert [m["content"] for m in await wire.messages(session)] == ["wamid.1"]
    await wire.say(session, "Halo", "human")
    await wire.work()
    assert [one["to"] for one in wire.provider.sent] == [wa_id], "as the provider spells it"


@pytest.mark.parametrize(("code", "wa_id", "number", "typed"), SPELT)
async def test_who_has_written_is_found_by_any_spelling(
    wire: Any, code: str, wa_id: str, number: str, typed: list[str]
) -> None:
    await region(wire, code)
    await deliver(wire, said("wamid.1", wa_id))
    (session,) = await wire.sessions()
    for each in typed:
        found = await bind(wire, session["id"], each)
        assert found.status_code == 200, (each, found.text)
        assert found.json()["data"]["phoneNumber"] == f"+{wa_id}"
        other = await bind(wire, await wire.session(), each)
        assert (other.status_code, other.json()["code"]) == (409, "CONTACT_TAKEN"), each
    (contact,) = await contacts_of(wire)
    assert (values_of(contact), contact["sessionCount"]) == ([number], 1)
    assert [one["written"] for one in contact["identities"]] == [wa_id]


@pytest.mark.parametrize("first", [0, 1])
async def test_argentinas_two_forms_are_one_contact(wire: Any, first: int) -> None:
    """With the 9 and without: whichever writes first, and whichever is typed."""
    forms = ["5491123456789", "541123456789"]
    one, two = forms[first], forms[1 - first]
    await deliver(wire, said("wamid.1", one), said("wamid.2", two), said("wamid.3", one))
    (contact,) = await contacts_of(wire)
    assert (values_of(contact), contact["sessionCount"]) == ([f"+{one}"], 1)
    (session,) = await wire.sessions()
    assert [m["content"] for m in await wire.messages(session["id"])] == ["wamid.1", "wamid.2", "wamid.3"]
    await wire.say(session["id"], "Hola", "human")
    await wire.work()
    assert [sent["to"] for sent in wire.provider.sent] == [one], "as the provider spelt it last"
    await region(wire, "AR")
    for typed in (
        "11 2345-6789",
        "011 15 2345-6789",
        "+54 9 11 2345 6789",
        "+54 11 2345 6789",
        "9 11 2345 6789",
    ):
        found = await bind(wire, session["id"], typed)
        assert found.status_code == 200, (typed, found.text)
        for path in ("/contacts", "/sessions"):
            listed = await wire.melati.get(f"{API}{path}", params={"search": typed})
            assert len(listed.json()["data"]) == 1, (path, typed)
    assert len(await contacts_of(wire)) == 1


async def test_both_forms_that_write_at_once_are_one_contact(wire: Any) -> None:
    bodies = [said(f"wamid.{n}", wa_id) for n, wa_id in enumerate(["5491123456789", "541123456789"] * 4)]
    answers = await asyncio.gather(*(wire.deliver(body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    (contact,) = await contacts_of(wire)
    assert contact["sessionCount"] == 1


@pytest.mark.parametrize(
    ("wa_id", "typed"),
    [
        ("5215512345678", ["044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678", "+52 1 55 1234 5678"]),
        ("525512345678", ["0445512345678", "(044) 55 1234-5678", "521 55 1234 5678", "55 1234 5678"]),
        ("551187654321", ["0 15 11 98765-4321", "0 15 11 8765-4321", "011 8765 4321", "0xx11 98765-4321"]),
        ("5511987654321", ["015 11 8765 4321", "+55 0 11 8765-4321", "11 8765-4321", "8765-4321"]),
        ("6281234567890", ["0812 3456-7890", "+62 812 3456 7890", "3456-7890", "62812 34567890"]),
    ],
)
async def test_a_search_finds_a_number_in_every_spelling(wire: Any, wa_id: str, typed: list[str]) -> None:
    await deliver(wire, said("wamid.1", wa_id, name="Lupe"), said("wamid.2", "4915199887766", name="Uwe"))
    for text in typed:
        for path, field in (("/contacts", "profileName"), ("/sessions", "title")):
            found = (await wire.melati.get(f"{API}{path}", params={"search": text})).json()["data"]
            assert [one[field] for one in found] == ["Lupe"], (path, text)


async def test_a_landline_is_not_a_mobile_number(wire: Any) -> None:
    await deliver(wire, said("wamid.1", "551137654321"), said("wamid.2", "5511937654321"))
    numbers = sorted(values_of(one)[0] for one in await contacts_of(wire))
    assert numbers == ["+551137654321", "+5511937654321"]


@pytest.mark.parametrize("column", ["owner_id", "contact_id", "home_id"])
async def test_an_identity_is_its_contacts_owners(wire: Any, column: str) -> None:
    """The database holds it, whatever a statement may say."""
    await deliver(wire, said("wamid.1", SARI))
    db = wire.services.db
    other = await db.fetch_value(
        "SELECT id FROM accounts WHERE id <> (SELECT owner_id FROM contacts) LIMIT 1"
    )
    if column != "owner_id":
        other = await db.fetch_value("INSERT INTO contacts (owner_id) VALUES ($1) RETURNING id", other)
    before = await db.fetch("SELECT * FROM contact_identities")
    with pytest.raises(ForeignKeyViolationError):
        await db.execute(f"UPDATE contact_identities SET {column} = $1", other)
    assert await db.fetch("SELECT * FROM contact_identities") == before


@pytest.mark.parametrize(
    ("code", "typed"), [("BR", "12345"), ("BR", "+55 00 98765-4321"), ("ID", "0812"), ("MX", "Ibu Sari")]
)
async def test_a_number_that_is_not_in_use_is_refused(wire: Any, code: str, typed: str) -> None:
    await region(wire, code)
    answer = await bind(wire, await wire.session(), typed)
    assert answer.status_code == 422
    rule = f"Phone number must be a telephone number that exists, in {code} or with its country code (+62 811 6000 123)"
    assert answer.json()["errors"] == {"phoneNumber": rule}
    assert await contacts_of(wire) == []
    (session,) = await wire.sessions()
    unbound = await wire.melati.get(f"{API}/sessions/{session['id']}/contact")
    assert (unbound.status_code, unbound.json()["code"]) == (404, "CONTACT_NOT_FOUND")


async def test_a_number_without_a_country_is_one_of_the_channels_region(wire: Any) -> None:
    assert (await bind(wire, await wire.session(), "0812 3456 7890")).json()["data"][
        "phoneNumber"
    ] == f"+{SARI}"
    await region(wire, "BR")
    refused = await bind(wire, await wire.session(), "0812 3456 7890")
    assert refused.status_code == 422


async def test_somebody_without_a_number_has_a_contact_and_a_session(wire: Any) -> None:
    await deliver(wire, said("wamid.1", None, USER, username="@Rina.Toko"))
    (contact,) = await contacts_of(wire)
    assert [(one["kind"], one["value"], one["written"]) for one in contact["identities"]] == [
        ("user_id", USER, None),
        ("username", "rina.toko", "Rina.Toko"),
    ]
    assert contact["profileName"] == "Rina"
    (session,) = contact["sessions"]
    assert [one["id"] for one in await contacts_of(wire, "?search=rina.to")] == [contact["id"]]
    await wire.say(session["sessionId"], "Halo", "human")
    await wire.work()
    assert [one.get("recipient") for one in wire.provider.sent] == [USER]


async def test_a_number_that_comes_with_a_known_id_joins_it(wire: Any) -> None:
    await deliver(wire, said("wamid.1", None, USER))
    (contact,) = await contacts_of(wire)
    session = contact["sessions"][0]["sessionId"]
    await deliver(wire, said("wamid.2", SARI, USER), said("wamid.3", SARI), said("wamid.4", None, USER))
    (joined,) = await contacts_of(wire)
    assert (joined["id"], sorted(values_of(joined))) == (contact["id"], [f"+{SARI}", USER])
    assert [one["sessionId"] for one in joined["sessions"]] == [session]
    assert [m["content"] for m in await wire.messages(session)] == [f"wamid.{n}" for n in range(1, 5)]
    await wire.say(session, "Halo", "human")
    await wire.work()
    assert [one["to"] for one in wire.provider.sent] == [SARI]


async def test_two_contacts_that_are_one_become_one_and_can_be_parted(wire: Any) -> None:
    await deliver(wire, said("wamid.1", SARI, name="Ibu Sari"), said("wamid.2", None, USER, name="sari_w"))
    by_name = {one["profileName"]: one for one in await contacts_of(wire)}
    sari, user = by_name["Ibu Sari"], by_name["sari_w"]
    await deliver(wire, said("wamid.3", SARI, USER, name="Ibu Sari"))
    (joined,) = await contacts_of(wire)
    assert (joined["id"], joined["sessionCount"]) == (sari["id"], 2)
    assert sorted(values_of(joined)) == [f"+{SARI}", USER]
    session = sari["sessions"][0]["sessionId"]
    assert [m["content"] for m in await wire.messages(session)] == ["wamid.1", "wamid.3"]
    await deliver(wire, said("wamid.4", None, USER, name="Ibu Sari"))
    assert [m["content"] for m in await wire.messages(session)][2:] == ["wamid.4"], "the number's session"
    assert (await wire.melati.get(f"{CONTACTS}/{user['id']}")).status_code == 404
    entries = await wire.services.db.fetch(
        "SELECT actor_id, target_id FROM audit.inbox WHERE action = 'contact.merged' UNION ALL "
        "SELECT actor_id, target_id FROM audit.entries WHERE action = 'contact.merged'"
    )
    assert ("webhook:whatsapp", str(sari["id"])) in [tuple(row) for row in entries]


async def test_a_number_that_changes_keeps_the_contact_and_its_session(wire: Any) -> None:
    await deliver(wire, said("wamid.1", SARI, name="Ibu Sari"))
    (before,) = await contacts_of(wire)
    session = before["sessions"][0]["sessionId"]
    await deliver(wire, changed_number("wamid.2", SARI, JOKO), said("wamid.3", JOKO, name="Ibu Sari"))
    (contact,) = await contacts_of(wire)
    assert contact["id"] == before["id"]
    assert [(one["value"], one["endedAt"] is None) for one in contact["identities"]] == [
        (f"+{SARI}", False),
        (f"+{JOKO}", True),
    ]
    assert [one["sessionId"] for one in contact["sessions"]] == [session]
    assert (await wire.messages(session))[-1]["content"] == "wamid.3"
    await wire.say(session, "Halo", "human")
    await wire.work()
    assert [one["to"] for one in wire.provider.sent] == [JOKO]
    # Whoever gets the number that was given up is somebody else.
    await deliver(wire, said("wamid.4", SARI, name="Orang lain"))
    stranger = next(one for one in await contacts_of(wire) if one["id"] != contact["id"])
    assert stranger["profileName"] == "Orang lain"
    assert [one["sessionId"] != session for one in stranger["sessions"]] == [True]
    assert len(await contacts_of(wire)) == 2


async def test_whoever_had_the_new_number_before_keeps_their_sessions(wire: Any) -> None:
    await deliver(wire, said("wamid.1", SARI, name="Ibu Sari"), said("wamid.2", JOKO, name="Pak Joko"))
    before = {one["profileName"]: one for one in await contacts_of(wire)}
    await deliver(wire, changed_number("wamid.3", SARI, JOKO), said("wamid.4", JOKO, name="Ibu Sari"))
    now = {one["id"]: one for one in await contacts_of(wire)}
    sari, joko = now[before["Ibu Sari"]["id"]], now[before["Pak Joko"]["id"]]
    assert [one["endedAt"] is None for one in joko["identities"]] == [False]
    assert joko["sessions"][0]["sessionId"] == before["Pak Joko"]["sessions"][0]["sessionId"]
    (session,) = sari["sessions"]
    assert session["sessionId"] == before["Ibu Sari"]["sessions"][0]["sessionId"]
    assert (await wire.messages(session["sessionId"]))[-1]["content"] == "wamid.4"
    # What is written to who had the number before does not reach who has it now.
    former = joko["sessions"][0]["sessionId"]
    await wire.say(former, "Untuk Pak Joko", "human")
    await wire.work()
    assert wire.provider.sent == []
    failed = (await wire.messages(former))[-1]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "NUMBER_GIVEN_UP")


async def test_an_id_with_another_number_has_changed_its_number(wire: Any) -> None:
    await deliver(wire, said("wamid.1", SARI, USER), said("wamid.2", JOKO, USER))
    (contact,) = await contacts_of(wire)
    ended = {one["value"]: one["endedAt"] is not None for one in contact["identities"]}
    assert ended == {f"+{SARI}": True, USER: False, f"+{JOKO}": False}
    assert contact["sessionCount"] == 1
    await deliver(wire, said("wamid.3", SARI, name="Orang lain"))
    assert len(await contacts_of(wire)) == 2


async def test_a_user_name_that_changes_hands_leads_nobody_into_anothers_session(wire: Any) -> None:
    await deliver(wire, said("wamid.1", None, USER, username="rina"))
    (rina,) = await contacts_of(wire)
    await deliver(wire, said("wamid.2", None, "ID.999", name="Orang lain", username="Rina"))
    other, first = await contacts_of(wire)
    assert (first["id"], values_of(first)) == (rina["id"], [USER])
    assert values_of(other) == ["ID.999", "rina"]
    await deliver(wire, said("wamid.3", None, USER, username="rina.baru"))
    answer = await wire.melati.get(f"{CONTACTS}/{rina['id']}")
    assert values_of(answer.json()["data"]) == [USER, "rina.baru"]


async def test_first_messages_at_once_make_one_contact_with_one_session(wire: Any) -> None:
    bodies = [
        *(said(f"wamid.{n}", ("551187654321", "5511987654321")[n % 2]) for n in range(6)),
        *(said(f"wamid.{n}", None, USER) for n in range(6, 9)),
        *(said(f"wamid.{n}", "5511987654321", USER) for n in range(9, 12)),
    ]
    answers = await asyncio.gather(*(wire.deliver(body) for body in bodies))
    while any(one.status_code != 200 for one in answers):
        answers = await asyncio.gather(*(wire.deliver(body) for body in bodies))
    (contact,) = await contacts_of(wire)
    assert sorted(values_of(contact)) == ["+5511987654321", USER]
    counts = [len(await wire.messages(one["sessionId"])) for one in contact["sessions"]]
    assert (sum(counts), len(counts) <= 2) == (12, True), "two only if the id came before the number"


async def test_a_session_that_is_bound_and_a_first_message_at_once(wire: Any) -> None:
    for n in range(5):
        wa_id = f"551187654{n:03}"
        session = await wire.session()
        bound, answer = await asyncio.gather(
            bind(wire, session, f"+55 11 98765-4{n:03}"), wire.deliver(said(f"wamid.{n}", wa_id))
        )
        assert answer.status_code == 200
        assert bound.status_code in (200, 409)
        contact = (await contacts_of(wire))[0]
        assert contact["sessionCount"] == 1
        assert (contact["sessions"][0]["sessionId"] == session) == (bound.status_code == 200)
