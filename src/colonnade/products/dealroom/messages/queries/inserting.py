"""The statement that writes a new message: its number, chain, title and row, and its event in the session's room.

The event's JSON is that of `Message`, which has one shape, in Python: the message is drafted there, and what PostgreSQL
decides (number, id, status, time, address of the file) is put in on both sides. Tests compare them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, structs

from colonnade.kernel.db import Executor, Transaction, json_time
from colonnade.kernel.realtime import appending
from colonnade.products.dealroom.messages.queries import COLUMNS, MEDIA_URL, message_of
from colonnade.products.dealroom.messages.queries.digests import link_of, new_message_digest
from colonnade.products.dealroom.messages.schemas import MESSAGE_CREATED, SILENT_KINDS, Draft, Message
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = [
    "Inserted",
    "find_repeated",
    "find_session_state",
    "insert_message",
    "lock_numbers",
]

_LOGGED = f"""jsonb_build_object('message', $22::jsonb || jsonb_build_object(
        'id', m.id, 'seq', m.seq, 'mediaUrl', {MEDIA_URL}, 'status', m.status,
        'createdAt', {json_time("m.created_at")}) || CASE WHEN m.late THEN '{{"late": true}}' ELSE '{{}}'::jsonb END)"""
_LATE = "interval '2 minutes'"
"""A message that came so much later than it was written says so; so does one that came after a later one."""
_NAMES = """id, session_id, owner_id, seq, link, salt, sender, sender_name, phone, phone_typed, type, content,
    media_url, media_key, media_mimetype, media_name, media_size_bytes, reply_to_id, client_message_id, fingerprint,
    channel_id, provider_message_id, status, version, created_at, language"""
_NAMES_OF_CHANNEL = f"{_NAMES}, kind, data, provider_time, late, media_state"
_OWN_LANGUAGE = "(SELECT v.language FROM vendors v WHERE v.session_id = $1)"
_ROW = f"""nextval('messages_id_seq') AS id, $1::uuid AS session_id, $2::integer AS owner_id, last_seq + 1 AS seq,
        links + 1 AS link, gen_random_uuid() AS salt, $3::text AS sender, $4::text AS sender_name, $5::text AS phone,
        $6::text AS phone_typed, $7::text AS type, $8::text AS content, $9::text AS media_url, $10::text AS media_key,
        $11::text AS media_mimetype, $12::text AS media_name, $13::bigint AS media_size_bytes,
        $14::bigint AS reply_to_id, $15::text AS client_message_id, $16::bytea AS fingerprint,
        coalesce(receiver.channel_id, $17::integer) AS channel_id, $18::text AS provider_message_id,
        CASE WHEN receiver.id IS NULL THEN $19::text ELSE 'pending' END AS status, 1 AS version,
        coalesce($24::timestamptz, clock_timestamp()) AS created_at, {_OWN_LANGUAGE} AS language"""
_ROW_OF_CHANNEL = (
    _ROW.replace(
        _OWN_LANGUAGE,
        f"""coalesce({_OWN_LANGUAGE}, (
            SELECT coalesce(v.language, h.language) FROM channel_contacts b JOIN channels h ON h.id = b.channel_id
            LEFT JOIN vendors v ON v.channel_id = h.id WHERE b.session_id = $1))""",
    )
    + f""", $26::text AS kind,
        $27::jsonb AS data, $28::timestamptz AS provider_time, CASE WHEN $28::timestamptz < s.provider_time
            OR $28::timestamptz < clock_timestamp() - {_LATE} THEN true END AS late, $29::text AS media_state"""
)
_UNDECIDED = datetime(1970, 1, 1, tzinfo=UTC)


class Inserted(Struct, frozen=True):
    """A message that was written, and `room_seq`, the number of its event.

    `active` and `human`: whether its session is active, and whether a human handles it. `contact_id` is the channel's
    contact for whom the message is pending. `returned`: the session was archived, and is so no more. `holds`: it had
    held answers.
    """

    message: Message
    room_seq: int
    active: bool
    human: bool
    contact_id: int | None
    returned: bool
    holds: bool


_RETURNS = "archived AND $3 = 'customer' AND $25::boolean"


# Locks the session, draws the message's number, id and time (which so have the order of the commits), digests the whole
# row as it is to be, extends the chain and writes it: readers see all or nothing. The row lock lasts until the commit.
# Duplicates are searched for in the statement's own snapshot: lock before (`lock_numbers`) or, at once, expect a
# unique violation. `w` has the columns of `messages` (those that are null may be left out), since its digest is the
# row's.
def _insertion(row: str, names: str, digest: str, moving: str, writable: str, silent: str, lock: str) -> str:
    """Return the statement that writes `row` and also does `moving` to the session, if it is `writable`.

    What is `silent` leaves it as it is who waits and who has the session in hand.
    """
    human_until = f"""CASE WHEN $3 = 'human' AND NOT {silent} THEN greatest(human_until, now() + $21::interval)
            ELSE human_until END"""
    return f"""
WITH receiver AS (
    SELECT id, channel_id FROM channel_contacts
    WHERE session_id = $1 AND $3 IN ('human', 'assistant') AND $18::text IS NULL
), s AS MATERIALIZED (
    SELECT last_seq, links, chain_head, status, provider_time, {_RETURNS} AS returned,
        coalesce({human_until} > now(), false) AS human, held_answers > 0 AS holds
    FROM chat_sessions s
    WHERE s.id = $1 AND s.owner_id = $2 AND s.status <> 'closed'
        AND ($14::bigint IS NULL OR EXISTS (SELECT FROM messages r WHERE r.session_id = $1 AND r.id = $14))
        AND ($15::text IS NULL
             OR NOT EXISTS (SELECT FROM messages d WHERE d.session_id = $1 AND d.client_message_id = $15))
        AND ($18::text IS NULL
             OR NOT EXISTS (SELECT FROM messages d WHERE d.channel_id = $17 AND d.provider_message_id = $18))
        AND {writable}
    FOR {lock}
), w AS MATERIALIZED (
    SELECT {row}
    FROM s LEFT JOIN receiver ON true
), digested AS MATERIALIZED (
    SELECT {digest} AS content_hash FROM w
), linked AS MATERIALIZED (
    SELECT content_hash, {link_of("s.chain_head", "w.link", "content_hash")} AS hash FROM digested, s, w
), moved AS (
    UPDATE chat_sessions c SET
        last_seq = w.seq,
        links = w.link,
        chain_head = linked.hash,
        read_seq = CASE WHEN $3 = 'human' THEN w.seq ELSE read_seq END,
        human_until = {human_until},
        waiting_since = CASE WHEN $3 = 'system' OR {silent} THEN waiting_since
            WHEN $3 = 'customer' THEN coalesce(waiting_since, w.created_at) END,
        active_at = clock_timestamp(){moving}
    FROM s, w, linked WHERE c.id = w.session_id
), m AS (
    INSERT INTO messages ({names}, content_hash, hash) SELECT {names}, content_hash, hash
    FROM w, linked RETURNING *
), {appending("m", room="$23::text", event=f"'{MESSAGE_CREATED.name}'", data=_LOGGED)}
SELECT m.id, m.seq, {MEDIA_URL}, m.status, m.created_at, room_logged.seq, s.status = 'active', s.human, receiver.id,
    m.late, s.returned, s.holds
FROM m JOIN room_logged ON true JOIN s ON true LEFT JOIN receiver ON true
"""


_INSERT = _insertion(
    _ROW_OF_CHANNEL,
    _NAMES_OF_CHANNEL,
    new_message_digest("w", plain="w.data IS NULL"),
    """, title = coalesce(title, $20), provider_time = greatest(c.provider_time, w.provider_time),
        archived = c.archived AND NOT s.returned, version = c.version + s.returned::integer""",
    "true",
    "$30::boolean",
    "NO KEY UPDATE",  # it is locked before, by `lock_numbers`
)
# The same for most messages, which have nothing of a channel. To set a title takes as long as the rest of the update,
# since what is found by it is made anew.
_INSERT_AT_ONCE = _insertion(
    _ROW,
    _NAMES,
    new_message_digest("w"),
    "",
    f"(title IS NOT NULL OR $20::text IS NULL) AND held_answers = 0 AND NOT ({_RETURNS})"
    " AND NOT EXISTS (SELECT FROM channel_contacts c WHERE c.session_id = $1)",
    "false",
    # Locked against those who refer to the session as well: with them, the next of the messages that meet would hold
    # the row of before, from which this statement changes it, and wait for this one.
    "UPDATE",
)


async def lock_numbers(tx: Transaction, owner_id: int, session_id: UUID) -> None:
    """Lock the session's next number before a message is inserted: those of earlier transactions are visible then."""
    await tx.execute(
        "SELECT FROM chat_sessions WHERE id = $1 AND owner_id = $2 FOR NO KEY UPDATE", session_id, owner_id
    )


async def insert_message(
    tx: Executor,
    owner_id: int,
    draft: Draft,
    *,
    title: str | None,
    lease: timedelta,
    at_once: bool = False,
    unarchive: bool = True,
) -> Inserted | None:
    """Insert a message and log its event (MESSAGE_CREATED); return None if nothing was written.

    Nothing is written if the session is closed or not the owner's, if the message it replies to is missing, if its
    client's or provider's id is in use or, `at_once`, if the session is one of a channel's contact, has no title yet or
    comes back from the archive. A customer's message brings it back, with `unarchive`.
    """
    drafted = _message_of(draft)
    silent = draft.notice or draft.kind in SILENT_KINDS
    row = await tx.fetch_row(
        _INSERT_AT_ONCE if at_once else _INSERT,
        *_written(owner_id, draft, drafted),
        title,
        lease,
        drafted,
        session_room(draft.session_id),
        draft.written_at,
        unarchive,
        *(() if at_once else (draft.kind, draft.data, draft.provider_time, draft.media_state, silent)),
    )
    if row is None:
        return None
    id, seq, media_url, status, created_at, room_seq, active, human, contact_id, late, returned, holds = row
    message = structs.replace(
        drafted, id=id, seq=seq, media_url=media_url, status=status, created_at=created_at, late=late or UNSET
    )
    return Inserted(message, room_seq, active, human, contact_id, returned, holds)


def _written(owner_id: int, draft: Draft, drafted: Message) -> tuple[Any, ...]:
    """Return what the statements insert as it is, in the order of their first parameters."""
    return (
        draft.session_id,
        owner_id,
        draft.sender,
        draft.sender_name,
        draft.phone,
        draft.phone_typed,
        draft.type,
        draft.content,
        draft.media_url,
        draft.media.key if draft.media else None,
        drafted.media_mime_type,
        drafted.file_name,
        drafted.file_size_bytes,
        draft.reply_to_id,
        draft.client_message_id,
        draft.fingerprint,
        draft.channel_id,
        draft.provider_message_id,
        draft.status,
    )


def _message_of(draft: Draft) -> Message:
    """Return the draft as a message, without what PostgreSQL decides."""
    media = draft.media
    return Message(
        id=0,
        session_id=draft.session_id,
        seq=0,
        sender=draft.sender,
        sender_name=draft.sender_name,
        phone_number=draft.phone,
        phone_number_typed=draft.phone_typed,
        type=draft.type,
        content=draft.content,
        media_url=draft.media_url,
        media_mime_type=media.mimetype if media else None,
        file_name=media.name if media else None,
        file_size_bytes=media.size_bytes if media else None,
        reply_to_id=draft.reply_to_id,
        client_message_id=draft.client_message_id,
        provider_message_id=draft.provider_message_id,
        status=draft.status,
        version=1,
        created_at=_UNDECIDED,
        edited_at=None,
        deleted_at=None,
        kind=draft.kind or UNSET,
        data=draft.data or UNSET,
        provider_time=draft.provider_time or UNSET,
        media_state=draft.media_state or UNSET,
    )


async def find_session_state(db: Executor, owner_id: int, session_id: UUID) -> str:
    """Find the status of one of the owner's sessions. Raise SessionNotFound if there is none."""
    sql = "SELECT status FROM chat_sessions WHERE id = $1 AND owner_id = $2"
    status: str | None = await db.fetch_value(sql, session_id, owner_id)
    if status is None:
        raise SessionNotFound
    return status


async def find_repeated(db: Executor, draft: Draft) -> tuple[Message, bytes | None] | None:
    """Find the message that has the draft's client's or provider's id already, and its fingerprint."""
    row = await db.fetch_row(
        f"""
        SELECT {COLUMNS}, m.fingerprint FROM messages m
        WHERE (m.session_id = $1 AND m.client_message_id = $2)
           OR (m.channel_id = $3 AND m.provider_message_id = $4)
        """,
        draft.session_id,
        draft.client_message_id,
        draft.channel_id,
        draft.provider_message_id,
    )
    return (message_of(row), row["fingerprint"]) if row else None
