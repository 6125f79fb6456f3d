"""Customers of before there were contacts become contacts: every spelling of a number is one."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db.migrate import migrate
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.shared.rules.numbers import canonical_number, spellings

KERNEL = Path(kernel_db.__file__).parent / "migrations"

WA_IDS = [
    # (owner, channel, wa_id), each with a session of its own
    (1, 1, "551187654321"),
    (1, 1, "5511987654321"),
    (1, 2, "5511987654321"),
    (1, 1, "5215512345678"),
    (1, 2, "525512345678"),
    (1, 1, "551137654321"),
    (1, 1, "5491187654321"),
    (1, 1, "5493517654321"),
    (2, 3, "551187654321"),
]


async def test_old_customers_become_contacts(
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
        INSERT INTO accounts (email, name, role) VALUES ('a@test.id', 'Melati', 'user'), ('b@test.id', 'Budi', 'user');
        INSERT INTO channels (owner_id, name, phone_number_id, phone, access_token, app_secret, verify_token_hash)
        SELECT owner, 'Toko', phone, '+628116000' || phone, 'x', 'x', sha256('')
        FROM (VALUES (1, '101'), (1, '102'), (2, '103')) AS one (owner, phone);
        """
    )
    for number, (owner, channel, wa_id) in enumerate(WA_IDS):
        session = await connection.fetchval(
            "INSERT INTO chat_sessions (owner_id, title) VALUES ($1, $2) RETURNING id", owner, str(number)
        )
        await connection.execute(
            "INSERT INTO channel_contacts (channel_id, wa_id, session_id, profile_name) VALUES ($1, $2, $3, 'João')",
            channel,
            wa_id,
            session,
        )
        await connection.execute(
            """
            INSERT INTO messages (session_id, seq, sender, type, content, channel_id, content_hash, hash, created_at)
            VALUES ($1, 1, 'customer', 'text', 'Olá', $2, sha256('old'), sha256('old'),
                now() - make_interval(days => $3))
            """,
            session,
            channel,
            number + 1,
        )
        await connection.execute(
            "UPDATE chat_sessions SET last_seq = 1, chain_head = sha256('old') WHERE id = $1", session
        )
    await migrate(dsn, [("kernel", KERNEL), ("dealroom", PRODUCT.migrations)])
    rows = await connection.fetch(
        """
        SELECT s.title::integer AS number, c.owner_id, b.contact_id, i.value, i.ended_at IS NOT NULL AS ended,
            c.first_seen_at, c.last_seen_at, c.found_by, c.profile_name
        FROM channel_contacts b JOIN chat_sessions s ON s.id = b.session_id
        JOIN contact_identities i ON i.id = b.identity_id AND i.contact_id = b.contact_id
        JOIN contacts c ON c.id = b.contact_id ORDER BY 1
        """
    )
    await connection.close()
    assert [row["owner_id"] for row in rows] == [owner for owner, _, _ in WA_IDS]
    assert [row["value"] for row in rows] == [canonical_number(wa_id) for _, _, wa_id in WA_IDS]
    first = rows[0]["contact_id"]
    assert [number for number, row in enumerate(rows) if row["contact_id"] == first] == [0, 1, 2]
    assert rows[3]["contact_id"] == rows[4]["contact_id"]
    assert len({row["contact_id"] for row in rows}) == 6
    # Of two sessions on one channel, the one whose customer wrote last goes on.
    assert [row["ended"] for row in rows] == [number == 1 for number in range(len(rows))]
    assert round((rows[0]["last_seen_at"] - rows[0]["first_seen_at"]).total_seconds() / 86_400) == 2
    for row in rows:
        assert set(spellings(row["value"]).split()) <= set(row["found_by"].split())
    assert {row["profile_name"] for row in rows} == {"João"}
