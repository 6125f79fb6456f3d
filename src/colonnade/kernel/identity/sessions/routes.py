"""HTTP entry of sessions, for a product to mount: sign in and out, refresh, and the list of one's devices."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, delete, get, post, signed_in
from colonnade.kernel.identity.mfa.actions import SignedIn
from colonnade.kernel.identity.mfa.schemas import MfaRequired
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.identity.sessions import actions, queries
from colonnade.kernel.identity.sessions.refresh import refresh_session
from colonnade.kernel.identity.sessions.schemas import (
    Issued,
    LoggedIn,
    Login,
    Refresh,
    Refreshed,
    RefreshRefused,
    Session,
    SessionsEnded,
    User,
)
from colonnade.kernel.identity.sessions.transport import (
    Transport,
    check_same_site,
    cookie_of,
    drop_cookie,
    hand_over,
)
from colonnade.kernel.identity.signing import sign_in

__all__ = [
    "device_routes",
    "leave_session",
    "logged_in",
    "login_answer",
    "login_routes",
    "renew_session",
    "session_routes",
]


def logged_in(exchange: Exchange, account: Account, issued: Issued, transport: Transport) -> LoggedIn:
    """What every way of signing in answers with."""
    return LoggedIn(
        access_token=issued.access_token,
        expires_in=issued.expires_in,
        refresh_expires_in=issued.refresh_expires_in,
        refresh_token=hand_over(exchange, issued, transport),
        user=User(id=account.id, name=account.name, email=account.email, role=account.role),
    )


def login_answer(
    exchange: Exchange, signed: SignedIn | MfaRequired, transport: Transport
) -> LoggedIn | MfaRequired:
    """The answer to a first factor: the session, or what the second step needs."""
    if isinstance(signed, MfaRequired):
        return signed
    return logged_in(exchange, signed.account, signed.issued, transport)


@post("/login", guards=[anyone(identified=False)], answers=(403,))
async def log_in(
    data: Login, services: IdentityServices, exchange: Exchange, transport: Transport = "body"
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
    message = "Login successful" if isinstance(signed, SignedIn) else "A second factor is required"
    return Ok(login_answer(exchange, signed, transport), message=message)


async def leave_session(db: Database, caller: Principal, exchange: Exchange) -> None:
    """End the caller's session, and have the browser forget its cookie."""
    async with db.transaction(caller) as tx:
        await actions.sign_out(tx, caller, origin=exchange)
    drop_cookie(exchange)


async def renew_session(data: Refresh, services: IdentityServices, exchange: Exchange) -> Refreshed:
    """The next tokens for a refresh token in the body or, where the body is `{}`, in the cookie.

    Raises RefreshRefused and what `check_same_site` raises.
    """
    transport: Transport = "body"
    token = data.refresh_token
    if token is UNSET:
        check_same_site(exchange)
        transport = "cookie"
        token = cookie_of(exchange) or ""
    try:
        issued = await refresh_session(
            services, token, address=exchange.address, user_agent=exchange.user_agent
        )
    except RefreshRefused:
        drop_cookie(exchange)
        raise
    return Refreshed(
        access_token=issued.access_token,
        expires_in=issued.expires_in,
        refresh_expires_in=issued.refresh_expires_in,
        refresh_token=hand_over(exchange, issued, transport),
    )


@post("/logout", guards=[signed_in()])
async def log_out(db: Database, caller: Principal, exchange: Exchange) -> Ok[None]:
    """End this session: its tokens are refused from now on, everywhere."""
    await leave_session(db, caller, exchange)
    return Ok(None, message="Logged out")


@post("/refresh", guards=[anyone(identified=False)], answers=(403,))
async def refresh(data: Refresh, services: IdentityServices, exchange: Exchange) -> Ok[Refreshed]:
    """Exchange a refresh token for new tokens.

    Each is used once; used again within ten seconds it gives the same successor, later it ends the session.
    The token is in the body, or the body is `{}` and the token in the cookie that `?transport=cookie` set.
    """
    return Ok(await renew_session(data, services, exchange))


@get("/sessions", guards=[signed_in()])
async def list_devices(db: Database, caller: Principal) -> Ok[list[Session]]:
    """The devices that are signed in to this account, the last seen first."""
    return Ok(await queries.list_sessions(db, caller.id, caller.session_id))


@delete("/sessions/{session_id:uuid}", guards=[signed_in()])
async def end_device(session_id: UUID, db: Database, caller: Principal, exchange: Exchange) -> None:
    """Sign one device out, at once and everywhere."""
    async with db.transaction(caller) as tx:
        await actions.end_own_session(tx, caller, session_id, origin=exchange)


@delete("/sessions", guards=[signed_in()])
async def end_other_devices(db: Database, caller: Principal, exchange: Exchange) -> Ok[SessionsEnded]:
    """Sign every other device out, at once and everywhere."""
    async with db.transaction(caller) as tx:
        ended = await actions.end_account_sessions(
            tx, caller.id, "revoked", keep=caller.session_id, origin=exchange
        )
    return Ok(SessionsEnded(ended=ended))


def login_routes(prefix: str = "/auth") -> Router:
    """`POST login`, with e-mail and password."""
    return Router(prefix, route_handlers=[log_in], tags=["Authentication"])


_DEVICES = [list_devices, end_device, end_other_devices]


def session_routes(prefix: str = "/auth") -> Router:
    """`POST refresh`, `POST logout`, and what `device_routes` has."""
    return Router(prefix, route_handlers=[refresh, log_out, *_DEVICES], tags=["Sessions"])


def device_routes(prefix: str = "/auth") -> Router:
    """`GET sessions`, `DELETE sessions`, `DELETE sessions/{id}`."""
    return Router(prefix, route_handlers=_DEVICES, tags=["Sessions"])
