"""Opening sessions, issuing their tokens, and exchanging a refresh token for the next one.

A refresh token is used once, with a grace period. If it is used again within that period (tabs that wake up together,
an answer that was lost), it gives the same successor as the first time. If it is used again later, somebody has copied
it: the whole session ends.

Out of scope: proving who somebody is (`signin`, `passkeys`) and ending sessions (`actions`).
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from colonnade.kernel.access import Principal, TokenClaims, TokenHolder
from colonnade.kernel.audit import record
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Record, Transaction
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.schemas import InvalidCredentials
from colonnade.kernel.identity.sessions import queries
from colonnade.kernel.identity.sessions.actions import end_session
from colonnade.kernel.identity.sessions.devices import device_label
from colonnade.kernel.identity.sessions.schemas import EmailUnverified, Issued, RefreshRefused
from colonnade.kernel.identity.sessions.tokens import NONCE_BYTES, hash_token, new_token, successor_of
from colonnade.kernel.tokens import Tokens

__all__ = ["Lifetimes", "Sessions"]


class Lifetimes(msgspec.Struct, frozen=True):
    """Lifetimes of access tokens and sessions (`idle`: without a refresh, `most`: at all), and the refresh grace."""

    access: timedelta
    idle: timedelta
    most: timedelta
    grace: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Lifetimes:
        """Return the lifetimes of these settings."""
        return cls(
            access=timedelta(seconds=settings.access_token_ttl_seconds),
            idle=timedelta(seconds=settings.refresh_token_ttl_seconds),
            most=timedelta(seconds=settings.session_ttl_seconds),
            grace=timedelta(seconds=settings.refresh_grace_seconds),
        )


@provided("sessions")
class Sessions:
    """Opens and refreshes sessions. Every way to sign in ends in `open`.

    `verified_only` refuses accounts whose e-mail address was not verified.
    """

    def __init__(
        self,
        tokens: Tokens,
        lifetimes: Lifetimes,
        rule: FactorRule,
        notices: Notices,
        claims: TokenClaims,
        *,
        verified_only: bool = False,
    ) -> None:
        self.verified_only = verified_only
        self._tokens = tokens
        self._lifetimes = lifetimes
        self._rule = rule
        self._notices = notices
        self._claims = claims

    async def open(
        self, tx: Transaction, account_id: int, origin: ClientOrigin, *, methods: Sequence[str]
    ) -> Issued:
        """Open a session of an account whose owner has just been authenticated by `methods`.

        These are `password`, `passkey` or a provider's name, and the second factor: `totp`, `passkey` or `recovery`.
        The session and its tokens are always new: nothing that the client sends becomes part of them. Raise
        InvalidCredentials if the account is not active, EmailUnverified if a verified address is required.
        """
        token, device = new_token(), device_label(origin.user_agent)
        row = await queries.insert_session(
            tx,
            account_id,
            idle=self._lifetimes.idle,
            absolute=self._lifetimes.most,
            address=_as_inet(origin.address),
            user_agent=origin.user_agent,
            device=device,
            methods=list(methods),
            token_hash=hash_token(token),
            verified_only=self.verified_only,
        )
        if row is None:
            if self.verified_only and await queries.is_unverified(tx, account_id):
                raise EmailUnverified
            raise InvalidCredentials
        await record(
            tx,
            action="session.opened",
            actor=Principal(account_id, row["uid"], row["role"], "", "", frozenset(), row["id"]),
            target=("session", row["id"]),
            after={"device": device, "methods": methods},
            origin=origin,
        )
        return self._issue(row["id"], row, token)

    async def refresh(self, db: Database, token: str, origin: ClientOrigin) -> Issued:
        """Exchange a refresh token for the next tokens of its session.

        Raise RefreshRefused if it is not valid. If it was used before and the grace is over, the session has then been
        ended, recorded in the audit log and reported to its owner by mail.
        """
        token_hash = hash_token(token)
        nonce = secrets.token_bytes(NONCE_BYTES)
        successor = successor_of(token, nonce)
        # A session without a second factor ends here if its role requires one by now.
        factor_roles = sorted(self._rule.roles)
        row = await queries.rotate_token(
            db,
            token_hash,
            nonce,
            hash_token(successor),
            idle=self._lifetimes.idle,
            grace=self._lifetimes.grace,
            address=_as_inet(origin.address),
            factor_roles=factor_roles,
        )
        if row is None:
            row = await queries.find_used_token(db, token_hash, self._lifetimes.grace, factor_roles)
            if row is None:
                raise RefreshRefused
            if not row["in_grace"]:
                await self._end_stolen(db, row["session_id"], row["account_id"], origin)
                raise RefreshRefused
            successor = successor_of(token, row["nonce"])
        return self._issue(row["session_id"], row, successor)

    def _issue(self, session_id: UUID, row: Record, refresh_token: str) -> Issued:
        """Issue an access token beside the refresh token; `row` has seconds_left and what TokenHolder has."""
        holder = TokenHolder(**{name: row[name] for name in TokenHolder.__struct_fields__})
        seconds_left: int = row["seconds_left"]
        expires_in = max(1, min(int(self._lifetimes.access.total_seconds()), seconds_left))
        access_token = self._tokens.issue(
            "access",
            self._claims.subject_of(holder.account_id, holder.uid),
            timedelta(seconds=expires_in),
            self._claims.claims_of(holder) | {"sid": str(session_id)},
        )
        return Issued(
            session_id=session_id,
            account_id=holder.account_id,
            access_token=access_token,
            expires_in=expires_in,
            refresh_token=refresh_token,
            refresh_expires_in=seconds_left,
        )

    async def _end_stolen(
        self, db: Database, session_id: UUID, account_id: int, origin: ClientOrigin
    ) -> None:
        async with db.transaction() as tx:
            if not await end_session(tx, session_id, "token-reused", origin=origin):
                return
            account = await fetch_account(tx, account_id)
            await self._notices.send(
                tx,
                "session_ended",
                email=account.email,
                name=account.name,
                account_id=account_id,
                device=device_label(origin.user_agent),
                address=origin.address,
            )


def _as_inet(address: str) -> str | None:
    """Return an address in the form of PostgreSQL's inet; None if it is not an IP address."""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return None
