"""Messages that were written before their whole row was digested are chained anew, and verify."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate
from colonnade.products.dealroom.messages.actions import edit_message, post_message
from colonnade.products.dealroom.messages.queries.verifying import verify_session
from colonnade.products.dealroom.messages.schemas import Draft
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.sessions.seed import demo_owner

KERNEL = Path(kernel_db.__file__).parent / "migrations"
REVISIONS = "0013_revisions.sql"


async def test_old_messages_are_chained_anew(
    fresh_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    dsn = await fresh_database()
    for path in PRODUCT.migrations.glob("*.sql"):
        if path.name < "0008":
            shutil.copy(path, tmp_path)
    await migrate(dsn, [("kernel", KERNEL), ("dealroom", tmp_path)])
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        """
        INSERT INTO accounts (email, name, role) VALUES ('a@test.id', 'Melati', 'user');
        INSERT INTO chat_sessions (owner_id, title) VALUES (1, 'Satu'), (1, 'Dua'), (1, 'Kosong');
        INSERT INTO messages (session_id, seq, sender, type, content, client_message_id, fingerprint, status, version,
            edited_at, deleted_at, content_hash, hash)
        SELECT s.id, n, CASE n % 2 WHEN 0 THEN 'human' ELSE 'customer' END, 'text',
            CASE WHEN n <> 4 THEN 'Pesan ' || n END, CASE WHEN n = 4 THEN 'm-1' END,
            CASE WHEN n = 4 THEN sha256('{"content":"ya"}') END, CASE n WHEN 6 THEN 'read' ELSE 'sent' END, 1,
            CASE WHEN n = 2 THEN now() END, CASE WHEN n = 4 THEN now() END, sha256('old'), sha256('old')
        FROM chat_sessions s, generate_series(1, 6) AS n WHERE title <> 'Kosong' ORDER BY n, s.title;
        UPDATE chat_sessions SET last_seq = 6, chain_head = sha256('old') WHERE title <> 'Kosong';
        """
    )
    await migrate(dsn, [("kernel", KERNEL), ("dealroom", PRODUCT.migrations)])
    rows = await connection.fetch("SELECT id, title FROM chat_sessions ORDER BY title")
    statuses = await connection.fetch("SELECT DISTINCT status FROM messages ORDER BY 1")
    assert [row["status"] for row in statuses] == ["read", "recorded"]
    assert await connection.fetchval("SELECT DISTINCT fingerprint FROM messages WHERE seq = 4") == bytes(32)
    await connection.close()
    owner = demo_owner({"user": 1})
    db = Database(dsn)
    try:
        for row in rows:
            proof = await verify_session(db, 1, row["id"])
            assert (proof.intact, proof.count) == (True, 0 if row["title"] == "Kosong" else 6), proof
        session = rows[0]["id"]
        async with db.transaction(owner) as tx:
            said = await post_message(tx, 1, Draft(session, "human", "text", "Baru"))
            await edit_message(tx, owner, said.message.id, "Lebih baru", expected=None)
        proof = await verify_session(db, 1, session)
        assert (proof.intact, proof.count, proof.revisions) == (True, 7, 1)
        await db.execute("UPDATE messages SET content = 'lain' WHERE session_id = $1 AND seq = 2", session)
        assert (await verify_session(db, 1, session)).broken_at == 2
    finally:
        await db.close()
