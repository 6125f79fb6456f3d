"""Setting up and removing the authenticator app, and one's recovery codes. Checking a proof is `checking`'s."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.factors import queries as factor_queries
from colonnade.kernel.identity.factors.actions import check_last_factor, issue_codes, issue_first_codes
from colonnade.kernel.identity.factors.required import role_requires_factor
from colonnade.kernel.identity.mfa import queries, totp
from colonnade.kernel.identity.mfa.checking import matching_step, totp_place
from colonnade.kernel.identity.mfa.schemas import (
    Factors,
    SecondFactorInvalid,
    TotpActive,
    TotpNotPending,
    TotpOffer,
)
from colonnade.kernel.identity.notices import note_change
from colonnade.kernel.identity.schemas import Account

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["confirm_totp", "offer_totp", "remove_totp", "renew_recovery_codes", "show_factors"]


async def show_factors(db: Executor, services: IdentityServices, account_id: int, role: str) -> Factors:
    """What protects the account."""
    found = await factor_queries.fetch_factors(db, account_id)
    return Factors(
        totp=found["totp"],
        passkeys=found["passkeys"],
        recovery_codes_left=found["recovery_codes"],
        required=role_requires_factor(services, role),
    )


async def offer_totp(db: Executor, services: IdentityServices, account: Account) -> TotpOffer:
    """A new secret that waits for its first code; raises TotpActive."""
    secret = totp.new_secret()
    sealed = services.fields.encrypt(secret, place=totp_place(account.id))
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
    await factor_queries.lock_account(tx, account_id)
    sealed = await queries.find_totp(tx, account_id, confirmed=False)
    if sealed is None:
        raise TotpNotPending
    step = matching_step(services, account_id, sealed, code)
    if step is None:
        raise SecondFactorInvalid
    if not await queries.confirm_totp(tx, account_id, sealed, step):
        raise TotpNotPending
    await note_change(tx, services, account_id, "totp-added", exchange)
    return await issue_first_codes(tx, account_id)


async def remove_totp(
    tx: Transaction, services: IdentityServices, account_id: int, role: str, exchange: Exchange
) -> None:
    """Forget the authenticator app; with the last factor the recovery codes go, too.

    Raises NotFound and LastSecondFactor.
    """
    await factor_queries.lock_account(tx, account_id)
    if not await queries.delete_totp(tx, account_id):
        raise NotFound("There is no authenticator app.")
    await check_last_factor(tx, services, account_id, role)
    await note_change(tx, services, account_id, "totp-removed", exchange)


async def renew_recovery_codes(
    tx: Transaction, services: IdentityServices, account_id: int, exchange: Exchange
) -> list[str]:
    """Ten new codes in place of all others; raises NotFound for an account without a second factor."""
    await factor_queries.lock_account(tx, account_id)
    found = await factor_queries.fetch_factors(tx, account_id)
    if not found["totp"] and not found["passkeys"]:
        raise NotFound("There is no second factor to recover.")
    await factor_queries.delete_recovery_codes(tx, account_id)
    await note_change(tx, services, account_id, "recovery-codes-renewed", exchange)
    return await issue_codes(tx, account_id)
