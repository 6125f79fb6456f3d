"""Setting up and removing second factors, and checking one.

`check_factor` is the only place that looks at a proof; guesses are counted per account, wherever they come from.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import UNSET

from colonnade.kernel.core import Invalid, NotFound, Problem, TooManyRequests, now
from colonnade.kernel.core.fields import Undecryptable
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.mfa import queries, totp
from colonnade.kernel.identity.mfa.recovery import hash_code, new_codes
from colonnade.kernel.identity.mfa.schemas import (
    FactorProof,
    Factors,
    LastSecondFactor,
    SecondFactorInvalid,
    TotpActive,
    TotpNotPending,
    TotpOffer,
)
from colonnade.kernel.identity.notices import note_change
from colonnade.kernel.identity.passkeys import queries as passkey_queries
from colonnade.kernel.identity.passkeys.actions import Purpose, add_passkey, use_passkey
from colonnade.kernel.identity.passkeys.schemas import PasskeyAdd, PasskeyAdded, PasskeyRefused
from colonnade.kernel.identity.required import role_requires_factor
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.limits import Budget

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = [
    "check_factor",
    "confirm_totp",
    "guess",
    "offer_totp",
    "register_passkey",
    "remove_passkey",
    "remove_totp",
    "renew_recovery_codes",
    "show_factors",
]

GUESSES = Budget("second-factor", "5/15 minutes", fail="closed")


def _place(account_id: int) -> str:
    return f"account_totp.secret:{account_id}"


async def show_factors(db: Executor, services: IdentityServices, account_id: int, role: str) -> Factors:
    """What protects the account."""
    found = await queries.fetch_factors(db, account_id)
    return Factors(
        totp=found["totp"],
        passkeys=found["passkeys"],
        recovery_codes_left=found["recovery_codes"],
        required=role_requires_factor(services, role),
    )


async def offer_totp(db: Executor, services: IdentityServices, account: Account) -> TotpOffer:
    """A new secret that waits for its first code; raises TotpActive."""
    secret = totp.new_secret()
    sealed = services.fields.encrypt(secret, place=_place(account.id))
    if not await queries.offer_totp(db, account.id, sealed):
        raise TotpActive
    uri = totp.provisioning_uri(secret, account=account.email, issuer=services.product.title)
    picture = base64.b64encode(totp.qr_png(uri)).decode()
    return TotpOffer(
        secret=secret,
        uri=uri,
        qr_png=f"data:image/png;base64,{picture}",
        expires_in=queries.PENDING_MINUTES * 60,
    )


async def confirm_totp(
    tx: Transaction, services: IdentityServices, account_id: int, code: str, exchange: Exchange
) -> list[str] | None:
    """Let the offered secret count; gives recovery codes when the account has none.

    Raises TotpNotPending and SecondFactorInvalid.
    """
    await queries.lock_account(tx, account_id)
    sealed = await queries.find_totp(tx, account_id, confirmed=False)
    if sealed is None:
        raise TotpNotPending
    step = _matching_step(services, account_id, sealed, code)
    if step is None:
        raise SecondFactorInvalid
    if not await queries.confirm_totp(tx, account_id, sealed, step):
        raise TotpNotPending
    await note_change(tx, services, account_id, "totp-added", exchange)
    return await _codes_if_none(tx, account_id)


async def remove_totp(
    tx: Transaction, services: IdentityServices, account_id: int, role: str, exchange: Exchange
) -> None:
    """Forget the authenticator app; with the last factor the recovery codes go, too.

    Raises NotFound and LastSecondFactor.
    """
    await queries.lock_account(tx, account_id)
    if not await queries.delete_totp(tx, account_id):
        raise NotFound("There is no authenticator app.")
    await _tidy_up(tx, services, account_id, role)
    await note_change(tx, services, account_id, "totp-removed", exchange)


async def register_passkey(
    tx: Transaction, services: IdentityServices, account_id: int, data: PasskeyAdd, exchange: Exchange
) -> PasskeyAdded:
    """Store a new passkey; gives recovery codes when the account has none. Raises what `add_passkey` raises."""
    await queries.lock_account(tx, account_id)
    passkey = await add_passkey(tx, services, account_id, data)
    await note_change(tx, services, account_id, "passkey-added", exchange, {"passkey": passkey.id})
    return PasskeyAdded(passkey=passkey, recovery_codes=await _codes_if_none(tx, account_id))


async def remove_passkey(
    tx: Transaction,
    services: IdentityServices,
    account_id: int,
    role: str,
    passkey_id: int,
    exchange: Exchange,
) -> None:
    """Forget a passkey; raises NotFound and LastSecondFactor."""
    await queries.lock_account(tx, account_id)
    await passkey_queries.delete_passkey(tx, account_id, passkey_id)
    await _tidy_up(tx, services, account_id, role)
    await note_change(tx, services, account_id, "passkey-removed", exchange, {"passkey": passkey_id})


async def renew_recovery_codes(
    tx: Transaction, services: IdentityServices, account_id: int, exchange: Exchange
) -> list[str]:
    """Ten new codes in place of all others; raises NotFound for an account without a second factor."""
    await queries.lock_account(tx, account_id)
    found = await queries.fetch_factors(tx, account_id)
    if not found["totp"] and not found["passkeys"]:
        raise NotFound("There is no second factor to recover.")
    await queries.delete_recovery_codes(tx, account_id)
    await note_change(tx, services, account_id, "recovery-codes-renewed", exchange)
    return await _new_codes(tx, account_id)


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
        step = _matching_step(services, account_id, sealed, proof.code) if sealed is not None else None
        if step is None or not await queries.take_step(tx, account_id, step):
            raise SecondFactorInvalid
        return "totp"
    if proof.recovery_code is not UNSET:
        if not await queries.take_recovery_code(tx, account_id, hash_code(account_id, proof.recovery_code)):
            raise SecondFactorInvalid
        await note_change(tx, services, account_id, "recovery-code-used", exchange)
        return "recovery"
    assert proof.passkey is not UNSET
    try:
        await use_passkey(tx, services, purpose, proof.passkey, account_id)
    except PasskeyRefused:
        raise SecondFactorInvalid from None
    return "passkey"


def _matching_step(services: IdentityServices, account_id: int, sealed: str, code: str) -> int | None:
    try:
        secret = services.fields.decrypt(sealed, place=_place(account_id))
    except Undecryptable:
        return None  # its key is gone: recovery codes still work
    return totp.matching_step(secret, code.replace(" ", ""), now())


async def _codes_if_none(tx: Transaction, account_id: int) -> list[str] | None:
    found = await queries.fetch_factors(tx, account_id)
    return None if found["recovery_codes"] else await _new_codes(tx, account_id)


async def _new_codes(tx: Transaction, account_id: int) -> list[str]:
    codes = new_codes()
    await queries.insert_recovery_codes(tx, account_id, [hash_code(account_id, code) for code in codes])
    return codes


async def _tidy_up(tx: Transaction, services: IdentityServices, account_id: int, role: str) -> None:
    left = await queries.fetch_factors(tx, account_id)
    if left["totp"] or left["passkeys"]:
        return
    if role_requires_factor(services, role):
        raise LastSecondFactor
    await queries.delete_recovery_codes(tx, account_id)
