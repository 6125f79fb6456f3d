"""Deterministic chats for the `dealroom` tables: users, their sessions, and the same number of messages in each.

Messages are stored turn by turn, one of every session, as if all talked at once; so a session's messages are far
apart on disk. Numbers and hash chain come from the statement that inserts them, as on our server.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

import asyncpg

from data import words
from data.generate import SEED, capital, sentence
from data.load import PEER_SCHEMA

USERS = 200
SESSIONS_EACH = 10
TURNS = 100
_TEXTS = 5_000
_SENDERS = ("customer", "assistant")
# Nobody signs in with a password here: this is not a hash.
_NO_PASSWORD = "!"

_SAY = """
WITH w AS MATERIALIZED (
    SELECT nextval('messages_id_seq') AS id, s.id AS session_id, s.owner_id, s.last_seq + 1 AS seq,
        s.links + 1 AS link, gen_random_uuid() AS salt, t.sender, 'text' AS type, t.content, 'recorded' AS status,
        1 AS version, clock_timestamp() AS created_at
    FROM bench_turns t JOIN chat_sessions s ON s.id = t.session_id WHERE t.turn = $1
), digested AS MATERIALIZED (
    SELECT w.*, s.chain_head, row_digest(to_jsonb(w), '{}') AS content_hash
    FROM w JOIN chat_sessions s ON s.id = w.session_id
), linked AS MATERIALIZED (
    SELECT *, chain_step(chain_head, link, content_hash) AS hash FROM digested
), moved AS (
    UPDATE chat_sessions s SET last_seq = seq, links = link, chain_head = hash, active_at = linked.created_at
    FROM linked WHERE s.id = session_id
)
INSERT INTO messages (id, session_id, owner_id, seq, link, salt, sender, type, content, status, version, created_at,
    content_hash, hash)
SELECT id, session_id, owner_id, seq, link, salt, sender, type, content, status, version, created_at, content_hash, hash
FROM linked
"""
_VIEWS = f"""
CREATE SCHEMA {PEER_SCHEMA};
CREATE VIEW {PEER_SCHEMA}.users AS
    SELECT id, email, password_hash, name, role, is_active, last_login_at FROM accounts;
CREATE VIEW {PEER_SCHEMA}.account_sessions AS SELECT * FROM account_sessions;
CREATE VIEW {PEER_SCHEMA}.chat_sessions AS SELECT * FROM chat_sessions;
CREATE VIEW {PEER_SCHEMA}.messages AS SELECT * FROM messages;
CREATE VIEW {PEER_SCHEMA}.realtime_rooms AS SELECT * FROM realtime_rooms;
CREATE VIEW {PEER_SCHEMA}.realtime_events AS SELECT * FROM realtime_events;
"""


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat session and the account it belongs to."""

    id: uuid.UUID
    owner_id: int


def texts(seed: int = SEED) -> list[str]:
    """Generate the texts of messages: one or two sentences of about a hundred characters each."""
    rng = random.Random(seed + 2)
    return [" ".join(sentence(rng) for _ in range(rng.randrange(1, 3))) for _ in range(_TEXTS)]


def chats(seed: int = SEED) -> list[Chat]:
    """Generate SESSIONS_EACH sessions of every user; the users' ids begin at 1."""
    rng = random.Random(seed + 3)
    return [
        Chat(uuid.UUID(int=rng.getrandbits(128), version=4), number % USERS + 1)
        for number in range(USERS * SESSIONS_EACH)
    ]


async def load_dealroom(connection: asyncpg.Connection) -> None:
    """Fill the migrated, empty `dealroom` tables, and create the peer's views beside them."""
    await connection.execute("SET timezone = 'UTC'")  # digests have times
    rng = random.Random(SEED + 4)
    names = [f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}" for _ in range(USERS)]
    people = [
        (number, f"owner-{number}@bench.example", name, "user", _NO_PASSWORD)
        for number, name in enumerate(names, start=1)
    ]
    await connection.copy_records_to_table(
        "accounts", columns=["id", "email", "name", "role", "password_hash"], records=people
    )
    await connection.copy_records_to_table(
        "profiles",
        columns=["account_id", "username"],
        records=[(number, f"owner-{number}") for number in range(1, USERS + 1)],
    )
    said = texts()
    found = chats()
    await connection.copy_records_to_table(
        "chat_sessions",
        columns=["id", "owner_id", "title"],
        records=[(chat.id, chat.owner_id, capital(rng.choice(said)[:50])) for chat in found],
    )
    await connection.execute(
        "CREATE TEMPORARY TABLE bench_turns (turn integer, session_id uuid, sender text, content text)"
    )
    await connection.copy_records_to_table(
        "bench_turns",
        records=[
            (turn, chat.id, _SENDERS[turn % 2], rng.choice(said)) for turn in range(TURNS) for chat in found
        ],
    )
    await connection.execute("CREATE INDEX ON bench_turns (turn); ANALYZE bench_turns")
    for turn in range(TURNS):
        await connection.execute(_SAY, turn)
    await connection.execute("SELECT setval(pg_get_serial_sequence('accounts', 'id'), max(id)) FROM accounts")
    await connection.execute(_VIEWS)
    for table in ("accounts", "chat_sessions", "messages"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
