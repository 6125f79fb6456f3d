"""Finds the guest of a token. A guest is no account: its token is never accepted as an access token, nor vice versa."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.db import Executor
from colonnade.kernel.identity import Tokens
from colonnade.products.radio.livechat.queries import guests as guest_queries
from colonnade.products.radio.livechat.schemas import SessionBlocked, SessionEnded

__all__ = ["TOKEN_KIND", "Guest", "fetch_guest", "find_guest"]

TOKEN_KIND = "guest"  # noqa: S105 - the kind of a token, not a token


class Guest(Struct, frozen=True):
    """A listener with a live, unblocked chat session, as of its look-up.

    `address` is the bucket of the address that opened the session.
    """

    session_id: UUID
    name: str
    address: str
    device: str | None = None


async def fetch_guest(db: Executor, tokens: Tokens, token: str) -> Guest:
    """Return the guest of a token. Raise Unauthorized, SessionEnded or SessionBlocked."""
    claims = tokens.verify(TOKEN_KIND, token)
    try:
        session_id = UUID(claims["sub"])
    except ValueError:
        raise Unauthorized("The token is not valid or has expired.") from None
    row = await guest_queries.find_guest(db, session_id)
    if row is None or not row["is_live"]:
        raise SessionEnded
    if row["blocked_until"] is not None:
        raise SessionBlocked(details={"until": row["blocked_until"].isoformat(), "blocked": "session"})
    return Guest(session_id, row["name"], row["address"] or str(session_id), row["device"])


async def find_guest(db: Executor, tokens: Tokens, *candidates: str | None) -> Guest | None:
    """Return the guest of the first given token (header, then body), or None. Raise as `fetch_guest`."""
    for token in candidates:
        if token:
            return await fetch_guest(db, tokens, token)
    return None
