"""After an account or a contact is deleted, no column of any table has their words and numbers, encrypted or not."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_catalogue import SINTA
from tests.products.dealroom.test_sending_templates import ACCOUNT, ORDER
from tests.products.dealroom.whatsapp import (
    JOKO,
    SARI,
    error,
    status_of,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.identity import ENCRYPTED_COLUMNS

__all__ = ["wire", "wire_server"]

WORD = "zqx"
"""Is in each word of what is to be erased, and in nothing else."""
OTHER = "wvj"
"""Is in what stays."""
KEPT = {"public.dev_mailbox"}
"""The mails that were sent, which a mailbox of developers shows."""


async def found(wire: Any, *needles: str) -> dict[str, set[str]]:
    """Return the columns that have one of the `needles`, in whatever case: `schema.table.column`, each with those."""
    db = wire.services.db
    columns = await db.fetch(
        """
        SELECT table_schema AS schema, table_name AS table, column_name AS column, data_type = 'bytea' AS bytes
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
            AND has_column_privilege(format('%I.%I', table_schema, table_name), column_name, 'SELECT')
        """
    )
    have: dict[str, set[str]] = {}
    for row in columns:
        table = f"{row['schema']}.{row['table']}"
        text = f"encode({row['column']}, 'escape')" if row["bytes"] else f'"{row["column"]}"::text'
        values = await db.fetch(f'SELECT {text} AS value FROM {table} WHERE "{row["column"]}" IS NOT NULL')
        said = " ".join(value["value"] for value in values).lower()
        if table not in KEPT and (words := {needle for needle in needles if needle in said}):
            have[f"{table}.{row['column']}"] = words
    for column in (*ENCRYPTED_COLUMNS, *wire.services.product.encrypted):
        sql = f"SELECT {column.key} AS key, {column.column} AS value FROM {column.table}"
        rows = await db.fetch(f"{sql} WHERE {column.column} IS NOT NULL")
        said = " ".join(
            wire.services.fields.decrypt(row["value"], place=column.place(row["key"])) for row in rows
        ).lower()
        if words := {needle for needle in needles if needle in said}:
            have[f"public.{column}"] = words
    return have


async def ok(answer: Any) -> Any:
    """Return the data of an answer that is a success."""
    assert answer.is_success, answer.text
    return answer.json().get("data") if answer.content else None


def name_of(mark: str) -> str:
    """Return the profile's name of the contact whose words have `mark`."""
    return f"Ibu {mark}nama"


async def end_the_day(wire: Any) -> None:
    """Let all jobs run that wait, and those of the night that forget words which nothing has any more."""
    await wire.hurry()
    await wire.work()
    for job in wire.services.product.jobs:
        if job.name.startswith("search."):
            await job(wire.services)


async def speak(wire: Any, wa_id: str, mark: str) -> tuple[str, int]:
    """Let a contact, and us, write whatever can be written; all of it has `mark`. Return their session and contact."""
    name = name_of(mark)
    said = [
        text_message(f"wamid.1-{wa_id}", f"Halo {mark}satu", wa_id),
        {**text_message(f"wamid.2-{wa_id}", "", wa_id), "type": "location",
         "location": {"latitude": -6.2, "longitude": 106.8, "name": f"{mark}rumah", "address": f"Jl. {mark}jalan"}},
        {**text_message(f"wamid.3-{wa_id}", "", wa_id), "type": "document",
         "document": {"id": "gone", "filename": f"{mark}berkas.pdf", "caption": f"{mark}judul"}},
        {**text_message(f"wamid.4-{wa_id}", "", wa_id), "type": "contacts",
         "contacts": [{"name": {"formatted_name": f"{mark}orang"}, "phones": [{"phone": "+62 811"}]}]},
    ]  # fmt: skip
    for message in said:
        await ok(await wire.deliver(webhook(message, names={wa_id: name})))
    session = str((await wire.sessions())[0]["id"])
    body = {
        "sessionId": session,
        "sender": "human",
        "content": f"Ya {mark}dua",
        "clientMessageId": f"{mark}id",
    }
    mine = await ok(
        await wire.melati.post(
            f"{API}/messages", json=body, headers={"idempotency-key": f"key-of-{wa_id[-3:]}"}
        )
    )
    await ok(await wire.melati.patch(f"{API}/messages/{mine['id']}", json={"content": f"Ya {mark}tiga"}))
    gone = await wire.say(session, f"{mark}empat", "human")
    await ok(await wire.melati.delete(f"{API}/messages/{gone['id']}"))
    file = {"file": (f"{mark}catatan.txt", io.BytesIO(b"x"))}
    form = {"sessionId": session, "sender": "human", "content": f"{mark}lima"}
    await ok(await wire.melati.post(f"{API}/messages/media", data=form, files=file))
    values = {"header.1": "7", "1": f"{mark}enam", "2": "sepatu", "button.1": "7"}
    template = {"sessionId": session, "name": "order_update", "language": "id", "variables": values}
    await ok(await wire.melati.post(f"{API}/messages/template", json=template))
    wire.provider.answers = [(400, error(131026, "Undeliverable"))]
    await wire.work()
    (out, *_) = [m["providerMessageId"] for m in await wire.messages(session) if m["status"] == "sent"][4:]
    failed = status_of(out, "failed", wa_id, errors=[{"code": 131026, "title": "Undeliverable"}])
    await ok(await wire.deliver(webhook(statuses=(failed,))))
    await ok(await wire.melati.patch(f"{API}/sessions/{session}", json={"title": f"{mark}judul"}))
    await ok(await wire.melati.put(f"{API}/sessions/{session}", json={"labels": [f"{mark}label"]}))
    await wire.services.db.execute(
        """
        WITH a AS (
            INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft, reasons, sources)
            SELECT $1, min(id), 1, 'held', $2, ARRAY[$2::text], jsonb_build_array(jsonb_build_object('text', $2::text))
            FROM messages WHERE session_id = $1 RETURNING id
        )
        INSERT INTO answer_prompts (answer_id, session_id, from_seq, to_seq, format, turns)
        SELECT id, $1, 1, 1, 'text', convert_to($2, 'UTF8') FROM a
        """,
        UUID(session),
        f"Ya, {mark}draf",
    )
    product = {"name": f"{mark}barang", "benefits": [f"{mark}manfaat"], "description": f"{mark}cerita"}
    seller = {"sessionId": session, "name": f"{mark}toko", "pitch": f"{mark}pidato", "products": [product]}
    await ok(await wire.melati.post(f"{API}/sellers", json=seller))
    for name in (f"{mark}tetap", f"{mark}dibuang"):
        vendor = {**SINTA, "sessionId": session, "name": name, "persona": f"{mark}ramah"}
        made = await ok(await wire.melati.post(f"{API}/vendors", json=vendor))
        if name.endswith("tetap"):
            await ok(await wire.melati.delete(f"{API}/vendors/{made['id']}"))
    contacts = (await wire.melati.get(f"{API}/contacts")).json()["data"]
    (contact,) = [one for one in contacts if one["profileName"] == name_of(mark)]
    notes = {"name": f"{mark}panggilan", "notes": f"{mark}alergi", "labels": [f"{mark}langganan"]}
    await ok(await wire.melati.patch(f"{API}/contacts/{contact['id']}", json=notes))
    return session, contact["id"]


async def prepare(wire: Any) -> None:
    """Give melati's channel a template, its rules, a vendor, an account at the provider."""
    wire.provider.templates = [ORDER]
    path = f"{API}/channels/{wire.channel}"
    await ok(await wire.melati.patch(path, json={"businessAccountId": ACCOUNT}))
    await ok(await wire.melati.post(f"{path}/templates/sync"))


FILLED = {
    "answer_prompts.turns",
    "answers.draft",
    "answers.reasons",
    "answers.sources",
    "channel_contacts.profile_name",
    "chat_sessions.labels",
    "chat_sessions.title",
    "contacts.labels",
    "contacts.name",
    "contacts.notes",
    "idempotency_keys.body",
    "message_revisions.before",
    "messages.client_message_id",
    "messages.content",
    "messages.data",
    "messages.media_name",
    "realtime_events.data",
    "search_words.word",
    "seller_products.name",
    "sellers.pitch",
    "template_messages.parameters",
    "trash.item",
    "vendors.persona",
    "webhook_items.raw",
}
"""Columns that have words of the person before, so that the test shows something."""


async def test_of_a_contact_nothing_is_left_and_of_others_everything(wire: Any) -> None:
    await prepare(wire)
    await speak(wire, JOKO, OTHER)
    _, sari = await speak(wire, SARI, WORD)
    everything = await found(wire, OTHER, JOKO[2:], WORD, SARI[2:])
    has = {column.removeprefix("public.") for column, words in everything.items() if WORD in words}
    assert has >= FILLED, FILLED - has
    before = await found(wire, OTHER, JOKO[2:])
    await ok(await wire.melati.delete(f"{API}/contacts/{sari}", params={"sessions": "delete"}))
    await end_the_day(wire)
    assert await found(wire, WORD, SARI[2:]) == {}
    assert await found(wire, OTHER, JOKO[2:]) == before


async def test_of_an_account_nothing_is_left(wire: Any) -> None:
    await prepare(wire)
    await speak(wire, SARI, WORD)
    melati = wire.accounts["melati"]
    assert (await wire.melati.patch(f"{API}/users/{melati}", json={"username": f"{WORD}melati"})).is_success
    rules = {
        "closedMessage": f"{WORD}tutup",
        "handoverMessage": f"{WORD}manusia",
        "handoverWords": [f"{WORD}orang"],
    }
    await ok(await wire.melati.patch(f"{API}/channels/{wire.channel}/rules", json=rules))
    await ok(await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"name": f"{WORD}kanal"}))
    vendor = {**SINTA, "name": f"{WORD}penjual", "persona": f"{WORD}ramah"}
    await ok(await wire.melati.put(f"{API}/channels/{wire.channel}/vendor", json=vendor))
    assert (await wire.melati.delete(f"{API}/users/{melati}")).status_code == 204
    await end_the_day(wire)
    needles = (WORD, SARI[2:], "melati@test.id", "81160001" + f"{melati:02}", "8116000123")
    assert await found(wire, *needles) == {}


async def test_of_a_deleted_message_nothing_is_left_and_a_repeat_does_not_write_it_again(wire: Any) -> None:
    session = await wire.session()
    body = {"sessionId": session, "sender": "human", "content": f"Ya {WORD}satu"}
    key = {"idempotency-key": "key-of-one"}
    mine = await ok(await wire.melati.post(f"{API}/messages", json=body, headers=key))
    other = await ok(
        await wire.melati.post(f"{API}/messages", json=body, headers={"idempotency-key": "other"})
    )
    await ok(await wire.melati.delete(f"{API}/messages/{mine['id']}"))
    again = await wire.melati.post(f"{API}/messages", json=body, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_KEY_ERASED")
    kept = await wire.melati.post(f"{API}/messages", json=body, headers={"idempotency-key": "other"})
    assert (await ok(kept), kept.headers["idempotent-replayed"]) == (other, "true")
    await ok(await wire.melati.delete(f"{API}/messages/{other['id']}"))
    await end_the_day(wire)
    assert await found(wire, WORD) == {}
    assert len(await wire.messages(session)) == 2
