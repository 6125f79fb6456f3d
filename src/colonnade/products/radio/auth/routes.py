"""Signing in and out, and one's own profile."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, get, post, put, signed_in
from colonnade.kernel.identity import Account, fetch_account, sign_in, sign_out
from colonnade.kernel.product import Services
from colonnade.products.radio.auth.actions import update_profile
from colonnade.products.radio.auth.schemas import LoggedIn, Login, Me, ProfileUpdate, User

__all__ = ["ROUTES"]


@post("/login", guards=[anyone()])
async def log_in(data: Login, services: Services, exchange: Exchange) -> Ok[LoggedIn]:
    """Sign in with e-mail and password; five failures per 15 minutes, by address and by account."""
    ttl = timedelta(seconds=services.settings.access_token_ttl_seconds)
    signed = await sign_in(
        services.db,
        email=data.email,
        password=data.password,
        hasher=services.hasher,
        tokens=services.tokens,
        guard=services.login_guard,
        access_ttl=ttl,
        address=exchange.address,
        user_agent=exchange.user_agent,
    )
    account = signed.account
    return Ok(
        LoggedIn(
            access_token=signed.access_token,
            expires_in=int(ttl.total_seconds()),
            user=User(id=account.id, name=account.name, email=account.email, role=account.role),
        ),
        message="Login successful",
    )


@post("/logout", guards=[signed_in()])
async def log_out(db: Database, caller: Principal) -> Ok[None]:
    """End this session: its token is refused from now on, everywhere."""
    async with db.transaction(caller) as tx:
        await sign_out(tx, caller)
    return Ok(None, message="Logged out")


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
async def update_me(data: ProfileUpdate, db: Database, caller: Principal) -> Ok[Me]:
    """Change one's own name or e-mail."""
    async with db.transaction(caller) as tx:
        account = await update_profile(tx, caller, data)
    return Ok(_me(account, caller), message="Profile updated")


ROUTES = Router("/auth", route_handlers=[log_in, log_out, show_me, update_me], tags=["Authentication"])
