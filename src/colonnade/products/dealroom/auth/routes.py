"""Signing in and out, refreshing, one's devices, and the kernel's routes for passwords and second factors."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, post, signed_in
from colonnade.kernel.identity import (
    MfaRequired,
    Refresh,
    Transport,
    check_same_site,
    device_routes,
    leave_session,
    login_answer,
    mfa_routes,
    password_routes,
    renew_session,
    sign_in,
    step_up_routes,
)
from colonnade.kernel.product import Services
from colonnade.products.dealroom.auth.schemas import Login, SignedIn, Tokens
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.users.queries import fetch_user

__all__ = ["ROUTES"]


@post("/login", guards=[anyone(identified=False)], answers=(403,))
async def log_in(
    data: Login, services: Services, exchange: Exchange, transport: Transport = "body"
) -> Ok[SignedIn | MfaRequired]:
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
    answer = login_answer(exchange, signed, transport)
    if isinstance(answer, MfaRequired):
        return Ok(answer, message="A second factor is required")
    tokens = SignedIn(
        user=await fetch_user(services.db, answer.user.id),
        token=answer.access_token,
        expires_in=answer.expires_in,
        refresh_expires_in=answer.refresh_expires_in,
        refresh_token=answer.refresh_token,
    )
    return Ok(tokens, message="Login successful")


@post("/logout", guards=[signed_in()], status_code=204)
async def log_out(db: Database, caller: Principal, exchange: Exchange) -> None:
    """End this session: its tokens are refused from now on, everywhere."""
    await leave_session(db, caller, exchange)


@post("/refresh", guards=[anyone(identified=False)], answers=(403,))
async def refresh(data: Refresh, services: Services, exchange: Exchange) -> Ok[Tokens]:
    """Exchange a refresh token (or `{}` with the cookie) for new tokens; each is used once."""
    renewed = await renew_session(data, services, exchange)
    return Ok(
        Tokens(
            token=renewed.access_token,
            expires_in=renewed.expires_in,
            refresh_expires_in=renewed.refresh_expires_in,
            refresh_token=renewed.refresh_token,
        )
    )


_OWN = Router(f"{PREFIX}/auth", route_handlers=[log_in, log_out, refresh], tags=["Authentication"])
ROUTES = Router(
    "/",
    route_handlers=[
        _OWN,
        device_routes(f"{PREFIX}/auth"),
        password_routes(f"{PREFIX}/auth/password"),
        mfa_routes(f"{PREFIX}/auth"),
        step_up_routes(f"{PREFIX}/auth"),
    ],
)
