"""Nothing of a session's record is exempt: each column of each kind of row, and each row, is covered by the chain."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channels_inbound import picture
from tests.products.dealroom.whatsapp import SARI, Wire, status_of, webhook, wire, wire_server

from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.messages.queries.verifying import verify_session

__all__ = ["wire", "wire_server"]

OTHER = {
    "text": "coalesce({column} || 'x', 'x')",
    "bigint": "coalesce({column} + 1000, 1)",
    "integer": "coalesce({column} + 1, 1)",
    "uuid": "gen_random_uuid()",
    "bytea": "sha256(coalesce({column}, ''))",
    "boolean": "NOT coalesce({column}, false)",
    "timestamp with time zone": "coalesce({column} + interval '1 microsecond', now())",
    "jsonb": 'coalesce({column} || \'{{"content": "lain"}}\', \'{{"content": "lain"}}\')',
}
"""SQL of another value than the one there, by type."""


async def _columns(db: Any, table: str, *, nullable: str = "%") -> dict[str, str]:
    """Return the columns that can be written, with their types."""
    rows = await db.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = $1 AND is_generated = 'NEVER' AND is_nullable LIKE $2 ORDER BY ordinal_position",
        table,
        nullable,
    )
    return {row["column_name"]: row["data_type"] for row in rows}


async def _rich(wire: Wire) -> str:
    """Return a session with every kind of row: received, with a file, sent, edited, deleted, and plain ones."""
    session = await wire.talk("Halo, ada ukuran 41?")
    wire.provider.files["media-1"] = picture()
    image = {"id": "media-1", "mime_type": "image/png", "caption": "Seperti ini"}
    await wire.deliver(webhook({"from": SARI, "id": "wamid.in-2", "type": "image", "image": image}))
    await wire.say(
        session, "Ada, Bu", "human", senderName="Melati", clientMessageId="m-1", phoneNumber="+628116000123"
    )
    await wire.work()
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "delivered"),)))
    note = await wire.say(session, "Catatan: ukuran 41", "system", replyToId=1)
    path = f"{API}/messages/{note['id']}"
    assert (await wire.melati.patch(path, json={"content": "Catatan: ukuran 42"})).status_code == 200
    gone = await wire.say(session, "rahasia", "system", clientMessageId="m-2")
    path = f"{API}/messages/{gone['id']}"
    assert (await wire.melati.patch(path, json={"content": "sangat rahasia"})).status_code == 200
    assert (await wire.melati.patch(f"{path}/status", json={"status": "failed"})).status_code == 200
    assert (await wire.melati.delete(path)).status_code == 204
    await wire.say(session, "Terakhir", "system", mediaUrl="https://cdn.example.org/a.jpg", type="image")
    return session


async def _intact(db: Any, session: str) -> bool:
    return (await verify_session(db, 1, UUID(session))).intact


async def _drop_constraints(tx: Any, table: str) -> None:
    """Let anything be written until the transaction is rolled back."""
    rows = await tx.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('c', 'f')",
        table,
    )
    for row in rows:
        await tx.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}"')
    await tx.execute(f"DROP TRIGGER IF EXISTS {table}_sound ON {table}")
    for index in ("messages_client_key", "messages_provider_key"):
        await tx.execute(f"DROP INDEX IF EXISTS {index}")


class _Undo(Exception):
    """Rolls the tampering back."""


class _Tampering:
    """Statements that each are tried, found and undone."""

    def __init__(self, tx: Any, session: str) -> None:
        self.tx = tx
        self.session = session

    async def is_found(self, sql: str, *args: Any) -> bool:
        """Run a statement about the session ($1); return whether it changed something, which must be found."""
        await self.tx.execute("SAVEPOINT tried")
        changed = not (await self.tx.execute(sql, UUID(self.session), *args)).endswith(" 0")
        if changed:
            assert not await _intact(self.tx, self.session), (sql, args)
        await self.tx.execute("ROLLBACK TO SAVEPOINT tried")
        return changed


@asynccontextmanager
async def _tampering(wire: Wire, session: str) -> AsyncIterator[_Tampering]:
    """Allow to try whatever a superuser can do to the record, and undo it all."""
    with suppress(_Undo):
        async with wire.services.db.transaction() as tx:
            for table in ("messages", "message_revisions", "chat_sessions"):
                await _drop_constraints(tx, table)
            assert await _intact(tx, session)
            yield _Tampering(tx, session)
            assert await _intact(tx, session)
            raise _Undo


async def test_every_column_of_every_row_is_covered(wire: Wire) -> None:
    session = await _rich(wire)
    async with _tampering(wire, session) as tampering:
        for table, key, rows in (("messages", "seq", 6), ("message_revisions", "link", 7)):
            keys = await tampering.tx.fetch(
                f"SELECT {key} FROM {table} WHERE session_id = $1 ORDER BY 1", UUID(session)
            )
            assert len(keys) == rows
            nullable = await _columns(tampering.tx, table, nullable="YES")
            for column, kind in (await _columns(tampering.tx, table)).items():
                for (number,) in keys:
                    where = f"WHERE session_id = $1 AND {key} = $2"
                    other = OTHER[kind].format(column=column)
                    assert await tampering.is_found(f"UPDATE {table} SET {column} = {other} {where}", number)
                    if column in nullable:
                        nothing = f"UPDATE {table} SET {column} = NULL {where} AND {column} IS NOT NULL"
                        await tampering.is_found(nothing, number)
        for change in (
            "last_seq = last_seq + 1",
            "last_seq = last_seq - 1",
            "links = links + 1",
            "links = links - 1",
            "chain_head = sha256(chain_head)",
            "chain_head = (SELECT hash FROM messages WHERE session_id = $1 ORDER BY seq DESC OFFSET 1 LIMIT 1)",
            "chain_head = ''",
        ):
            assert await tampering.is_found(f"UPDATE chat_sessions SET {change} WHERE id = $1"), change


async def test_missing_added_and_exchanged_rows_are_found(wire: Wire) -> None:
    session = await _rich(wire)
    async with _tampering(wire, session) as tampering:
        for table, key, rows in (("messages", "seq", 6), ("message_revisions", "link", 7)):
            columns = list(await _columns(tampering.tx, table))
            keys = await tampering.tx.fetch(
                f"SELECT {key} FROM {table} WHERE session_id = $1 ORDER BY 1", UUID(session)
            )
            numbers = [number for (number,) in keys]
            assert len(numbers) == rows
            await tampering.tx.execute(f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM {table}")
            for number in numbers:
                assert await tampering.is_found(
                    f"DELETE FROM {table} WHERE session_id = $1 AND {key} = $2", number
                )
                assert await tampering.is_found(
                    f"DELETE FROM {table} WHERE session_id = $1 AND {key} >= $2", number
                )
                forged = [f"{one} + 100" if one in (key, "id", "seq", "link") else one for one in columns]
                assert await tampering.is_found(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(forged)} FROM kept "
                    f"WHERE session_id = $1 AND {key} = $2",
                    number,
                )
            said = [one for one in columns if one not in ("id", "session_id", key)]
            for first, second in pairwise(numbers):
                swapped = ", ".join(f"{one} = k.{one}" for one in said)
                assert await tampering.is_found(
                    f"UPDATE {table} t SET {swapped} FROM kept k WHERE t.session_id = $1 "
                    f"AND k.session_id = $1 AND (t.{key}, k.{key}) IN (($2, $3), ($3, $2))",
                    first,
                    second,
                )
            await tampering.tx.execute("DROP TABLE kept")


async def test_what_is_broken_is_said_by_the_number_of_the_message(wire: Wire) -> None:
    session = await _rich(wire)
    path = f"{API}/sessions/{session}/integrity"
    proof = (await wire.melati.get(path)).json()["data"]
    assert (proof["intact"], proof["count"], proof["revisions"]) == (True, 6, 7)
    # The words before an edit, by who knows SQL.
    await wire.services.db.execute(
        'UPDATE message_revisions SET before = before || \'{"content": "ukuran 40"}\' WHERE message_id = 4'
    )
    proof = (await wire.melati.get(path)).json()["data"]
    assert (proof["intact"], proof["brokenAt"], proof["gaps"]) == (False, 4, 0)


async def test_erased_words_are_nowhere_and_cannot_be_guessed(wire: Wire) -> None:
    session = await wire.session()
    body = {"sessionId": session, "sender": "system", "content": "ya", "clientMessageId": "m-1"}
    said = (await wire.melati.post(f"{API}/messages", json=body)).json()["data"]
    path = f"{API}/messages/{said['id']}"
    assert (await wire.melati.patch(path, json={"content": "tidak"})).status_code == 200
    before = dict(await wire.services.db.fetch_row("SELECT salt, content_hash, fingerprint FROM messages"))
    # Nor can those of a revision, once they are erased, by trying words until the digest fits.
    (edited,) = await wire.services.db.fetch(
        """
        SELECT r.words, r.before_hash, sha256(convert_to(r.before::text, 'UTF8')) AS guessed,
            sha256(convert_to(m.salt || r.before::text, 'UTF8')) AS salted
        FROM message_revisions r JOIN messages m ON m.id = r.message_id
        """
    )
    assert (edited["words"], edited["before_hash"]) == (True, edited["salted"])
    assert edited["guessed"] != edited["before_hash"]
    assert (await wire.melati.delete(path)).status_code == 204
    after = dict(await wire.services.db.fetch_row("SELECT salt, content_hash, fingerprint FROM messages"))
    # The digest of what was written stays in the chain; what it was made with does not.
    assert after["content_hash"] == before["content_hash"]
    assert after["salt"] != before["salt"]
    assert after["fingerprint"] == bytes(32) != before["fingerprint"]
    everywhere = await wire.services.db.fetch_value(
        """
        SELECT string_agg(t, ' ') FROM (
            SELECT to_jsonb(m)::text FROM messages m UNION ALL SELECT to_jsonb(r)::text FROM message_revisions r
            UNION ALL SELECT to_jsonb(e)::text FROM realtime_events e) AS x (t)
        """
    )
    for erased in ('"ya"', "tidak", str(before["salt"])):
        assert erased not in everywhere
    assert (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True
    # The same request again is answered, by what is left of the message.
    again = await wire.melati.post(f"{API}/messages", json=body)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert (again.json()["data"]["id"], again.json()["data"]["content"]) == (said["id"], None)


async def test_the_check_of_ten_thousand_messages_is_one_statement_and_linear(room: Any) -> None:
    sessions = {}
    for count in (2_500, 10_000):
        session = sessions[count] = await room.session(title="Chat")
        await room.services.db.execute(
            """
            INSERT INTO messages (session_id, owner_id, seq, link, sender, type, content, content_hash, hash)
            SELECT $1, 1, n, n, 'customer', 'text', 'Halo, ada ukuran 41?', sha256(''), sha256('')
            FROM generate_series(1, $2) AS n
            """,
            UUID(session),
            count,
        )
        await room.services.db.execute(
            "UPDATE chat_sessions SET last_seq = $2, chain_head = sha256('') WHERE id = $1",
            UUID(session),
            count,
        )
    await room.services.db.execute("SELECT rechain_messages()")
    seconds = {}
    for count, session in sessions.items():
        await room.melati.get(f"{API}/sessions/{session}/integrity")
        with count_statements(room.services.db) as statements:
            began = time.perf_counter()
            proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
            seconds[count] = time.perf_counter() - began
        assert statements.count == 2
        assert (proof["intact"], proof["count"], proof["lastSeq"]) == (True, count, count)
    print(seconds)
    assert seconds[10_000] < 12 * seconds[2_500]
    assert seconds[10_000] < 5


async def test_what_was_tampered_with_stays_found_when_the_message_is_changed_afterwards(wire: Wire) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada, Bu", "human")
    db = wire.services.db
    await db.execute("UPDATE messages SET created_at = created_at - interval '5 days' WHERE seq = 2")
    assert not await _intact(db, session)
    await wire.work()
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "delivered"),)))
    shown = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (shown["intact"], shown["brokenAt"], shown["revisions"]) == (False, 2, 2)
    # What comes after it in the session is no less sound for it.
    await wire.say(session, "Silakan", "human")
    await wire.work()
    shown = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (shown["brokenAt"], shown["count"]) == (2, 3)
