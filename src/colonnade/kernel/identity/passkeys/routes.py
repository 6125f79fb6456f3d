"""HTTP entry of passkeys, for a product to mount: signing in with one, and managing one's own."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    Ok,
    Router,
    anyone,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.passkeys import queries
from colonnade.kernel.identity.passkeys.passkeys import Passkeys
from colonnade.kernel.identity.passkeys.schemas import (
    Ceremony,
    Passkey,
    PasskeyAdd,
    PasskeyAdded,
    PasskeyProof,
)
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.sessions.answers import SessionAnswer, session_itself
from colonnade.kernel.identity.sessions.routes import logged_in
from colonnade.kernel.identity.sessions.sessions import Sessions
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.shapes import annotate_handler
from colonnade.kernel.identity.tags import PASSKEYS

__all__ = ["passkey_routes"]


@post("/passkeys/login/options", guards=[anyone(identified=False)])
async def begin_login(db: Database, passkeys: Passkeys) -> Ok[Ceremony]:
    """What the browser needs to sign in with any passkey of this site."""
    return Ok(await passkeys.begin_use(db, "login"))


@get("/passkeys", guards=[signed_in()])
async def list_own(db: Database, caller: Principal) -> Ok[list[Passkey]]:
    """One's own passkeys, oldest first."""
    return Ok(await queries.list_passkeys(db, caller.id))


@post("/passkeys/options", guards=[signed_in(), recently_verified()])
async def begin_registration(db: Database, passkeys: Passkeys, caller: Principal) -> Ok[Ceremony]:
    """What the browser needs to make a passkey."""
    account = await fetch_account(db, caller.id)
    return Ok(await passkeys.begin_registration(db, account))


@post("/passkeys", guards=[signed_in(), recently_verified()])
async def add(
    data: PasskeyAdd, db: Database, passkeys: Passkeys, caller: Principal, exchange: Exchange
) -> Created[PasskeyAdded]:
    """Add the passkey that the browser created; logins by password ask for a second factor from now on."""
    async with db.transaction(caller) as tx:
        added = await passkeys.register(tx, caller, data, exchange)
    return Created(added)


@delete("/passkeys/{passkey_id:int}", guards=[signed_in(), recently_verified()])
async def remove(
    passkey_id: int, db: Database, passkeys: Passkeys, caller: Principal, exchange: Exchange
) -> None:
    """Remove one of one's passkeys; refused if one's role requires a second factor and it is the last."""
    async with db.transaction(caller) as tx:
        await passkeys.remove(tx, caller, passkey_id, exchange)


def _login_handler(answer: SessionAnswer) -> Any:
    async def log_in(
        data: PasskeyProof,
        db: Database,
        passkeys: Passkeys,
        sessions: Sessions,
        exchange: Exchange,
        transport: Transport = "body",
    ) -> Ok[Any]:
        """Sign in with a passkey; its PIN or biometric makes it both factors."""
        if transport == "cookie":
            check_same_site(exchange)
        async with db.transaction() as tx:
            passkey = await passkeys.use(tx, "login", data)
            issued = await sessions.open(tx, passkey.account_id, exchange, methods=("passkey",))
            account = await fetch_account(tx, passkey.account_id)
        session = logged_in(exchange, account, issued, transport)
        return Ok(await answer(db, session), message="Login successful")

    annotate_handler(log_in, answer=answer)
    return post("/passkeys/login", guards=[anyone(identified=False)], answers=(403,))(log_in)


def passkey_routes(prefix: str = "/auth", *, answer: SessionAnswer = session_itself) -> Router:
    """Build `passkeys/…`: signing in with one (`login`), listing, adding and removing one's own.

    `answer` makes the product's answer of a session.
    """
    return Router(
        prefix,
        route_handlers=[begin_login, _login_handler(answer), list_own, begin_registration, add, remove],
        tags=[PASSKEYS],
    )
