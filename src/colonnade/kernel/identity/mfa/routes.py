"""HTTP entry of one's own second factors, for a product to mount."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.mfa.schemas import (
    Factors,
    RecoveryCodes,
    TotpCode,
    TotpOffer,
)
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.queries import fetch_account, lock_own_account
from colonnade.kernel.identity.tags import SECOND_FACTORS

__all__ = ["mfa_routes"]


@get("/mfa", guards=[signed_in()])
async def show_own_factors(db: Database, second_factors: SecondFactors, caller: Principal) -> Ok[Factors]:
    """What protects one's own account."""
    return Ok(await second_factors.show(db, caller.id, caller.role))


@post("/mfa/totp", guards=[signed_in(), recently_verified()])
async def begin_totp(db: Database, second_factors: SecondFactors, caller: Principal) -> Ok[TotpOffer]:
    """A secret for an authenticator app; it takes effect once it is confirmed."""
    account = await fetch_account(db, caller.id)
    return Ok(await second_factors.offer_totp(db, account))


@post("/mfa/totp/confirm", guards=[signed_in(), recently_verified()])
async def confirm_totp(
    data: TotpCode, db: Database, second_factors: SecondFactors, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Confirm the app with its first code; logins ask for it from now on."""
    async with second_factors.guess(caller), db.transaction(caller) as tx:
        await lock_own_account(tx, caller)
        codes = await second_factors.confirm_totp(tx, caller.id, data.code, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes), message="Authenticator app set up")


@delete("/mfa/totp", guards=[signed_in(), recently_verified()], answers=(404,))
async def remove_totp(
    db: Database, second_factors: SecondFactors, caller: Principal, exchange: Exchange
) -> None:
    """Remove the authenticator app; refused if one's role requires a second factor and it is the last."""
    async with db.transaction(caller) as tx:
        await second_factors.remove_totp(tx, caller, exchange)


@post("/mfa/recovery-codes", guards=[signed_in(), recently_verified()], status_code=200, answers=(404,))
async def renew_recovery_codes(
    db: Database, second_factors: SecondFactors, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Ten new recovery codes in place of the old ones."""
    async with db.transaction(caller) as tx:
        codes = await second_factors.renew_recovery_codes(tx, caller, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes))


def mfa_routes(prefix: str = "/auth") -> Router:
    """Build `mfa/…`: one's own factors. `login_routes` mounts the second step of a login."""
    return Router(
        prefix,
        route_handlers=[
            show_own_factors,
            begin_totp,
            confirm_totp,
            remove_totp,
            renew_recovery_codes,
        ],
        tags=[SECOND_FACTORS],
    )
