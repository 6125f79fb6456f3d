"""Authenticates bearers: access tokens, which belong to sessions, and API keys."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable
from datetime import timedelta
from time import time
from typing import Any, TypeVar
from uuid import UUID

import structlog

from colonnade.kernel.access import Policy, Principal, TokenClaims
from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Database
from colonnade.kernel.identity import queries
from colonnade.kernel.identity.apikeys.queries import find_key_holder, touch_key
from colonnade.kernel.identity.apikeys.secrets import KEY_MARK, hash_secret, is_secret, split_key
from colonnade.kernel.identity.callers import CallerLookup
from colonnade.kernel.identity.sessions.queries import touch_session
from colonnade.kernel.limits import Person
from colonnade.kernel.tokens.tokens import Tokens

__all__ = ["Authenticator"]

log = structlog.get_logger(__name__)

K = TypeVar("K")
V = TypeVar("V")

MAX_VERIFIED_TOKENS = 4_096
MAX_REMEMBERED = 4_096
DEVICE = "device"
DEVICE_TTL = timedelta(days=180)
"""A device that comes back later is a new one: nothing is stored, so that nothing has to be forgotten."""


@provided("authenticator")
class Authenticator:
    """Resolves a bearer to its caller.

    A token's signature is verified once and cached; its session (or the key) and the account are read at every
    request, so that a logout, a deactivation or a lost role takes effect at once. The time of the last use is
    updated at most once a minute, in the background.
    """

    def __init__(self, db: Database, tokens: Tokens, policy: Policy, claims: TokenClaims) -> None:
        self._db = db
        self._tokens = tokens
        self._policy = policy
        self._subjects = claims
        self._callers = CallerLookup(db, custom_roles=policy.custom_roles)
        self._verified: OrderedDict[str, tuple[UUID, str, float]] = OrderedDict()
        self._ended: OrderedDict[UUID, None] = OrderedDict()
        self._key_holders: OrderedDict[bytes, Person] = OrderedDict()
        self._guests: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()
        self._notes: dict[UUID, asyncio.Task[None]] = {}

    async def authenticate(self, token: str) -> Principal:
        """Return the caller of an access token or API key. Raise Unauthorized if it or its session is not valid."""
        if token.startswith(KEY_MARK):
            return await self._by_key(token)
        session_id, subject, expires_at = self._claims(token)
        row = await self._callers.find(session_id)
        if row is None or self._subjects.subject_of(row[0], row[1]) != subject:
            _remember(self._ended, session_id, None)
            raise Unauthorized("The session has ended. Please sign in again.")
        id, uid, role, name, email, unseen, granted, *_ = row
        if unseen:
            self._note(session_id, touch_session)
        permissions = self._policy.of(role, granted)
        return Principal(id, uid, role, name, email, permissions, session_id, expires_at)

    def recognise(self, bearer: str, address: str) -> Person:
        """Return whom the caller of a bearer counts as, an account or key; for a stranger's, the address.

        It reads nothing. A token's signature is enough until its session turns out to have ended: whoever has a token
        of before must not use up what its owner has left. A key counts as itself once it was right, and with the
        others of its account as their crowd; until then as one of the unknown keys of `address`, so that it can be
        tried whatever visitors there have spent.
        """
        if bearer.startswith(KEY_MARK):
            return self._key_holders.get(hash_secret(bearer)) or Person(f"keys:{address}")
        try:
            session_id, subject, _ = self._claims(bearer)
        except Unauthorized:
            return Person(address)
        return Person(address if session_id in self._ended else f"account:{subject}")

    def recognise_guest(self, kind: str, token: str) -> str | None:
        """Return the key under which the holder of a guest's token of `kind` is counted; None for no such token."""
        return self._holder(kind, token, "guest")

    def recognise_device(self, token: str) -> str | None:
        """Return the key under which a device is counted; None for no such token."""
        return self._holder(DEVICE, token, DEVICE)

    def new_device(self) -> tuple[str, str, int]:
        """Return the key of a new device, its token, and for how many seconds that is valid."""
        subject = secrets.token_hex(16)
        token = self._tokens.issue(DEVICE, subject, DEVICE_TTL)
        return f"{DEVICE}:{subject}", token, int(DEVICE_TTL.total_seconds())

    def _holder(self, kind: str, token: str, person: str) -> str | None:
        known = self._guests.get((kind, token))
        if known is None:
            try:
                claims = self._tokens.verify(kind, token)
            except Unauthorized:
                return None
            known = f"{person}:{claims['sub']}", float(claims["exp"])
            _remember(self._guests, (kind, token), known)
        return known[0] if time() < known[1] else None

    async def verified_within(self, caller: Principal, seconds: int) -> bool:
        """Return whether the caller's session had a login or step-up in the last `seconds`."""
        return await queries.session_verified_within(self._db, caller.session_id, seconds)

    async def settle(self) -> None:
        """Wait for the pending updates of last use."""
        await asyncio.gather(*self._notes.values(), return_exceptions=True)

    async def _by_key(self, key: str) -> Principal:
        prefix, secret = split_key(key) or ("", "")
        row = await find_key_holder(self._db, prefix) if prefix else None
        if row is None or not (
            is_secret(secret, row["secret_hash"]) or is_secret(secret, row["previous_hash"])
        ):
            self._key_holders.pop(hash_secret(key), None)
            raise Unauthorized("The API key is not valid or has expired.")
        subject = self._subjects.subject_of(row["id"], row["uid"])
        _remember(self._key_holders, hash_secret(key), Person(f"key:{row['key_id']}", f"account:{subject}"))
        if row["unseen"]:
            self._note(row["key_id"], touch_key)
        return Principal(
            id=row["id"],
            uid=row["uid"],
            role=row["role"],
            name=row["name"],
            email=row["email"],
            permissions=self._policy.of(row["role"], row["granted"]).intersection(row["scopes"]),
            session_id=row["key_id"],
            expires_at=row["expires_at"],
            via_key=True,
        )

    def _note(self, id: UUID, touch: Any) -> None:
        if id not in self._notes:
            self._notes[id] = asyncio.ensure_future(self._touch(id, touch(self._db, id)))

    async def _touch(self, id: UUID, touching: Awaitable[None]) -> None:
        try:
            await touching
        except Exception as error:
            # No request fails for this: the next one updates it.
            log.warning("last use not recorded", error=type(error).__name__)
        finally:
            self._notes.pop(id, None)

    def _claims(self, token: str) -> tuple[UUID, str, float]:
        moment = time()
        known = self._verified.get(token)
        if known is not None:
            if moment < known[2]:
                return known
            del self._verified[token]
        claims: dict[str, Any] = self._tokens.verify("access", token)
        try:
            verified = UUID(claims["sid"]), self._subjects.read_subject(claims["sub"]), float(claims["exp"])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Unauthorized("The token is not valid or has expired.") from None
        _remember(self._verified, token, verified, most=MAX_VERIFIED_TOKENS)
        return verified


def _remember(known: OrderedDict[K, V], key: K, value: V, *, most: int = MAX_REMEMBERED) -> None:
    """Set a value; beyond `most` forget the oldest."""
    known[key] = value
    if len(known) > most:
        known.popitem(last=False)
