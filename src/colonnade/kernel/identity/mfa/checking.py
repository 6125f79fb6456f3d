"""Checking one proof of a second factor, whatever its kind: a code of the app, a recovery code, a passkey.

`check_factor` is the only place that looks at a proof; guesses are counted per account, wherever they come from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET

from colonnade.kernel.core import Invalid, Problem, TooManyRequests, now
from colonnade.kernel.core.fields import Undecryptable
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.factors.queries import take_recovery_code
from colonnade.kernel.identity.factors.recovery import hash_code
from colonnade.kernel.identity.mfa import queries, totp
from colonnade.kernel.identity.mfa.schemas import FactorProof, SecondFactorInvalid
from colonnade.kernel.identity.notices import note_change
from colonnade.kernel.identity.passkeys.actions import Purpose, use_passkey
from colonnade.kernel.identity.passkeys.schemas import PasskeyRefused
from colonnade.kernel.limits import Budget

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["check_factor", "guess", "matching_step", "totp_place"]

GUESSES = Budget("second-factor", "5/15 minutes", fail="closed")


@asynccontextmanager
async def guess(services: IdentityServices, account_id: int) -> AsyncIterator[None]:
    """Count a guess at the account's second factor before it is looked at; given back when the block ends well.

    Raises TooManyRequests: five wrong ones in 15 minutes, from whatever addresses.
    """
    decision = await services.limiter.spend(GUESSES, str(account_id))
    if not decision.allowed:
        raise TooManyRequests(retry_after_seconds=decision.reset_seconds)
    try:
        yield
    except Exception as error:
        if not isinstance(error, Problem):
            await services.limiter.refund(decision)  # no fault of the guesser's
        raise
    await services.limiter.refund(decision)


async def check_factor(
    tx: Transaction,
    services: IdentityServices,
    account_id: int,
    proof: FactorProof,
    purpose: Purpose,
    exchange: Exchange,
) -> str:
    """The method (`totp`, `recovery`, `passkey`) that the proof used up; raises SecondFactorInvalid, Invalid.

    Call it inside `guess`.
    """
    given = [proof.code is not UNSET, proof.recovery_code is not UNSET, proof.passkey is not UNSET]
    if sum(given) != 1:
        raise Invalid(fields={"code": "Exactly one of code, recoveryCode and passkey is required"})
    if proof.code is not UNSET:
        sealed = await queries.find_totp(tx, account_id, confirmed=True)
        step = matching_step(services, account_id, sealed, proof.code) if sealed is not None else None
        if step is None or not await queries.take_step(tx, account_id, step):
            raise SecondFactorInvalid
        return "totp"
    if proof.recovery_code is not UNSET:
        if not await take_recovery_code(tx, account_id, hash_code(account_id, proof.recovery_code)):
            raise SecondFactorInvalid
        await note_change(tx, services, account_id, "recovery-code-used", exchange)
        return "recovery"
    assert proof.passkey is not UNSET
    try:
        await use_passkey(tx, services, purpose, proof.passkey, account_id)
    except PasskeyRefused:
        raise SecondFactorInvalid from None
    return "passkey"


def matching_step(services: IdentityServices, account_id: int, sealed: str, code: str) -> int | None:
    """The time step of the account's sealed secret whose code this is; None for a wrong code."""
    try:
        secret = services.fields.decrypt(sealed, place=totp_place(account_id))
    except Undecryptable:
        return None  # its key is gone: recovery codes still work
    return totp.matching_step(secret, code.replace(" ", ""), now())


def totp_place(account_id: int) -> str:
    """What the account's secret is sealed for: it opens in no other row."""
    return f"account_totp.secret:{account_id}"
