"""Signing in and out: a login makes a session row and an access token that names it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.core import Event, Unauthorized, now
from colonnade.kernel.db import Database, Executor, Transaction
from colonnade.kernel.identity import queries
from colonnade.kernel.identity.passwords import PasswordHasher
from colonnade.kernel.identity.schemas import Account, InvalidCredentials
from colonnade.kernel.identity.tokens import Tokens
from colonnade.kernel.limits import LoginGuard

__all__ = [
    "AccountEnded",
    "Authenticator",
    "SessionEnded",
    "SignedIn",
    "end_account_sessions",
    "session_is_live",
    "sign_in",
    "sign_out",
]

VERIFIED_TOKENS_KEPT = 4_096


class SessionEnded(Event, frozen=True):
    """One session was revoked: its sockets must close."""

    session_id: UUID


class AccountEnded(Event, frozen=True):
    """An account lost its sessions (deactivated, role changed): its sockets must close."""

    account_id: int


class SignedIn(msgspec.Struct, frozen=True):
    """What a login gives."""

    account: Account
    access_token: str


class Authenticator:
    """Turns a bearer token into the caller it stands for.

    The signature is checked once per token and remembered; the session and the account behind it are looked up
    at every request, so that nobody outlives a logout or a deactivation.
    """

    def __init__(self, db: Database, tokens: Tokens, policy: Policy) -> None:
        self._db = db
        self._tokens = tokens
        self._policy = policy
        self._verified: OrderedDict[str, tuple[UUID, int, float]] = OrderedDict()

    async def authenticate(self, token: str) -> Principal:
        """The caller whose access token this is; raises Unauthorized."""
        session_id, account_id = self._claims(token)
        row = await queries.find_caller(self._db, session_id)
        if row is None or row["id"] != account_id:
            raise Unauthorized("The session has ended. Please sign in again.")
        return Principal(
            id=row["id"],
            role=row["role"],
            name=row["name"],
            email=row["email"],
            permissions=self._policy.of(row["role"]),
            session_id=session_id,
        )

    def _claims(self, token: str) -> tuple[UUID, int]:
        moment = now().timestamp()
        known = self._verified.get(token)
        if known is not None:
            if moment < known[2]:
                return known[0], known[1]
            del self._verified[token]
        claims: dict[str, Any] = self._tokens.verify("access", token)
        try:
            session_id, account_id = UUID(claims["sid"]), int(claims["sub"])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Unauthorized("The token is not valid or has expired.") from None
        self._verified[token] = (session_id, account_id, float(claims["exp"]))
        if len(self._verified) > VERIFIED_TOKENS_KEPT:
            self._verified.popitem(last=False)
        return session_id, account_id


async def sign_in(
    db: Database,
    *,
    email: str,
    password: str,
    hasher: PasswordHasher,
    tokens: Tokens,
    guard: LoginGuard,
    access_ttl: timedelta,
    address: str,
    user_agent: str | None,
) -> SignedIn:
    """Check e-mail and password and open a session.

    Raises InvalidCredentials (same answer and work for an unknown e-mail, a wrong password and a deactivated
    account) and TooManyRequests. The failure is counted before the password is looked at and given back on
    success, so that parallel guesses cannot overdraw the budget.
    """
    async with await guard.check(address, email) as attempt:
        stored = await queries.find_login(db, email)
        matches, new_hash = await hasher.verify(password, stored.password_hash if stored else None)
        if stored is None or not matches or not stored.is_active:
            raise InvalidCredentials
        await attempt.succeeded()
    async with db.transaction() as tx:
        session_id = await queries.insert_session(
            tx, stored.id, expires_at=now() + access_ttl, address=address, user_agent=user_agent
        )
        if session_id is None:
            raise InvalidCredentials
        await queries.update_login(tx, stored.id, new_hash)
        account = await queries.fetch_account(tx, stored.id)
    token = tokens.issue(
        "access", str(account.id), access_ttl, {"sid": str(session_id), "role": account.role}
    )
    return SignedIn(account=account, access_token=token)


async def sign_out(tx: Transaction, caller: Principal) -> None:
    """End the caller's session; its token is refused from the commit on."""
    await queries.revoke_session(tx, caller.session_id)
    tx.after_commit(SessionEnded(caller.session_id))


async def end_account_sessions(tx: Transaction, account_id: int) -> None:
    """End every session of an account, and its sockets after the commit."""
    await queries.revoke_account_sessions(tx, account_id)
    tx.after_commit(AccountEnded(account_id))


async def session_is_live(db: Executor, session_id: UUID) -> bool:
    """Whether this session may still act."""
    return await queries.find_caller(db, session_id) is not None
