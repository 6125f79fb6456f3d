"""The one way to change a stored message: its row and the revision that says who changed what, when.

A change by any other statement is found by the check of the record (`verifying`), also after later changes by this one:
a revision of a row that was not sound before has a digest that no row has. The session is locked before its message,
everywhere: a change takes the session's next link, as a new message does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import uuid4

from colonnade.kernel.access import Principal
from colonnade.kernel.db import NOW, Transaction, assignments
from colonnade.products.dealroom.messages.queries import COLUMNS, message_of
from colonnade.products.dealroom.messages.queries.digests import link_of, message_digest, revision_digest
from colonnade.products.dealroom.messages.schemas import Message, MessageError, MessageStatus, RevisionKind

__all__ = [
    "ERASED",
    "advance_status",
    "before_digest",
    "end_pending",
    "erase_message",
    "is_being_sent",
    "is_of_template",
    "note_late_failure",
    "revise_message",
    "send_again",
]

ERASED: Final = ("content", "data", "media_url", "media_key", "media_name", "media_state", "media_error")
"""The columns with words, which a tombstone has no more; a later one of that kind belongs here."""

_NO_FINGERPRINT = bytes(32)
_BROKEN: Final = "sha256(''::bytea)"
"""SQL for the digest in a revision of a row that was tampered with before: no row has it, nor has a later revision."""

_LOCK_SESSIONS: Final = """
SELECT FROM chat_sessions WHERE id IN (SELECT session_id FROM messages WHERE id = ANY ($1::bigint[]))
ORDER BY id FOR NO KEY UPDATE
"""

_PASSED_OVER = "salt,fingerprint,version,link,search,content_hash,hash"
"""Columns that a revision does not list among the former values: bookkeeping of the row itself."""

_STEPS: Final[Mapping[MessageStatus, tuple[MessageStatus, ...]]] = {
    "recorded": (),
    "pending": (),
    "unknown": ("pending",),
    "sent": ("recorded", "pending", "unknown"),
    "delivered": ("recorded", "pending", "unknown", "sent"),
    "read": ("recorded", "pending", "unknown", "sent", "delivered"),
    "failed": ("recorded", "pending", "unknown", "sent"),
}
"""Each delivery status, and those before it from which a message moves forward to it."""

_FORWARD = {status: f"m.status = ANY ('{{{','.join(steps)}}}')" for status, steps in _STEPS.items()}
_ARRIVED: Final[frozenset[MessageStatus]] = frozenset({"delivered", "read"})
"""What arrived has not failed, whatever was said before."""


def _revision(changes: str, only_if: str) -> str:
    """Return the statement that changes messages, one of a session at most, and chains the revision of each."""
    return f"""
    WITH s AS MATERIALIZED (
        SELECT id, links + 1 AS link, chain_head FROM chat_sessions
        WHERE id IN (SELECT session_id FROM messages WHERE id = ANY ($1::bigint[]))
    ), former AS MATERIALIZED (
        SELECT m.* FROM s JOIN messages m ON m.session_id = s.id WHERE m.id = ANY ($1::bigint[]) AND ({only_if})
        FOR NO KEY UPDATE OF m
    ), sound AS MATERIALIZED (
        SELECT id, {message_digest("former")} = coalesce((
            SELECT content_hash FROM message_revisions WHERE message_id = former.id ORDER BY link DESC LIMIT 1
        ), former.content_hash) AS sound FROM former
    ), m AS (
        UPDATE messages m SET {changes} version = m.version + 1 FROM former WHERE m.id = former.id RETURNING m.*
    ), changed AS MATERIALIZED (
        SELECT m.session_id, m.id AS message_id, m.version, former.salt,
            CASE WHEN sound THEN {message_digest("m")} ELSE {_BROKEN} END AS content_hash, (
            SELECT coalesce(jsonb_object_agg(f.key, f.value), '{{}}')
            FROM jsonb_each(to_jsonb(former)) f JOIN jsonb_each(to_jsonb(m)) n ON n.key = f.key
            WHERE n.value <> f.value AND f.key <> ALL ('{{{_PASSED_OVER}}}')
        ) AS before
        FROM m JOIN former ON former.id = m.id JOIN sound ON sound.id = m.id
    ), r AS MATERIALIZED (
        SELECT session_id, s.link, message_id, version, $2::text AS kind, $3::text AS actor,
            clock_timestamp() AS at, before ?| $4::text[] AS words, before, content_hash,
            {before_digest("before", "before ?| $4::text[]", "salt")} AS before_hash
        FROM changed JOIN s ON s.id = session_id
    ), linked AS MATERIALIZED (
        SELECT r.*, {link_of("s.chain_head", "r.link", revision_digest("r"))} AS hash
        FROM r JOIN s ON s.id = r.session_id
    ), revision AS (
        INSERT INTO message_revisions (session_id, link, message_id, version, kind, actor, at, words, before,
            before_hash, content_hash, hash)
        SELECT session_id, link, message_id, version, kind, actor, at, words, before, before_hash, content_hash,
            hash
        FROM linked
    ), moved AS (
        UPDATE chat_sessions c SET links = linked.link, chain_head = linked.hash
        FROM linked WHERE c.id = linked.session_id
    )
    SELECT {COLUMNS} FROM m
    """


async def revise_message(
    tx: Transaction,
    message_id: int,
    values: Mapping[str, Any],
    *,
    kind: RevisionKind,
    by: Principal | str | Literal["caller"] = "caller",
    only_if: str = "true",
) -> Message | None:
    """Write `values` (by column) into a message, increase its version and chain a revision; return it as it is now.

    `by` is an account, or the name of a part of the system (`webhook:whatsapp`, `job:channels.send`); by default it is
    the caller for whom the transaction was opened. None, and nothing is written, if there is no such message or
    `only_if`, constant SQL about the row `m`, does not hold. Locks the session, then the message: whoever locks the
    message before must have locked its session first (`FOR NO KEY UPDATE OF s, m`).
    """
    revised = await _revise(tx, [message_id], values, kind=kind, by=by, only_if=only_if)
    return revised[0] if revised else None


async def _revise(
    tx: Transaction,
    message_ids: Sequence[int],
    values: Mapping[str, Any],
    *,
    kind: RevisionKind,
    by: Principal | str | Literal["caller"],
    only_if: str,
) -> list[Message]:
    changes, args = assignments(values, first=5)
    # A statement of its own: the next one must see the revisions of whoever had the lock.
    await tx.execute(_LOCK_SESSIONS, message_ids)
    rows = await tx.fetch(_revision(changes, only_if), message_ids, kind, _actor(tx, by), list(ERASED), *args)
    return [message_of(row) for row in rows]


async def advance_status(
    tx: Transaction,
    message_id: int,
    status: MessageStatus,
    *,
    by: Principal | str | Literal["caller"] = "caller",
    error: MessageError | None = None,
    provider_message_id: str | None = None,
    told: bool = False,
) -> Message | None:
    """Move a message's delivery status forward; return None if that would not be forward.

    `error` says why it failed or is unknown. `provider_message_id` is written if given. `told`: the provider says so,
    whose statuses come in any order: what it has delivered has not failed, though it said that before.
    """
    values: dict[str, Any] = {
        "status": status,
        "error_code": error.code if error else None,
        "error_reason": error.reason if error else None,
    }
    if provider_message_id is not None:
        values["provider_message_id"] = provider_message_id
    kind: RevisionKind = "sent" if status == "sent" else "status"
    forward = (
        f"({_FORWARD[status]} OR m.status = 'failed')" if told and status in _ARRIVED else _FORWARD[status]
    )
    return await revise_message(tx, message_id, values, kind=kind, by=by, only_if=forward)


async def note_late_failure(
    tx: Transaction, message_id: int, error: MessageError, *, by: Principal | str
) -> Message | None:
    """Note on a message that has arrived what the provider said of it later; its status stays, as what is certain.

    Return None if it has not arrived, or the like was said before.
    """
    values = {"error_code": error.code, "error_reason": error.reason}
    arrived = f"m.status = ANY ('{{{','.join(sorted(_ARRIVED))}}}') AND m.error_code IS NULL"
    return await revise_message(tx, message_id, values, kind="status", by=by, only_if=arrived)


async def end_pending(
    tx: Transaction,
    message_ids: Sequence[int],
    status: Literal["failed", "unknown"],
    *,
    by: Principal | str,
    error: MessageError,
) -> list[Message]:
    """Do what `advance_status` does to pending messages, one of a session at most; return those that were pending."""
    values = {"status": status, "error_code": error.code, "error_reason": error.reason}
    return await _revise(tx, message_ids, values, kind="status", by=by, only_if="m.status = 'pending'")


async def send_again(tx: Transaction, message_id: int, resends: int) -> Message | None:
    """Make a message that failed, or is unknown, pending, for the `resends`th time; return None if it is neither."""
    values = {
        "status": "pending",
        "error_code": None,
        "error_reason": None,
        "provider_message_id": None,
        "resends": resends,
    }
    return await revise_message(
        tx,
        message_id,
        values,
        kind="resent",
        only_if="m.status IN ('failed', 'unknown') AND m.deleted_at IS NULL",
    )


async def is_being_sent(tx: Transaction, message: Message) -> bool:
    """Return whether a run is sending to the message's contact; until the transaction ends, none begins."""
    sending: bool | None = await tx.fetch_value(
        """
        SELECT coalesce(run IS NOT NULL AND busy_until > now(), false)
        FROM channel_contacts WHERE session_id = $1 FOR NO KEY UPDATE
        """,
        message.session_id,
    )
    return bool(sending)


async def is_of_template(tx: Transaction, message_id: int) -> bool:
    """Return whether a message is sent by a template, which has its words."""
    found: bool = await tx.fetch_value(
        "SELECT EXISTS (SELECT FROM template_messages WHERE message_id = $1)", message_id
    )
    return found


async def erase_message(
    tx: Transaction, message: Message, *, by: Principal | str | Literal["caller"] = "caller"
) -> Message | None:
    """Turn a message into a tombstone: erase its words, here and in its revisions, and what they could be guessed from.

    The digests of the erased words stay in the chain; the salt that they were made with does not.
    """
    values = dict.fromkeys(ERASED) | {"salt": uuid4(), "deleted_at": NOW}
    if message.client_message_id is not None:
        values["fingerprint"] = _NO_FINGERPRINT
    erased = await revise_message(
        tx, message.id, values, kind="deleted", by=by, only_if="m.deleted_at IS NULL"
    )
    await tx.execute("UPDATE message_revisions SET before = NULL WHERE message_id = $1 AND words", message.id)
    await tx.execute("DELETE FROM template_messages WHERE message_id = $1", message.id)
    return erased


def before_digest(before: str, words: str, salt: str) -> str:
    """Return SQL for the digest of a revision's former values, salted if there are words among them."""
    return f"sha256(convert_to(CASE WHEN {words} THEN {salt}::text ELSE '' END || {before}::text, 'UTF8'))"


def _actor(tx: Transaction, by: Principal | str) -> str:
    who = tx.caller if by == "caller" else by
    if isinstance(who, str):
        return who
    if who is None:
        raise ValueError("a revision needs an actor: name one where the transaction has no caller")
    return f"account:{who.id}"
