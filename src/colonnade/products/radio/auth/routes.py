"""Signing in, one's own profile, and the kernel's routes: sessions, passwords, second factors, step-up, public keys."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    anyone,
    check_recently_verified,
    get,
    post,
    put,
    signed_in,
)
from colonnade.kernel.identity import (
    Account,
    LoggedIn,
    MfaRequired,
    Transport,
    check_same_site,
    fetch_account,
    jwks_routes,
    login_answer,
    mfa_routes,
    password_routes,
    session_routes,
    sign_in,
    step_up_routes,
)
from colonnade.kernel.product import Services
from colonnade.products.radio.auth.actions import changes_email, update_profile
from colonnade.products.radio.auth.schemas import Login, Me, ProfileUpdate

__all__ = ["ROUTES"]


@post("/login", guards=[anyone(identified=False)], answers=(403,))
async def log_in(
    data: Login, services: Services, exchange: Exchange, transport: Transport = "body"
) -> Ok[LoggedIn | MfaRequired]:
    """Sign in with e-mail and password; five failures per 15 minutes, by address and by account.

    With a second factor the answer is `mfaRequired` and a token for `mfa/verify`, and no session yet.
    """
    if transport == "cookie":
        check_same_site(exchange)
    signed = await sign_in(
        services,
        email=data.email,
        password=data.password,
        address=exchange.address,
        user_agent=exchange.user_agent,
    )
    message = "A second factor is required" if isinstance(signed, MfaRequired) else "Login successful"
    return Ok(login_answer(exchange, signed, transport), message=message)


def _me(account: Account, caller: Principal) -> Me:
    return Me(
        id=account.id,
        name=account.name,
        email=account.email,
        role=account.role,
        permissions=sorted(caller.permissions),
        last_login_at=account.last_login_at,
        created_at=account.created_at,
        updated_at=account.updated_at,
    )


@get("/me", guards=[signed_in()])
async def show_me(db: Database, caller: Principal) -> Ok[Me]:
    """The signed-in account."""
    return Ok(_me(await fetch_account(db, caller.id), caller))


@put("/me", guards=[signed_in()])
async def update_me(data: ProfileUpdate, services: Services, caller: Principal, exchange: Exchange) -> Ok[Me]:
    """Change one's own name or e-mail.

    Another e-mail needs a login or step-up within ten minutes (403 STEP_UP_REQUIRED); the old address is told.
    """
    if changes_email(caller, data):
        await check_recently_verified(services, caller)
    async with services.db.transaction(caller) as tx:
        account = await update_profile(tx, services, caller, data, exchange)
    return Ok(_me(account, caller), message="Profile updated")


_OWN = Router("/auth", route_handlers=[log_in, show_me, update_me], tags=["Authentication"])
ROUTES = Router(
    "/",
    route_handlers=[
        _OWN,
        session_routes("/auth"),
        password_routes("/auth/password"),
        mfa_routes("/auth"),
        step_up_routes("/auth"),
        jwks_routes(),
    ],
)
