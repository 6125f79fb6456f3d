"""The steps of a login: e-mail and password, admission, and the second step where one is required."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity import queries
from colonnade.kernel.identity.factors.actions import methods_of
from colonnade.kernel.identity.factors.queries import fetch_factors
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.mfa.schemas import TotpOffer
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.passkeys.passkeys import Passkeys
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.passwords.hashing import PasswordHasher
from colonnade.kernel.identity.queries import lock_account_row
from colonnade.kernel.identity.schemas import Account, InvalidCredentials
from colonnade.kernel.identity.sessions.sessions import Sessions
from colonnade.kernel.identity.signin.schemas import MfaRequired, MfaTokenInvalid, MfaVerify, SignedIn
from colonnade.kernel.identity.spending import check_unspent, spend_token
from colonnade.kernel.limits import LoginGuard
from colonnade.kernel.tokens import Tokens

__all__ = ["Logins"]

MFA_TTL = timedelta(minutes=5)
ENROLLMENT_TTL = timedelta(minutes=15)


@provided("logins")
class Logins:
    """Signs accounts in. Every first factor that does not count as both ends in `admit`."""

    def __init__(
        self,
        hasher: PasswordHasher,
        guard: LoginGuard,
        tokens: Tokens,
        sessions: Sessions,
        second_factors: SecondFactors,
        passkeys: Passkeys,
        rule: FactorRule,
    ) -> None:
        self._hasher = hasher
        self._guard = guard
        self._tokens = tokens
        self._sessions = sessions
        self._second_factors = second_factors
        self._passkeys = passkeys
        self._rule = rule

    async def by_password(
        self, db: Database, email: str, password: str, origin: ClientOrigin
    ) -> SignedIn | MfaRequired:
        """Check e-mail and password and open a session, or ask for the second factor.

        A failure is counted before the password is checked and refunded on success, so that concurrent guesses cannot
        overdraw the budget. Raise InvalidCredentials, after the same work, for an unknown e-mail, a wrong password and
        a deactivated account; TooManyRequests if the budget is spent; HashingBusy if the queue for hashing is full.
        """
        async with await self._guard.check(origin.address, email) as attempt:
            stored, imported_cost = await queries.find_sign_in(db, email)
            # PostgreSQL's lower() turns İ into i; the guard does not, and would count guesses at one account apart.
            if stored is not None and stored.email.casefold() != email.casefold():
                stored = None
            matches, new_hash = await self._hasher.verify(
                password,
                stored.password_hash if stored and stored.is_active else None,
                address=origin.address,
                known=await attempt.is_known(),
                imported_cost=imported_cost,
            )
            if stored is None or not matches:
                raise InvalidCredentials
            await attempt.succeeded()
        async with db.transaction() as tx:
            # Before `admit`, whose token is bound to the stored hash.
            if new_hash is not None:
                await queries.update_password_hash(tx, stored.id, before=stored.password_hash, after=new_hash)
            account = await queries.lock_login(tx, stored.id, new_hash or stored.password_hash)
            if account is None:
                raise InvalidCredentials
            return await self.admit(tx, account, origin, methods=("password",))

    async def admit(
        self, tx: Transaction, account: Account, origin: ClientOrigin, *, methods: Sequence[str]
    ) -> SignedIn | MfaRequired:
        """Open a session for an account whose first factor was right, or ask for the second.

        Raise InvalidCredentials if the account is not active, EmailUnverified if a verified address is required.
        """
        found = await fetch_factors(tx, account.id)
        available = methods_of(found)
        if not available and not self._rule.binds(account.role):
            issued = await self._sessions.open(tx, account.id, origin, methods=methods)
            return SignedIn(account, issued)
        ttl = MFA_TTL if available else ENROLLMENT_TTL
        token = self._tokens.issue(
            "mfa",
            str(account.id),
            ttl,
            {"first": list(methods), "enroll": not available, "pwd": found["password_mark"]},
        )
        return MfaRequired(
            mfa_required=True,
            mfa_token=token,
            methods=list(available),
            enrollment_required=not available,
            expires_in=int(ttl.total_seconds()),
        )

    async def begin_passkey_step(self, db: Database, mfa_token: str) -> Ceremony:
        """Return options to use a passkey as the second step of this login.

        Raise MfaTokenInvalid if the token is not valid, TokenSpent if it was used.
        """
        claims = self._claims(mfa_token, enroll=False)
        async with db.transaction() as tx:
            await _check_current(tx, claims)
            return await self._passkeys.begin_use(tx, "second-factor", int(claims["sub"]))

    async def finish(self, db: Database, data: MfaVerify, origin: ClientOrigin) -> SignedIn:
        """Check the second factor and open the session.

        Raise MfaTokenInvalid if the token is not valid, TokenSpent if it was used, SecondFactorInvalid if the proof is
        wrong, TooManyRequests after too many wrong ones, InvalidCredentials if the account is no longer active.
        """
        claims = self._claims(data.mfa_token, enroll=False)
        account_id = int(claims["sub"])
        async with self._second_factors.guess(account_id), db.transaction() as tx:
            await lock_account_row(tx, account_id)
            await _check_current(tx, claims)
            method = await self._second_factors.check(tx, account_id, data, "second-factor", origin)
            return await self._open(tx, claims, method, origin)

    async def begin_enrollment(self, db: Database, mfa_token: str) -> TotpOffer:
        """Return a secret for the authenticator app that the account's role requires.

        Raise MfaTokenInvalid if the token is not valid, TokenSpent if it was used.
        """
        claims = self._claims(mfa_token, enroll=True)
        account_id = int(claims["sub"])
        async with db.transaction() as tx:
            await lock_account_row(tx, account_id)
            await _check_current(tx, claims)
            return await self._second_factors.offer_totp(tx, await queries.fetch_account(tx, account_id))

    async def finish_enrollment(
        self, db: Database, mfa_token: str, code: str, origin: ClientOrigin
    ) -> SignedIn:
        """Confirm the app with its first code and open the session.

        Raise MfaTokenInvalid if the token is not valid, TokenSpent if it was used, TotpNotPending if there is no secret
        to confirm, SecondFactorInvalid if the code is wrong, TooManyRequests after too many wrong ones.
        """
        claims = self._claims(mfa_token, enroll=True)
        account_id = int(claims["sub"])
        async with self._second_factors.guess(account_id), db.transaction() as tx:
            await lock_account_row(tx, account_id)
            await _check_current(tx, claims)
            codes = await self._second_factors.confirm_totp(tx, account_id, code, origin)
            return await self._open(tx, claims, "totp", origin, codes)

    def _claims(self, token: str, *, enroll: bool) -> dict[str, Any]:
        try:
            claims = self._tokens.verify("mfa", token)
        except Unauthorized:
            raise MfaTokenInvalid from None
        if claims["enroll"] is not enroll:
            raise MfaTokenInvalid
        return claims

    async def _open(
        self,
        tx: Transaction,
        claims: dict[str, Any],
        method: str,
        origin: ClientOrigin,
        recovery_codes: list[str] | None = None,
    ) -> SignedIn:
        await spend_token(tx, claims)
        account_id = int(claims["sub"])
        issued = await self._sessions.open(tx, account_id, origin, methods=[*claims["first"], method])
        return SignedIn(await queries.fetch_account(tx, account_id), issued, recovery_codes)


async def _check_current(tx: Transaction, claims: dict[str, Any]) -> None:
    """Raise TokenSpent if the token was used, MfaTokenInvalid if the password or the factors have changed since."""
    found = await fetch_factors(tx, int(claims["sub"]))
    if found["password_mark"] != claims["pwd"]:
        raise MfaTokenInvalid
    # A factor was added since then: the holder of an enrolment token has not proved it.
    if claims["enroll"] and methods_of(found):
        raise MfaTokenInvalid
    await check_unspent(tx, claims)
