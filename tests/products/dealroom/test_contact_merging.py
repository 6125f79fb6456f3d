"""Contacts are merged and split again: what each had comes back, and sessions follow identities."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from tests.products.dealroom.test_contact_identities import deliver, said
from tests.products.dealroom.test_contacts import CONTACTS, contacts_of, values_of
from tests.products.dealroom.whatsapp import JOKO, SARI, wire, wire_server

from colonnade.products.dealroom.contacts.actions.merging import join_contacts

__all__ = ["wire", "wire_server"]

RINA = "6281355501234"
USER = "IN.1234567890"
_CHANGING = ("version", "updatedAt", "firstSeenAt", "lastSeenAt")


def lasting(contact: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in contact.items() if name not in _CHANGING}


async def contact_by(wire: Any, name: str) -> dict[str, Any]:
    return next(one for one in await contacts_of(wire) if one["profileName"] == name)


async def show(wire: Any, contact: dict[str, Any]) -> dict[str, Any]:
    answer = await wire.melati.get(f"{CONTACTS}/{contact['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def edit(wire: Any, contact: dict[str, Any], **values: Any) -> dict[str, Any]:
    answer = await wire.melati.patch(f"{CONTACTS}/{contact['id']}", json=values)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def merge(wire: Any, contact: dict[str, Any], other: dict[str, Any], **headers: str) -> Any:
    return await wire.melati.post(
        f"{CONTACTS}/{contact['id']}/merge", json={"otherId": other["id"]}, headers=headers
    )


async def split(wire: Any, contact: dict[str, Any], *identities: int, **headers: str) -> Any:
    return await wire.melati.post(
        f"{CONTACTS}/{contact['id']}/split", json={"identityIds": list(identities)}, headers=headers
    )


def seconds_between(one: str, other: str) -> float:
    """Return how far two moments are apart: a message is noted a moment after its transaction began."""
    return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds())


def ids_of(contact: dict[str, Any]) -> list[int]:
    return [one["id"] for one in contact["identities"]]


async def two(wire: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Provide two contacts, each with words of the owner's."""
    await deliver(wire, said("wamid.1", SARI, name="Sari"), said("wamid.2", JOKO, name="Joko"))
    sari, joko = await contact_by(wire, "Sari"), await contact_by(wire, "Joko")
    sari = await edit(wire, sari, labels=["grosir"], notes="Alergi kacang")
    joko = await edit(
        wire, joko, name="Pak Joko", language="id", labels=["pasar", "grosir"], notes="Sore saja"
    )
    return sari, joko


async def test_a_merge_keeps_everything_and_a_split_gives_it_back(wire: Any) -> None:
    sari, joko = await two(wire)
    answer = await merge(wire, sari, joko, **{"If-Match": '"v2"'})
    assert answer.status_code == 200, answer.text
    merged = answer.json()["data"]
    expected = {
        "id": sari["id"],
        "name": "Pak Joko",
        "profileName": "Sari",
        "language": "id",
        "labels": ["grosir", "pasar"],
        "notes": "Alergi kacang\n\nSore saja",
        "sessionCount": 2,
        "firstSeenAt": sari["firstSeenAt"],
        "lastSeenAt": joko["lastSeenAt"],
    }
    assert {name: merged[name] for name in expected} == expected
    assert merged["version"] > sari["version"]
    assert values_of(merged) == [f"+{SARI}", f"+{JOKO}"]
    assert await contacts_of(wire) == [merged]
    for gone in (
        await wire.melati.get(f"{CONTACTS}/{joko['id']}"),
        await wire.melati.patch(f"{CONTACTS}/{joko['id']}", json={"name": "x"}),
        await wire.melati.delete(f"{CONTACTS}/{joko['id']}"),
        await merge(wire, merged, joko),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "CONTACT_NOT_FOUND")
    # Each still writes into their own session.
    await deliver(wire, said("wamid.3", JOKO, name="Joko"), said("wamid.4", SARI, name="Sari"))
    by_identity = {one["identityId"]: one["sessionId"] for one in (await show(wire, sari))["sessions"]}
    said_by = {
        session: [m["content"] for m in await wire.messages(session)] for session in by_identity.values()
    }
    assert said_by[sari["sessions"][0]["sessionId"]] == ["wamid.1", "wamid.4"]
    assert said_by[joko["sessions"][0]["sessionId"]] == ["wamid.2", "wamid.3"]
    answer = await split(wire, merged, *ids_of(joko))
    assert answer.status_code == 200, answer.text
    parted = answer.json()["data"]
    back = {"sessions": []}
    assert lasting(parted["contact"]) | back == lasting(sari) | back
    assert lasting(parted["other"]) | back == lasting(joko) | back
    assert [one["sessionId"] for one in parted["other"]["sessions"]] == [joko["sessions"][0]["sessionId"]]
    assert {one["id"] for one in await contacts_of(wire)} == {sari["id"], joko["id"]}


async def test_what_was_changed_since_the_merge_stays(wire: Any) -> None:
    sari, joko = await two(wire)
    merged = (await merge(wire, sari, joko)).json()["data"]
    await edit(wire, merged, notes="Baru", name="Keluarga Sari")
    parted = (await split(wire, merged, *ids_of(joko))).json()["data"]
    kept = {name: parted["contact"][name] for name in ("name", "notes", "labels", "language")}
    assert kept == {"name": "Keluarga Sari", "notes": "Baru", "labels": ["grosir"], "language": None}
    assert lasting(parted["other"]) == lasting(joko)


async def test_parts_of_parts_come_apart_as_they_came_together(wire: Any) -> None:
    sari, joko = await two(wire)
    await deliver(wire, said("wamid.3", RINA, name="Rina"))
    rina = await contact_by(wire, "Rina")
    await merge(wire, joko, rina)
    merged = (await merge(wire, sari, joko)).json()["data"]
    assert merged["sessionCount"] == 3
    parted = (await split(wire, merged, *ids_of(joko), *ids_of(rina))).json()["data"]
    assert (parted["contact"]["id"], parted["other"]["id"]) == (sari["id"], joko["id"])
    assert sorted(values_of(parted["other"])) == sorted([f"+{JOKO}", f"+{RINA}"])
    again = (await split(wire, joko, *ids_of(rina))).json()["data"]
    assert (again["contact"]["id"], again["other"]["id"]) == (joko["id"], rina["id"])
    assert lasting(again["other"]) == lasting(rina)
    assert seconds_between(again["other"]["lastSeenAt"], rina["lastSeenAt"]) < 1


async def test_a_part_of_a_part_takes_nothing_from_the_contact_that_it_never_was_merged_with(
    wire: Any,
) -> None:
    """Joko got Rina's notes, and Sari Joko's; that Rina leaves Sari is no reason to take Sari's notes."""
    await deliver(
        wire,
        *(said(f"wamid.{n}", n, name=name) for n, name in ((SARI, "Sari"), (JOKO, "Joko"), (RINA, "Rina"))),
    )
    sari, joko, rina = [await contact_by(wire, name) for name in ("Sari", "Joko", "Rina")]
    rina = await edit(wire, rina, notes="Sore saja")
    assert (await merge(wire, joko, rina)).status_code == 200
    assert (await merge(wire, sari, joko)).json()["data"]["notes"] == "Sore saja"
    assert (await split(wire, sari, *ids_of(rina))).status_code == 200
    assert (await show(wire, sari))["notes"] == "Sore saja"
    assert lasting(await show(wire, rina)) == lasting(rina)


async def test_identities_that_never_were_a_contact_become_one(wire: Any) -> None:
    sari, joko = await two(wire)
    await deliver(wire, said("wamid.3", RINA, name="Rina"))
    rina = await contact_by(wire, "Rina")
    await merge(wire, joko, rina)
    merged = (await merge(wire, sari, joko)).json()["data"]
    parted = (await split(wire, merged, *ids_of(joko))).json()["data"]
    other = parted["other"]
    assert other["id"] not in (sari["id"], joko["id"], rina["id"])
    assert (other["name"], other["notes"], values_of(other)) == (None, None, [f"+{JOKO}"])
    assert seconds_between(other["firstSeenAt"], joko["firstSeenAt"]) < 1
    assert [one["sessionId"] for one in other["sessions"]] == [joko["sessions"][0]["sessionId"]]
    await deliver(wire, said("wamid.4", JOKO, name="Joko"))
    assert (await show(wire, other))["profileName"] == "Joko"


async def test_an_account_is_split_whole(wire: Any) -> None:
    await deliver(
        wire,
        said("wamid.1", SARI, USER, name="Sari", username="sari"),
        said("wamid.2", JOKO, name="Joko"),
    )
    sari, joko = await contact_by(wire, "Sari"), await contact_by(wire, "Joko")
    merged = (await merge(wire, joko, sari)).json()["data"]
    number, user, name = ids_of(sari)
    parted = (await split(wire, merged, user)).json()["data"]
    assert ids_of(parted["other"]) == [number, user, name]
    whole = await split(wire, sari, name)
    assert whole.status_code == 422
    rule = "Identity ids must leave the contact one account at least"
    assert whole.json()["errors"] == {"identityIds": rule}


@pytest.mark.parametrize("identities", [[], [0], [999_999]])
async def test_splits_that_cannot_be(wire: Any, identities: list[int]) -> None:
    sari, joko = await two(wire)
    merged = (await merge(wire, sari, joko)).json()["data"]
    refused = await split(wire, merged, *identities)
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"identityIds"})
    stale = await split(wire, merged, *ids_of(joko), **{"If-Match": '"v1"'})
    assert stale.status_code == 412
    assert await show(wire, merged) == merged


async def test_merges_that_cannot_be(wire: Any) -> None:
    sari, joko = await two(wire)
    itself = await merge(wire, sari, sari)
    assert (itself.status_code, itself.json()["errors"]) == (
        422,
        {"otherId": "Other id must be another contact's"},
    )
    assert (await merge(wire, sari, joko, **{"If-Match": '"v1"'})).status_code == 412
    sari = await edit(wire, sari, labels=[f"a{n}" for n in range(15)])
    joko = await edit(wire, joko, labels=[f"b{n}" for n in range(6)])
    large = await merge(wire, sari, joko)
    assert (large.status_code, large.json()["code"]) == (409, "CONTACT_TOO_LARGE")
    assert [await show(wire, sari), await show(wire, joko)] == [sari, joko]
    sari = await edit(wire, sari, name="Bu Sari", notes="a" * 4_000)
    joko = await edit(wire, joko, labels=["b0"], notes="b" * 4_000)
    large = await merge(wire, sari, joko)
    assert (large.status_code, large.json()["code"]) == (409, "CONTACT_TOO_LARGE")
    assert [await show(wire, sari), await show(wire, joko)] == [sari, joko]
    await edit(wire, joko, notes="b" * 3_998)
    merged = await merge(wire, sari, joko)
    assert (merged.status_code, merged.json()["data"]["name"]) == (200, "Bu Sari")


async def test_merges_and_splits_are_audited_without_words(wire: Any) -> None:
    sari, joko = await two(wire)
    await merge(wire, sari, joko)
    await split(wire, sari, *ids_of(joko))
    await wire.melati.delete(f"{CONTACTS}/{joko['id']}?sessions=delete")
    rows = await wire.services.db.fetch(
        """
        SELECT action, actor_id, target_id, after::text, before::text FROM (
            SELECT action, actor_id, target_id, target_kind, after, before, created_at FROM audit.inbox
            UNION ALL SELECT action, actor_id, target_id, target_kind, after, before, created_at FROM audit.entries
        ) AS log
        WHERE target_kind = 'contact' AND created_at >= (SELECT min(created_at) FROM accounts) ORDER BY created_at
        """
    )
    assert [(row["action"], row["target_id"]) for row in rows] == [
        ("contact.merged", str(sari["id"])),
        ("contact.split", str(sari["id"])),
        ("contact.deleted", str(joko["id"])),
    ]
    assert {row["actor_id"] for row in rows} == {str(wire.accounts["melati"])}
    written = " ".join(f"{row['before']} {row['after']}" for row in rows)
    assert not [word for word in ("Sari", "Joko", "kacang", SARI, JOKO) if word in written]


async def test_deleting_a_contact_takes_what_was_merged_into_it(wire: Any) -> None:
    sari, joko = await two(wire)
    await merge(wire, sari, joko)
    assert (await wire.melati.delete(f"{CONTACTS}/{sari['id']}?sessions=delete")).status_code == 204
    db = wire.services.db
    assert await db.fetch_value("SELECT count(*) FROM contacts") == 0
    assert await db.fetch_value("SELECT count(*) FROM contact_identities") == 0
    words = await db.fetch("SELECT word FROM search_words WHERE corpus = 'contacts'")
    assert [row["word"] for row in words] == []
    assert await wire.sessions() == []


async def test_merges_splits_and_messages_at_once_lose_nothing(wire: Any) -> None:
    sari, joko = await two(wire)

    async def turn(number: int) -> None:
        await merge(wire, sari, joko)
        await split(wire, sari, *ids_of(joko))

    async def write(number: int) -> None:
        wa_id, name = ((SARI, "Sari"), (JOKO, "Joko"))[number % 2]
        body = said(f"wamid.a{number}", wa_id, name=name)
        while (await wire.deliver(body)).status_code != 200:
            await asyncio.sleep(0.05)

    await asyncio.gather(*(turn(n) for n in range(6)), *(write(n) for n in range(20)))
    found = await contacts_of(wire)
    assert sorted(value for one in found for value in values_of(one)) == sorted([f"+{SARI}", f"+{JOKO}"])
    sessions = {one["sessionId"] for contact in found for one in contact["sessions"]}
    assert sessions == {one["sessions"][0]["sessionId"] for one in (sari, joko)}
    assert sum([len(await wire.messages(session)) for session in sessions]) == 22


async def test_two_merges_at_once_leave_one_whole(wire: Any) -> None:
    sari, joko = await two(wire)
    answers = await asyncio.gather(merge(wire, sari, joko), merge(wire, joko, sari))
    assert sorted(one.status_code for one in answers) == [200, 404]
    (left,) = await contacts_of(wire)
    assert sorted(values_of(left)) == sorted([f"+{SARI}", f"+{JOKO}"])


async def test_a_repeated_merge_is_answered_as_the_first(wire: Any) -> None:
    sari, joko = await two(wire)
    first = await merge(wire, sari, joko, **{"Idempotency-Key": "gabung-1"})
    again = await merge(wire, sari, joko, **{"Idempotency-Key": "gabung-1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    parted = await split(wire, sari, *ids_of(joko), **{"Idempotency-Key": "pisah-1"})
    repeated = await split(wire, sari, *ids_of(joko), **{"Idempotency-Key": "pisah-1"})
    assert (parted.status_code, repeated.json()) == (200, parted.json())


async def test_the_inbox_is_told_of_the_sessions_of_what_is_merged_and_split(wire: Any) -> None:
    """What a client looks at again on each event is what a refetch shows: the contacts' names."""
    sari, joko = await two(wire)
    client, stranger = [
        await wire.socket(await wire.token(wire.accounts[name])) for name in ("melati", "budi")
    ]
    for each in (client, stranger):
        await each.call("join-inbox", {})
    ids = {one["sessions"][0]["sessionId"] for one in (sari, joko)}
    foreign = await merge(wire, sari, {"id": 999_999})
    assert foreign.status_code == 404
    merged = (await merge(wire, sari, joko)).json()["data"]
    told = await client.wait_for("inbox-changed", count=2)
    assert ({event["sessionId"] for event in told}, len(told)) == (ids, 2)
    assert set((await inbox_names(wire)).values()) == {"Pak Joko"}
    assert (await split(wire, merged, *ids_of(joko))).status_code == 200
    told = (await client.wait_for("inbox-changed", count=4))[2:]
    assert ({event["sessionId"] for event in told}, len(told)) == (ids, 2)
    assert await inbox_names(wire) == {
        sari["sessions"][0]["sessionId"]: "Sari",
        joko["sessions"][0]["sessionId"]: "Pak Joko",
    }
    assert stranger.of("inbox-changed") == []


async def inbox_names(wire: Any) -> dict[str, str]:
    """Return the contacts' names that the inbox shows, by session."""
    entries = (await wire.melati.get("/api/v1/inbox")).json()["data"]
    return {entry["session"]["id"]: entry["contactName"] for entry in entries}


@pytest.mark.parametrize("known", ["the one", "the other"])
async def test_a_message_that_waits_for_a_merge_is_not_lost(wire: Any, known: str) -> None:
    sari, joko = await two(wire)
    writer = SARI if known == "the one" else JOKO
    one, other = (joko, sari) if known == "the one" else (sari, joko)
    async with wire.services.db.transaction() as tx:
        await join_contacts(tx, wire.accounts["melati"], one["id"], other["id"], actor="test")
        arriving = asyncio.create_task(deliver(wire, said("wamid.late", writer)))
        await until_blocked(wire)
    await arriving
    merged = await show(wire, one)
    found = [m["content"] for each in merged["sessions"] for m in await wire.messages(each["sessionId"])]
    assert sorted(found) == ["wamid.1", "wamid.2", "wamid.late"]
    items = (await wire.melati.get(f"/api/v1/channels/{wire.channel}/webhook-items?outcome=refused")).json()
    assert items["data"] == []


async def until_blocked(wire: Any) -> None:
    """Return when a transaction waits for another one's row."""
    async with asyncio.timeout(5):
        while not await wire.services.db.fetch_value(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"
        ):
            await asyncio.sleep(0.01)
