"""Sign-in, sign-out, refresh, devices; and the kernel's routes for passwords, factors, addresses, providers."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Router, mirrored, post, signed_in
from colonnade.kernel.identity import (
    LoggedIn,
    Refreshed,
    device_routes,
    leave_session,
    login_routes,
    mfa_routes,
    oauth_routes,
    passkey_routes,
    password_routes,
    refresh_routes,
    step_up_routes,
    verification_routes,
)
from colonnade.products.dealroom.auth.schemas import Login, SignedIn, Tokens
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.users.queries import fetch_user

__all__ = ["ROUTES"]


async def _signed_in(db: Database, session: LoggedIn) -> SignedIn:
    return SignedIn(
        user=await fetch_user(db, session.user.id),
        token=session.access_token,
        expires_in=session.expires_in,
        refresh_expires_in=session.refresh_expires_in,
        refresh_token=session.refresh_token,
    )


def _tokens(renewed: Refreshed) -> Tokens:
    return Tokens(
        token=renewed.access_token,
        expires_in=renewed.expires_in,
        refresh_expires_in=renewed.refresh_expires_in,
        refresh_token=renewed.refresh_token,
    )


@post("/logout", guards=[signed_in()], status_code=204)
async def log_out(db: Database, caller: Principal, exchange: Exchange) -> None:
    """End this session: its tokens are refused from now on, everywhere."""
    await leave_session(db, caller, exchange)


_OWN = Router(f"{PREFIX}/auth", route_handlers=[log_out], tags=["Authentication"])
ROUTES = Router(
    "/",
    route_handlers=[
        _OWN,
        login_routes(f"{PREFIX}/auth", credentials=Login, answer=_signed_in),
        refresh_routes(f"{PREFIX}/auth", answer=_tokens, names=("refresh", "refresh-token")),
        device_routes(f"{PREFIX}/auth"),
        mirrored(password_routes(f"{PREFIX}/auth/password")),
        mfa_routes(f"{PREFIX}/auth"),
        passkey_routes(f"{PREFIX}/auth", answer=_signed_in),
        step_up_routes(f"{PREFIX}/auth"),
        verification_routes(f"{PREFIX}/auth/email"),
        # Users who sign up through a provider have no telephone number until they add one.
        oauth_routes(f"{PREFIX}/auth", sign_up_role="user", answer=_signed_in),
    ],
)
