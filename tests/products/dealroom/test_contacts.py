"""Contacts: customers by all that they are known by, as their owner sees, changes, finds and erases them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.products.dealroom.whatsapp import JOKO, SARI, text_message, webhook, wire, wire_server

from colonnade.kernel.testing import count_statements

__all__ = ["wire", "wire_server"]

API = "/api/v1"
CONTACTS = f"{API}/contacts"


async def contacts_of(wire: Any, query: str = "", client: Any = None) -> list[dict[str, Any]]:
    answer = await (client or wire.melati).get(f"{CONTACTS}{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def contact_of(wire: Any, wa_id: str, name: str = "Ibu Sari") -> dict[str, Any]:
    """Let somebody write; return their contact."""
    message = text_message(f"wamid.{wa_id}", "Halo", wa_id)
    assert (await wire.deliver(webhook(message, names={wa_id: name}))).status_code == 200
    return (await contacts_of(wire))[0]


def values_of(contact: dict[str, Any]) -> list[str]:
    return [one["value"] for one in contact["identities"]]


async def test_whoever_writes_first_is_a_contact_with_their_session(wire: Any) -> None:
    session = await wire.talk("Halo")
    (contact,) = await contacts_of(wire)
    (identity,) = contact["identities"]
    assert contact == {
        "id": contact["id"],
        "name": None,
        "profileName": "Ibu Sari",
        "language": None,
        "labels": [],
        "notes": None,
        "firstSeenAt": contact["firstSeenAt"],
        "lastSeenAt": contact["firstSeenAt"],
        "version": 1,
        "createdAt": contact["createdAt"],
        "updatedAt": contact["createdAt"],
        "identities": [
            {
                "id": identity["id"],
                "kind": "phone",
                "value": f"+{SARI}",
                "written": SARI,
                "createdAt": identity["createdAt"],
                "endedAt": None,
                "marketingStoppedAt": None,
            }
        ],
        "sessions": [
            {
                "sessionId": session,
                "channelId": wire.channel,
                "identityId": identity["id"],
                "title": "Ibu Sari",
                "status": "active",
                "archived": False,
                "unread": 1,
                "lastActivityAt": contact["sessions"][0]["lastActivityAt"],
                "windowEndsAt": contact["windowEndsAt"],
            }
        ],
        "sessionCount": 1,
        "marketingStoppedAt": None,
        "windowEndsAt": contact["windowEndsAt"],
    }
    bound = (await wire.melati.get(f"{API}/sessions/{session}/contact")).json()["data"]
    assert contact["windowEndsAt"] == bound["windowEndsAt"] is not None
    shown = await wire.melati.get(f"{CONTACTS}/{contact['id']}")
    assert shown.json()["data"] == contact
    assert shown.headers["etag"].startswith('"v1-')
    assert (await wire.melati.get(f"{CONTACTS}/{contact['id']}/sessions")).json()["data"] == contact[
        "sessions"
    ]
    await wire.services.db.execute("UPDATE contacts SET last_seen_at = now() - interval '1 minute'")
    await wire.talk("Masih ada?")
    (later,) = await contacts_of(wire)
    assert later["firstSeenAt"] == contact["firstSeenAt"] < later["lastSeenAt"]
    changing = {"lastSeenAt": None, "sessions": [], "windowEndsAt": None}
    assert later | changing == contact | changing


async def test_a_name_that_changes_at_the_provider_leaves_the_owners(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    path = f"{CONTACTS}/{contact['id']}"
    assert (await wire.melati.patch(path, json={"name": "Bu Sari (Pasar)"})).status_code == 200
    await wire.deliver(webhook(text_message("wamid.2", "Lagi"), names={SARI: "Sari W."}))
    (now,) = await contacts_of(wire)
    assert (now["name"], now["profileName"], now["version"]) == ("Bu Sari (Pasar)", "Sari W.", 2)


async def test_a_contact_is_changed_and_replaced(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    path = f"{CONTACTS}/{contact['id']}"
    given = {"name": "Sari", "language": "id", "labels": ["langganan"], "notes": "Alergi kacang"}
    changed = await wire.melati.patch(path, json=given, headers={"If-Match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()["data"][name] for name in given} == given
    assert changed.json()["data"]["version"] == 2
    assert changed.headers["etag"].startswith('"v2-')
    stale = await wire.melati.patch(path, json={"name": "Lain"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "PRECONDITION_FAILED")
    same = await wire.melati.patch(path, json={"name": "Sari"})
    assert same.json()["data"] == changed.json()["data"]
    put = await wire.melati.put(path, json={"name": "Ibu Sari", "notes": None}, headers={"If-Match": '"v2"'})
    assert {name: put.json()["data"][name] for name in given} == {**given, "name": "Ibu Sari", "notes": None}
    assert put.json()["data"]["version"] == 3
    cleared = await wire.melati.patch(path, json={"name": None})
    assert cleared.json()["data"]["name"] is None


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"name": "x" * 101}, {"name": "Name must be at most 100 characters"}),
        ({"language": "??"}, {"language": "Language must be a language tag (BCP 47), such as id or pt-BR"}),
        ({"notes": "x" * 4001}, {"notes": "Notes must be at most 4000 characters"}),
        ({"labels": ["x"] * 21}, {"labels": "Labels must have at most 20 entries"}),
        ({"phone": "+62"}, {"phone": "There is no such field"}),
    ],
)
async def test_what_a_contact_cannot_be(wire: Any, body: Any, errors: dict[str, str]) -> None:
    contact = await contact_of(wire, SARI)
    for method in ("patch", "put"):
        answer = await getattr(wire.melati, method)(f"{CONTACTS}/{contact['id']}", json=body)
        assert (answer.status_code, answer.json().get("errors")) == (422, errors)
    assert await contacts_of(wire) == [contact]


async def test_contacts_are_found_by_whatever_people_type(wire: Any) -> None:
    people = {
        "551187654321": "João Conceição",
        "5491144332211": "María Núñez",
        "5215512345678": "Özgür",
        SARI: "Ibu Sari",
    }
    for wa_id, name in people.items():
        await contact_of(wire, wa_id, name)
    path = f"{CONTACTS}/{(await contacts_of(wire))[0]['id']}"
    assert (
        await wire.melati.patch(path, json={"name": "Tante Sari", "labels": ["grosir"]})
    ).status_code == 200
    wanted = {
        "joao": "João Conceição",
        "conce": "João Conceição",
        "11 98765-4321": "João Conceição",
        "(011) 8765-4321": "João Conceição",
        "+55 11 8765-4321": "João Conceição",
        "0055 11 98765-4321": "João Conceição",
        "9 8765-4321": "João Conceição",
        "nunez": "María Núñez",
        "+54 11 15 4433-2211": "María Núñez",
        "011 15 4433-2211": "María Núñez",
        "+54 9 11 4433-2211": "María Núñez",
        "+52 1 55 1234 5678": "Özgür",
        "55 1234 5678": "Özgür",
        "ozg": "Özgür",
        "0812 3456-7890": "Ibu Sari",
        "tante": "Ibu Sari",
        "grosir": "Ibu Sari",
    }
    for text, name in wanted.items():
        found = [one["profileName"] for one in await contacts_of(wire, f"?search={_quoted(text)}")]
        assert found == [name], text
    assert await contacts_of(wire, "?search=Rahmat") == []
    assert [one["name"] for one in await contacts_of(wire, "?label=grosir")] == ["Tante Sari"]
    assert len(await contacts_of(wire, f"?channelId={wire.channel}")) == 4
    assert await contacts_of(wire, f"?channelId={wire.channel + 1}") == []


def _quoted(text: str) -> str:
    return text.replace("+", "%2B").replace(" ", "%20")


async def test_pages_of_contacts_and_the_statements_they_take(wire: Any) -> None:
    for number in range(5):
        await contact_of(wire, f"62812345678{number:02}", f"Pelanggan {number}")
    for size, expected in ((2, [[4, 3], [2, 1], [0]]), (5, [[4, 3, 2, 1, 0]])):
        pages, query = [], f"?limit={size}"
        while query:
            with count_statements(wire.services.db) as statements:
                page = (await wire.melati.get(f"{CONTACTS}{query}")).json()
            assert statements.count == 4, "the caller, contacts, identities, sessions"
            pages.append([int(one["profileName"].split()[1]) for one in page["data"]])
            query = f"?limit={size}&cursor={page['nextCursor']}" if "nextCursor" in page else ""
        assert pages == expected
    contact = (await contacts_of(wire))[0]
    with count_statements(wire.services.db) as statements:
        await wire.melati.get(f"{CONTACTS}/{contact['id']}/sessions")
    assert statements.count == 2
    for query in ("?limit=0", "?limit=101", "?cursor=x", "?channelId=0"):
        assert (await wire.melati.get(f"{CONTACTS}{query}")).status_code == 422, query


async def test_the_day_of_a_contact_is_the_latest_of_their_sessions(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    other = await contact_of(wire, JOKO, "Pak Joko")
    at = "UPDATE channel_contacts SET window_ends_at = $2 WHERE contact_id = $1"
    ends = datetime(2026, 3, 1, 12, tzinfo=UTC)
    await wire.services.db.execute(at, contact["id"], ends)
    await wire.services.db.execute(at, other["id"], None)
    shown = {one["id"]: one for one in await contacts_of(wire)}
    assert shown[other["id"]]["windowEndsAt"] is shown[other["id"]]["sessions"][0]["windowEndsAt"] is None
    merged = await wire.melati.post(f"{CONTACTS}/{other['id']}/merge", json={"otherId": contact["id"]})
    days = [one["windowEndsAt"] for one in merged.json()["data"]["sessions"]]
    assert sorted(days, key=str) == ["2026-03-01T12:00:00Z", None]
    assert merged.json()["data"]["windowEndsAt"] == "2026-03-01T12:00:00Z"
    assert (await contacts_of(wire)) == [merged.json()["data"]]


async def test_strangers_see_and_change_nothing(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    other = await contact_of(wire, JOKO, "Pak Joko")
    before = await contacts_of(wire)
    path = f"{CONTACTS}/{contact['id']}"
    identity = contact["identities"][0]["id"]
    asked = [
        ("GET", path, None),
        ("GET", f"{path}/sessions", None),
        ("PATCH", path, {"name": "Dicuri"}),
        ("PUT", path, {"name": "Dicuri"}),
        ("DELETE", f"{path}?sessions=delete", None),
        ("POST", f"{path}/merge", {"otherId": other["id"]}),
        ("POST", f"{path}/split", {"identityIds": [identity]}),
    ]
    for method, url, body in asked:
        answer = await wire.budi.request(method, url, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "CONTACT_NOT_FOUND"), (method, url)
    assert await contacts_of(wire) == before
    assert await contacts_of(wire, client=wire.budi) == []
    mine = await wire.melati.post(f"{path}/merge", json={"otherId": 999_999})
    assert mine.status_code == 404
    session = await wire.session(wire.budi)
    bind = {"channelId": wire.channel, "phoneNumber": "+62 812 3456 7891"}
    foreign = await wire.budi.post(f"{API}/sessions/{session}/contact", json=bind)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "CHANNEL_NOT_FOUND")


async def test_deleting_takes_all_or_is_refused(wire: Any) -> None:
    session = await wire.talk("Halo")
    contact = (await contacts_of(wire))[0]
    path = f"{CONTACTS}/{contact['id']}"
    await wire.melati.patch(path, json={"notes": "Rahasia"})
    kept = await wire.melati.delete(path)
    assert (kept.status_code, kept.json()["code"]) == (409, "CONTACT_HAS_SESSIONS")
    stale = await wire.melati.delete(f"{path}?sessions=delete", headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    assert (await wire.melati.get(f"{API}/sessions/{session}")).status_code == 200
    gone = await wire.melati.delete(f"{path}?sessions=delete", headers={"If-Match": '"v2"'})
    assert gone.status_code == 204
    assert (await wire.melati.get(f"{API}/sessions/{session}")).status_code == 404
    left = await wire.services.db.fetch_row(
        """
        SELECT (SELECT count(*) FROM contacts), (SELECT count(*) FROM contact_identities),
            (SELECT count(*) FROM channel_contacts), (SELECT count(*) FROM messages)
        """
    )
    assert tuple(left) == (0, 0, 0, 0)
    again = await wire.talk("Halo lagi")
    (anew,) = await contacts_of(wire)
    assert again != session
    assert (anew["id"] != contact["id"], anew["notes"], anew["sessionCount"]) == (True, None, 1)


async def test_a_contact_outlives_its_session(wire: Any) -> None:
    session = await wire.talk("Halo")
    (contact,) = await contacts_of(wire)
    assert (await wire.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    (left,) = await contacts_of(wire)
    assert (left["id"], left["sessions"], left["sessionCount"]) == (contact["id"], [], 0)
    again = await wire.talk("Halo lagi")
    (back,) = await contacts_of(wire)
    assert (back["id"], [one["sessionId"] for one in back["sessions"]]) == (contact["id"], [again])
    await wire.melati.delete(f"{API}/sessions/{again}")
    assert (await wire.melati.delete(f"{CONTACTS}/{contact['id']}")).status_code == 204


async def test_contacts_are_exported_and_erased_with_their_owner(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    await wire.melati.patch(f"{CONTACTS}/{contact['id']}", json={"notes": "Alergi kacang"})
    melati = wire.accounts["melati"]
    part = next(one for one in wire.services.product.personal_data if one.name == "contacts")
    (exported,) = await part.collect(wire.services.db, melati)
    assert (exported["notes"], exported["profile_name"]) == ("Alergi kacang", "Ibu Sari")
    assert [one["value"] for one in exported["identities"]] == [f"+{SARI}"]
    assert [str(one) for one in exported["sessions"]] == [contact["sessions"][0]["sessionId"]]
    assert await part.collect(wire.services.db, wire.accounts["budi"]) == []
    db = wire.services.db
    words = "SELECT count(*) FROM search_words WHERE owner = $1 AND corpus = 'contacts'"
    assert await db.fetch_value(words, melati) > 0
    answer = await wire.melati.delete(f"{API}/users/{melati}")
    assert answer.status_code == 204, answer.text
    assert await db.fetch_value("SELECT count(*) FROM contacts") == 0
    assert await db.fetch_value("SELECT count(*) FROM contact_identities") == 0
    assert await db.fetch_value(words, melati) == 0


async def test_two_edits_at_once_leave_one(wire: Any) -> None:
    contact = await contact_of(wire, SARI)
    path = f"{CONTACTS}/{contact['id']}"
    answers = await asyncio.gather(
        *(
            wire.melati.patch(path, json={"name": f"Sari {number}"}, headers={"If-Match": '"v1"'})
            for number in range(6)
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412, 412, 412]
    assert (await contacts_of(wire))[0]["version"] == 2
