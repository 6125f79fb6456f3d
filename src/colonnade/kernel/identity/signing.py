"""Signing in with a password, and who a token stands for. Beginning and ending sessions is `sessions`."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.core import Unauthorized, now
from colonnade.kernel.db import Database, Executor
from colonnade.kernel.identity import queries
from colonnade.kernel.identity.schemas import Account, InvalidCredentials
from colonnade.kernel.identity.sessions.actions import open_session
from colonnade.kernel.identity.sessions.schemas import Issued
from colonnade.kernel.identity.tokens import Tokens

if TYPE_CHECKING:
    from colonnade.kernel.product import Services

__all__ = ["Authenticator", "SignedIn", "session_is_live", "sign_in"]

VERIFIED_TOKENS_KEPT = 4_096


class SignedIn(msgspec.Struct, frozen=True):
    """What a login gives."""

    account: Account
    issued: Issued


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
    services: Services, *, email: str, password: str, address: str, user_agent: str | None
) -> SignedIn:
    """Check e-mail and password and open a session.

    Raises InvalidCredentials (same answer and work for an unknown e-mail, a wrong password and a deactivated
    account) and TooManyRequests. The failure is counted before the password is looked at and given back on
    success, so that parallel guesses cannot overdraw the budget.
    """
    async with await services.login_guard.check(address, email) as attempt:
        stored = await queries.find_login(services.db, email)
        matches, new_hash = await services.hasher.verify(password, stored.password_hash if stored else None)
        if stored is None or not matches or not stored.is_active:
            raise InvalidCredentials
        await attempt.succeeded()
    async with services.db.transaction() as tx:
        issued = await open_session(
            tx, services, stored.id, address=address, user_agent=user_agent, methods=("password",)
        )
        if new_hash is not None:
            await queries.update_password_hash(tx, stored.id, new_hash)
        account = await queries.fetch_account(tx, stored.id)
    return SignedIn(account=account, issued=issued)


async def session_is_live(db: Executor, session_id: UUID) -> bool:
    """Whether this session may still act."""
    return await queries.find_caller(db, session_id) is not None
