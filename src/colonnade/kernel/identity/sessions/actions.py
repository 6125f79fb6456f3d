"""Beginning and ending sessions. `open_session` is the one way to begin one, whatever proved who it is."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Record, Transaction
from colonnade.kernel.identity.schemas import InvalidCredentials
from colonnade.kernel.identity.sessions import queries
from colonnade.kernel.identity.sessions.devices import device_label
from colonnade.kernel.identity.sessions.schemas import AccountEnded, EndReason, Issued, Origin, SessionEnded
from colonnade.kernel.identity.sessions.tokens import hash_token, new_token
from colonnade.kernel.observe import current_request

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = [
    "Place",
    "as_inet",
    "end_account_sessions",
    "end_own_session",
    "end_session",
    "issue_tokens",
    "open_session",
    "sign_out",
]


class Place(msgspec.Struct):
    """An Origin without a request."""

    address: str
    request_id: str


async def open_session(
    tx: Transaction,
    services: IdentityServices,
    account_id: int,
    *,
    address: str,
    user_agent: str | None,
    methods: Sequence[str],
) -> Issued:
    """Begin a session of an account that has just proved who it is.

    `methods` names how (`password`, `totp`, `passkey`, `oidc`, `code`). The session and its tokens are always
    new: nothing that the client sends becomes part of them. Raises InvalidCredentials for an account that is
    not active at this moment.
    """
    settings = services.settings
    token, device = new_token(), device_label(user_agent)
    row = await queries.insert_session(
        tx,
        account_id,
        idle=timedelta(seconds=settings.refresh_token_ttl_seconds),
        absolute=timedelta(seconds=settings.session_ttl_seconds),
        address=as_inet(address),
        user_agent=user_agent,
        device=device,
        methods=list(methods),
        token_hash=hash_token(token),
    )
    if row is None:
        raise InvalidCredentials
    await record(
        tx,
        action="session.opened",
        actor=Principal(account_id, row["role"], "", "", frozenset(), row["id"]),
        target=("session", row["id"]),
        after={"device": device, "methods": methods},
        exchange=Place(address, current_request() or ""),
    )
    return issue_tokens(services, row["id"], account_id, row, token)


def issue_tokens(
    services: IdentityServices, session_id: UUID, account_id: int, row: Record, refresh_token: str
) -> Issued:
    """An access token of the session beside its refresh token; `row` has role and seconds_left."""
    seconds_left: int = row["seconds_left"]
    expires_in = max(1, min(services.settings.access_token_ttl_seconds, seconds_left))
    access_token = services.tokens.issue(
        "access",
        str(account_id),
        timedelta(seconds=expires_in),
        {"sid": str(session_id), "role": row["role"]},
    )
    return Issued(
        session_id=session_id,
        account_id=account_id,
        access_token=access_token,
        expires_in=expires_in,
        refresh_token=refresh_token,
        refresh_expires_in=seconds_left,
    )


async def end_session(
    tx: Transaction, session_id: UUID, reason: EndReason, *, origin: Origin | None = None
) -> bool:
    """End one session: its tokens are refused from the commit on, its sockets close after it.

    False when it had ended already.
    """
    if not await queries.revoke_session(tx, session_id, reason):
        return False
    await _ended(tx, session_id, reason, origin)
    return True


async def end_own_session(
    tx: Transaction, caller: Principal, session_id: UUID, *, origin: Origin | None = None
) -> None:
    """End one of the caller's sessions; raises NotFound for anybody else's and for one that has ended."""
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
    """End every session of an account (but `keep`), and its sockets after the commit; gives how many ended."""
    ended = await queries.revoke_account_sessions(tx, account_id, reason, keep=keep)
    if ended:
        await record(
            tx,
            action="session.ended",
            target=("account", account_id),
            after={"reason": reason, "sessions": ended},
            exchange=origin,
        )
    if keep is None:
        # Also without a session: the sockets of API keys are the account's as well.
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
        exchange=origin,
    )
    tx.after_commit(SessionEnded(session_id))


def as_inet(address: str) -> str | None:
    """An address as PostgreSQL's inet takes it; None for what is none."""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return None
