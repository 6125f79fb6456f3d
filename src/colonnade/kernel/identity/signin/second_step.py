"""The second step of a login: a proof of a second factor, or setting up the one that the role asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.factors.actions import methods_of
from colonnade.kernel.identity.factors.queries import fetch_factors, lock_account
from colonnade.kernel.identity.mfa.actions import confirm_totp, offer_totp
from colonnade.kernel.identity.mfa.checking import check_factor, guess
from colonnade.kernel.identity.mfa.schemas import TotpOffer
from colonnade.kernel.identity.passkeys.actions import begin_use
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.sessions.actions import open_session
from colonnade.kernel.identity.signin.schemas import MfaTokenInvalid, MfaVerify, SignedIn
from colonnade.kernel.identity.spending import check_unspent, spend_token

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["begin_enrollment", "begin_passkey_step", "finish_enrollment", "finish_login"]


def _claims(services: IdentityServices, token: str, *, enroll: bool) -> dict[str, Any]:
    try:
        claims = services.tokens.verify("mfa", token)
    except Unauthorized:
        raise MfaTokenInvalid from None
    if claims["enroll"] is not enroll:
        raise MfaTokenInvalid
    return claims


async def _check_current(tx: Transaction, claims: dict[str, Any]) -> None:
    """The token still stands for the account: it was not used, and the password is the one that was given."""
    account_id = int(claims["sub"])
    found = await fetch_factors(tx, account_id)
    if found["password_mark"] != claims["pwd"]:
        raise MfaTokenInvalid
    # A factor that came since then: whoever holds an enrolment token has not proved it.
    if claims["enroll"] and methods_of(found):
        raise MfaTokenInvalid
    await check_unspent(tx, claims)


async def begin_passkey_step(services: IdentityServices, mfa_token: str) -> Ceremony:
    """Options to use a passkey as the second step of this login; raises MfaTokenInvalid, TokenSpent."""
    claims = _claims(services, mfa_token, enroll=False)
    async with services.db.transaction() as tx:
        await _check_current(tx, claims)
        return await begin_use(tx, services, "second-factor", int(claims["sub"]))


async def finish_login(services: IdentityServices, data: MfaVerify, exchange: Exchange) -> SignedIn:
    """Take the second factor and open the session.

    Raises MfaTokenInvalid, TokenSpent, SecondFactorInvalid, TooManyRequests and, for an account that is no
    longer active, InvalidCredentials.
    """
    claims = _claims(services, data.mfa_token, enroll=False)
    account_id = int(claims["sub"])
    async with guess(services, account_id), services.db.transaction() as tx:
        await _check_current(tx, claims)
        method = await check_factor(tx, services, account_id, data, "second-factor", exchange)
        return await _open(tx, services, claims, method, exchange)


async def begin_enrollment(services: IdentityServices, mfa_token: str) -> TotpOffer:
    """A secret for the app that the account's role asks for; raises MfaTokenInvalid, TokenSpent."""
    claims = _claims(services, mfa_token, enroll=True)
    async with services.db.transaction() as tx:
        await lock_account(tx, int(claims["sub"]))
        await _check_current(tx, claims)
        return await offer_totp(tx, services, await fetch_account(tx, int(claims["sub"])))


async def finish_enrollment(
    services: IdentityServices, mfa_token: str, code: str, exchange: Exchange
) -> SignedIn:
    """Confirm the app and open the session.

    Raises MfaTokenInvalid, TokenSpent, TotpNotPending, SecondFactorInvalid and TooManyRequests.
    """
    claims = _claims(services, mfa_token, enroll=True)
    account_id = int(claims["sub"])
    async with guess(services, account_id), services.db.transaction() as tx:
        await lock_account(tx, account_id)
        await _check_current(tx, claims)
        codes = await confirm_totp(tx, services, account_id, code, exchange)
        return await _open(tx, services, claims, "totp", exchange, codes)


async def _open(
    tx: Transaction,
    services: IdentityServices,
    claims: dict[str, Any],
    method: str,
    exchange: Exchange,
    recovery_codes: list[str] | None = None,
) -> SignedIn:
    await spend_token(tx, claims)
    account_id = int(claims["sub"])
    issued = await open_session(
        tx,
        services,
        account_id,
        address=exchange.address,
        user_agent=exchange.user_agent,
        methods=[*claims["first"], method],
    )
    return SignedIn(await fetch_account(tx, account_id), issued, recovery_codes)
