"""One's own profile, and the kernel's routes: sign-in, sessions, passwords, factors, keys, deletion."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.exports import export_routes
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    check_recently_verified,
    get,
    put,
    signed_in,
)
from colonnade.kernel.identity import (
    Account,
    Accounts,
    Authenticator,
    api_key_routes,
    deletion_routes,
    fetch_account,
    jwks_routes,
    login_routes,
    mfa_routes,
    oauth_routes,
    passkey_routes,
    password_routes,
    session_routes,
    step_up_routes,
)
from colonnade.products.radio.auth.actions import changes_email, update_profile
from colonnade.products.radio.auth.schemas import Login, Me, ProfileUpdate

__all__ = ["ROUTES"]


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
async def update_me(
    data: ProfileUpdate,
    db: Database,
    accounts: Accounts,
    authenticator: Authenticator,
    caller: Principal,
    exchange: Exchange,
) -> Ok[Me]:
    """Change one's own name or e-mail.

    Another e-mail needs a login or step-up within ten minutes (403 STEP_UP_REQUIRED); the old address is told.
    """
    if changes_email(caller, data):
        await check_recently_verified(authenticator, caller)
    async with db.transaction(caller) as tx:
        account = await update_profile(tx, accounts, caller, data, exchange)
    return Ok(_me(account, caller), message="Profile updated")


_OWN = Router("/auth", route_handlers=[show_me, update_me], tags=["Authentication"])
ROUTES = Router(
    "/",
    route_handlers=[
        _OWN,
        login_routes("/auth", credentials=Login),
        session_routes("/auth"),
        password_routes("/auth/password"),
        mfa_routes("/auth"),
        passkey_routes("/auth"),
        step_up_routes("/auth"),
        # Administrators create staff accounts: signing in with another provider never creates one.
        oauth_routes("/auth", sign_up_role=None),
        api_key_routes("/auth/keys"),
        export_routes("/account/exports"),
        deletion_routes("/account"),
        jwks_routes(),
    ],
)
