"""HTTP entry of sessions, for a product to mount: sign out, refresh, and the list of one's devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, delete, get, post, signed_in
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.sessions import actions, queries
from colonnade.kernel.identity.sessions.schemas import (
    Issued,
    LoggedIn,
    Refresh,
    Refreshed,
    RefreshRefused,
    Session,
    SessionsEnded,
    User,
)
from colonnade.kernel.identity.sessions.sessions import Sessions
from colonnade.kernel.identity.sessions.transport import (
    Transport,
    check_same_site,
    cookie_of,
    drop_cookie,
    hand_over,
)
from colonnade.kernel.identity.shapes import annotate_handler
from colonnade.kernel.identity.tags import SESSIONS

__all__ = [
    "device_routes",
    "leave_session",
    "logged_in",
    "refresh_routes",
    "session_routes",
]


def logged_in(exchange: Exchange, account: Account, issued: Issued, transport: Transport) -> LoggedIn:
    """Return the answer of every way to sign in; with the transport `cookie`, set the cookie."""
    return LoggedIn(
        access_token=issued.access_token,
        expires_in=issued.expires_in,
        refresh_expires_in=issued.refresh_expires_in,
        refresh_token=hand_over(exchange, issued, transport),
        user=User(id=account.id, name=account.name, email=account.email, role=account.role),
    )


async def leave_session(db: Database, caller: Principal, exchange: Exchange) -> None:
    """End the caller's session, and have the browser forget its cookie."""
    async with db.transaction(caller) as tx:
        await actions.sign_out(tx, caller, origin=exchange)
    drop_cookie(exchange)


async def _renew(data: Refresh, db: Database, sessions: Sessions, exchange: Exchange) -> Refreshed:
    """Exchange the refresh token of the body or, if the body is `{}`, of the cookie.

    Raise RefreshRefused if it is not valid; with the cookie, raise as `check_same_site` does.
    """
    transport: Transport = "body"
    token = data.refresh_token
    if token is UNSET:
        check_same_site(exchange)
        transport = "cookie"
        token = cookie_of(exchange) or ""
    try:
        issued = await sessions.refresh(db, token, exchange)
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


@get("/sessions", guards=[signed_in()])
async def list_devices(db: Database, caller: Principal) -> Ok[list[Session]]:
    """The devices that are signed in to this account, last seen first."""
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


def _unchanged(renewed: Refreshed) -> Refreshed:
    return renewed


def refresh_routes(
    prefix: str = "/auth",
    *,
    answer: Callable[[Refreshed], Any] = _unchanged,
    names: Sequence[str] = ("refresh",),
) -> Router:
    """Build `POST refresh`, under each of `names`.

    `answer` makes the product's answer of the new tokens; its return type is the shape.
    """

    async def refresh(data: Refresh, db: Database, sessions: Sessions, exchange: Exchange) -> Ok[Any]:
        """Exchange a refresh token for new tokens.

        Each is used once; used again within ten seconds it gives the same successor, later it ends the session.
        The token is in the body, or the body is `{}` and the token in the cookie that `?transport=cookie` set.
        """
        return Ok(answer(await _renew(data, db, sessions, exchange)))

    annotate_handler(refresh, answer=answer)
    handlers = [
        post(f"/{name}", guards=[anyone(identified=False)], answers=(403,))(refresh) for name in names
    ]
    return Router(prefix, route_handlers=handlers, tags=[SESSIONS])


_DEVICES = [list_devices, end_device, end_other_devices]


def session_routes(prefix: str = "/auth") -> Router:
    """Build `POST refresh`, `POST logout` and the routes of `device_routes`."""
    own = Router("/", route_handlers=[log_out, *_DEVICES], tags=[SESSIONS])
    return Router(prefix, route_handlers=[refresh_routes("/"), own])


def device_routes(prefix: str = "/auth") -> Router:
    """Build `GET sessions`, `DELETE sessions` and `DELETE sessions/{id}`."""
    return Router(prefix, route_handlers=_DEVICES, tags=[SESSIONS])
