"""The check of a session's record, in one snapshot: each row as it was written or last revised, and each link."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.core import now
from colonnade.kernel.db import Executor
from colonnade.products.dealroom.messages.queries.digests import link_of, message_digest, revision_digest
from colonnade.products.dealroom.messages.queries.revising import before_digest
from colonnade.products.dealroom.messages.schemas import Integrity
from colonnade.products.dealroom.sessions.schemas import SessionNotFound

__all__ = ["verify_session"]

# A message's row has the digest of its last revision, or that of what was written; a revision has its former values,
# unless they have words and the message was deleted. `broken_at`: the message, by number, of the first broken link.
_VERIFY = f"""
WITH said AS MATERIALIZED (
    SELECT m.id, m.seq, m.link, m.salt, m.deleted_at, m.content_hash, m.hash, {message_digest("m")} AS digest
    FROM messages m WHERE m.session_id = $1
), revised AS MATERIALIZED (
    SELECT r.message_id, r.link, r.words, r.before, r.before_hash, r.content_hash, r.hash, m.seq, m.salt, m.deleted_at,
        {revision_digest("r")} AS digest, lead(r.link) OVER (PARTITION BY r.message_id ORDER BY r.link) IS NULL AS last
    FROM message_revisions r LEFT JOIN said m ON m.id = r.message_id WHERE r.session_id = $1
), links AS (
    SELECT m.link, m.seq, m.hash, m.content_hash AS digest,
        m.digest = coalesce(r.content_hash, m.content_hash) AS sound
    FROM said m LEFT JOIN revised r ON r.message_id = m.id AND r.last
    UNION ALL
    SELECT link, seq, hash, digest, seq IS NOT NULL AND CASE
        WHEN before IS NULL THEN words AND deleted_at IS NOT NULL
        ELSE NOT (words AND deleted_at IS NOT NULL) AND before_hash = {before_digest("before", "words", "salt")} END
    FROM revised
), chain AS (
    SELECT *, lag(hash, 1, ''::bytea) OVER (ORDER BY link) AS hash_before
    FROM links
), numbers AS (
    SELECT count(*) AS count, count(DISTINCT seq) AS numbers, min(seq) AS first_seq, coalesce(max(seq), 0) AS max_seq,
        count(*) FILTER (WHERE out_of_order) AS out_of_order
    FROM (SELECT seq, lag(id) OVER (ORDER BY seq) > id AS out_of_order FROM said) s
), found AS (
    SELECT count(*) AS links, count(*) FILTER (WHERE NOT ok) AS broken, min(seq) FILTER (WHERE NOT ok) AS broken_at
    FROM (SELECT seq, sound AND hash = {link_of("hash_before", "link", "digest")} AS ok FROM chain) c
)
SELECT s.last_seq, s.chain_head, n.*, f.broken, f.broken_at, f.links - n.count AS revisions,
    s.links = f.links AND s.last_seq = n.max_seq AND s.chain_head = coalesce(
        (SELECT hash FROM links ORDER BY link DESC LIMIT 1), ''::bytea) AS ends_well
FROM chat_sessions s, numbers n, found f WHERE s.id = $1 AND s.owner_id = $2
"""


async def verify_session(db: Executor, owner_id: int, session_id: UUID) -> Integrity:
    """Verify the numbers and the chain of a session's messages and revisions. Raise SessionNotFound."""
    row = await db.fetch_row(_VERIFY, session_id, owner_id)
    if row is None:
        raise SessionNotFound
    gaps = max(row["last_seq"], row["max_seq"]) - row["numbers"]
    duplicates = row["count"] - row["numbers"]
    broken_at = row["broken_at"]
    if broken_at is None and (row["broken"] or not row["ends_well"]):
        broken_at = row["last_seq"]
    return Integrity(
        session_id=session_id,
        intact=not gaps and not duplicates and not row["out_of_order"] and broken_at is None,
        count=row["count"],
        revisions=row["revisions"],
        first_seq=row["first_seq"],
        last_seq=row["last_seq"],
        gaps=gaps,
        duplicates=duplicates,
        out_of_order=row["out_of_order"],
        broken_at=broken_at,
        chain_head=row["chain_head"].hex(),
        checked_at=now(),
    )
