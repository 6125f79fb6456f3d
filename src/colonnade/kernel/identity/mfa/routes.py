"""HTTP entry of second factors, for a product to mount: one's own, and taking them off an account that lost them."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    allows,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.mfa import actions
from colonnade.kernel.identity.mfa.checking import guess
from colonnade.kernel.identity.mfa.resetting import reset_factors
from colonnade.kernel.identity.mfa.schemas import (
    Factors,
    RecoveryCodes,
    TotpCode,
    TotpOffer,
)
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.identity.tags import SECOND_FACTORS

__all__ = ["factor_reset_routes", "mfa_routes"]


@get("/mfa", guards=[signed_in()])
async def show_own_factors(services: IdentityServices, caller: Principal) -> Ok[Factors]:
    """What protects one's own account."""
    return Ok(await actions.show_factors(services.db, services, caller.id, caller.role))


@post("/mfa/totp", guards=[signed_in(), recently_verified()])
async def begin_totp(services: IdentityServices, caller: Principal) -> Ok[TotpOffer]:
    """A secret for an authenticator app; it counts once confirmed."""
    account = await fetch_account(services.db, caller.id)
    return Ok(await actions.offer_totp(services.db, services, account))


@post("/mfa/totp/confirm", guards=[signed_in(), recently_verified()])
async def confirm_totp(
    data: TotpCode, services: IdentityServices, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Confirm the app with its first code; logins ask for it from now on."""
    async with guess(services, caller.id), services.db.transaction(caller) as tx:
        codes = await actions.confirm_totp(tx, services, caller.id, data.code, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes), message="Authenticator app set up")


@delete("/mfa/totp", guards=[signed_in(), recently_verified()], answers=(404,))
async def remove_totp(services: IdentityServices, caller: Principal, exchange: Exchange) -> None:
    """Remove the authenticator app; refused when one's role asks for a second factor and it is the last."""
    async with services.db.transaction(caller) as tx:
        await actions.remove_totp(tx, services, caller.id, caller.role, exchange)


@post("/mfa/recovery-codes", guards=[signed_in(), recently_verified()], status_code=200, answers=(404,))
async def renew_recovery_codes(
    services: IdentityServices, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Ten new recovery codes in place of the old ones."""
    async with services.db.transaction(caller) as tx:
        codes = await actions.renew_recovery_codes(tx, services, caller.id, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes))


def mfa_routes(prefix: str = "/auth") -> Router:
    """`mfa/…`: the second step of a login (`verify`, `passkey/options`, `enroll`), and one's own actions."""
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


def factor_reset_routes(prefix: str = "/accounts", *, permission: str = "accounts:manage") -> Router:
    """`DELETE {prefix}/{id}/second-factors`, for those who have `permission`."""

    @delete(
        "/{account_id:int}/second-factors",
        guards=[allows(permission), recently_verified()],
        answers=(409,),
    )
    async def reset_second_factors(
        account_id: int, services: IdentityServices, caller: Principal, exchange: Exchange
    ) -> None:
        """Take app, passkeys and recovery codes off somebody's account who has lost them; 404 when it has none.

        It is signed out everywhere and its owner told by mail. Not for one's own account (409), nor for one that
        may do more than oneself (403).
        """
        async with services.db.transaction(caller) as tx:
            await reset_factors(tx, services, caller, account_id, exchange)

    return Router(prefix, route_handlers=[reset_second_factors], tags=[SECOND_FACTORS])
