"""HTTP entry of second factors, for a product to mount: the login's second step, and one's own factors."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    allows,
    anyone,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.mfa import actions, factors
from colonnade.kernel.identity.mfa.resetting import reset_factors
from colonnade.kernel.identity.mfa.schemas import (
    Enroll,
    EnrollConfirm,
    Factors,
    LoggedInWithCodes,
    MfaBegin,
    MfaVerify,
    RecoveryCodes,
    TotpCode,
    TotpOffer,
)
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.identity.sessions.routes import logged_in
from colonnade.kernel.identity.sessions.schemas import LoggedIn
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site

__all__ = ["factor_reset_routes", "mfa_routes"]


@post("/mfa/verify", guards=[anyone(identified=False)], answers=(403,))
async def verify_second_factor(
    data: MfaVerify, services: IdentityServices, exchange: Exchange, transport: Transport = "body"
) -> Ok[LoggedIn]:
    """Second step of a login: the app's code, a recovery code or a passkey; five wrong ones per 15 minutes."""
    if transport == "cookie":
        check_same_site(exchange)
    admitted = await actions.finish_login(services, data, exchange)
    return Ok(logged_in(exchange, admitted.account, admitted.issued, transport), message="Login successful")


@post("/mfa/passkey/options", guards=[anyone(identified=False)])
async def begin_passkey_step(data: MfaBegin, services: IdentityServices) -> Ok[Ceremony]:
    """What the browser needs to use a passkey as the second step."""
    return Ok(await actions.begin_passkey_step(services, data.mfa_token))


@post("/mfa/enroll", guards=[anyone(identified=False)])
async def begin_enrollment(data: Enroll, services: IdentityServices) -> Ok[TotpOffer]:
    """Set up the authenticator app that one's role asks for, on the way in."""
    return Ok(await actions.begin_enrollment(services, data.mfa_token))


@post("/mfa/enroll/confirm", guards=[anyone(identified=False)], answers=(403,))
async def finish_enrollment(
    data: EnrollConfirm, services: IdentityServices, exchange: Exchange, transport: Transport = "body"
) -> Ok[LoggedInWithCodes]:
    """Confirm the app with its first code; gives the session and the recovery codes."""
    if transport == "cookie":
        check_same_site(exchange)
    admitted = await actions.finish_enrollment(services, data.mfa_token, data.code, exchange)
    session = logged_in(exchange, admitted.account, admitted.issued, transport)
    fields = {name: getattr(session, name) for name in LoggedIn.__struct_fields__}
    return Ok(LoggedInWithCodes(**fields, recovery_codes=admitted.recovery_codes), message="Login successful")


@get("/mfa", guards=[signed_in()])
async def show_own_factors(services: IdentityServices, caller: Principal) -> Ok[Factors]:
    """What protects one's own account."""
    return Ok(await factors.show_factors(services.db, services, caller.id, caller.role))


@post("/mfa/totp", guards=[signed_in(), recently_verified()])
async def begin_totp(services: IdentityServices, caller: Principal) -> Ok[TotpOffer]:
    """A secret for an authenticator app; it counts once confirmed."""
    account = await fetch_account(services.db, caller.id)
    return Ok(await factors.offer_totp(services.db, services, account))


@post("/mfa/totp/confirm", guards=[signed_in(), recently_verified()])
async def confirm_totp(
    data: TotpCode, services: IdentityServices, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Confirm the app with its first code; logins ask for it from now on."""
    async with factors.guess(services, caller.id), services.db.transaction(caller) as tx:
        codes = await factors.confirm_totp(tx, services, caller.id, data.code, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes), message="Authenticator app set up")


@delete("/mfa/totp", guards=[signed_in(), recently_verified()], answers=(404,))
async def remove_totp(services: IdentityServices, caller: Principal, exchange: Exchange) -> None:
    """Remove the authenticator app; refused when one's role asks for a second factor and it is the last."""
    async with services.db.transaction(caller) as tx:
        await factors.remove_totp(tx, services, caller.id, caller.role, exchange)


@post("/mfa/recovery-codes", guards=[signed_in(), recently_verified()], status_code=200, answers=(404,))
async def renew_recovery_codes(
    services: IdentityServices, caller: Principal, exchange: Exchange
) -> Ok[RecoveryCodes]:
    """Ten new recovery codes in place of the old ones."""
    async with services.db.transaction(caller) as tx:
        codes = await factors.renew_recovery_codes(tx, services, caller.id, exchange)
    return Ok(RecoveryCodes(recovery_codes=codes))


def mfa_routes(prefix: str = "/auth") -> Router:
    """`mfa/…`: the second step of a login (`verify`, `passkey/options`, `enroll`), and one's own factors."""
    return Router(
        prefix,
        route_handlers=[
            verify_second_factor,
            begin_passkey_step,
            begin_enrollment,
            finish_enrollment,
            show_own_factors,
            begin_totp,
            confirm_totp,
            remove_totp,
            renew_recovery_codes,
        ],
        tags=["Second factors"],
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

    return Router(prefix, route_handlers=[reset_second_factors], tags=["Second factors"])
