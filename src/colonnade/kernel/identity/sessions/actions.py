"""Ending sessions: their tokens are refused from the commit on, and their sockets close."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.sessions import queries
from colonnade.kernel.identity.sessions.schemas import AccountEnded, EndReason, SessionEnded

__all__ = ["end_account_sessions", "end_own_session", "end_session", "sign_out"]


async def end_session(
    tx: Transaction, session_id: UUID, reason: EndReason, *, origin: Origin | None = None
) -> bool:
    """End one session: its tokens are refused from the commit on, and its sockets close.

    Return False if it had ended already.
    """
    if not await queries.revoke_session(tx, session_id, reason):
        return False
    await _ended(tx, session_id, reason, origin)
    return True


async def end_own_session(
    tx: Transaction, caller: Principal, session_id: UUID, *, origin: Origin | None = None
) -> None:
    """End one of the caller's sessions. Raise NotFound if it is not the caller's or has ended."""
    if not await queries.revoke_session(tx, session_id, "revoked", account_id=caller.id):
        raise NotFound("There is no such session.")
    await _ended(tx, session_id, "revoked", origin)


async def end_account_sessions(
    tx: Transaction,
    account_id: int,
    reason: EndReason = "role-changed",
    *,
    keep: UUID | None = None,
    origin: Origin | None = None,
) -> int:
    """End every session of an account but `keep`, and after the commit its sockets; return how many ended."""
    ended = await queries.revoke_account_sessions(tx, account_id, reason, keep=keep)
    if ended:
        await record(
            tx,
            action="session.ended",
            target=("account", account_id),
            after={"reason": reason, "sessions": ended},
            origin=origin,
        )
    if keep is None:
        # Also without a session: the sockets of its API keys have to close, too.
        tx.after_commit(AccountEnded(account_id))
    else:
        for session_id in ended:
            tx.after_commit(SessionEnded(session_id))
    return len(ended)


async def sign_out(tx: Transaction, caller: Principal, *, origin: Origin | None = None) -> None:
    """End the caller's session; its tokens are refused from the commit on."""
    await end_session(tx, caller.session_id, "logout", origin=origin)


async def _ended(tx: Transaction, session_id: UUID, reason: EndReason, origin: Origin | None) -> None:
    await record(
        tx,
        action="session.ended",
        target=("session", session_id),
        after={"reason": reason},
        origin=origin,
    )
    tx.after_commit(SessionEnded(session_id))
