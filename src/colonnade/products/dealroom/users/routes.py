"""Users: sign-up, one's own account, and administration."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import audit_routes
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    SearchText,
    Tag,
    allows,
    anyone,
    check_recently_verified,
    delete,
    found_page,
    get,
    mirrored,
    patch,
    post,
    recently_verified,
    signed_in,
    spends,
)
from colonnade.kernel.identity import (
    Accounts,
    Authenticator,
    Passwords,
    count_accounts,
    factor_reset_routes,
    required_factors,
    search_accounts,
    suspension_routes,
)
from colonnade.kernel.search import wanted_text
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.users import actions, queries
from colonnade.products.dealroom.users.schemas import User, UserCreate, UserUpdate

__all__ = ["ROUTES"]


@post("/", guards=[anyone(identified=False), spends("sign-ups", by_address=True)])
async def sign_up(
    data: UserCreate, db: Database, accounts: Accounts, passwords: Passwords, exchange: Exchange
) -> Created[User]:
    """Sign up; username, e-mail address and telephone number must each be unique."""
    password_hash = await actions.hash_sign_up(passwords, data, address=exchange.address)
    async with db.transaction() as tx:
        user = await actions.create_user(tx, accounts, data, password_hash, exchange)
    return Created(user, message="User created")


@get("/", guards=[allows("users:manage")])
async def list_users(
    db: Database, search: SearchText = None, page: PageNumber = 1, limit: Limit = 20
) -> Page[User]:
    """Every user, oldest first; those that a search finds by name, e-mail address or telephone number, best first."""
    if (text := wanted_text(search)) is not None:
        found = await search_accounts(db, text, limit=limit, offset=(page - 1) * limit)
        return found_page(await queries.list_found_users(db, found), found, page=page, limit=limit)
    users = await queries.list_users(db, limit=limit, offset=(page - 1) * limit)
    total = await count_accounts(db)
    return Page.of(users, page=page, limit=limit, total=total)


@get("/me", guards=[signed_in()])
async def show_me(db: Database, caller: Principal) -> Ok[User]:
    """One's own account."""
    return Ok(await queries.fetch_user(db, caller.id))


@get("/{user_id:int}", guards=[signed_in()])
async def show_user(user_id: int, db: Database, caller: Principal) -> Ok[User]:
    """One's own account; any, for administrators."""
    return Ok(await queries.fetch_user(db, actions.access_user_id(caller, user_id)))


@patch("/{user_id:int}", guards=[signed_in()])
async def change_user(
    user_id: int,
    data: UserUpdate,
    db: Database,
    accounts: Accounts,
    passwords: Passwords,
    authenticator: Authenticator,
    caller: Principal,
    exchange: Exchange,
) -> Ok[User]:
    """Change one's own account; administrators: any, but its password.

    A new password or e-mail address needs `currentPassword` (400 when it is wrong); a new password signs every other
    device out. Another e-mail address of an account with a second factor, a role, and everything of somebody else's
    account need a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED). The old address is told of a new
    one, and of another role.
    """
    actions.access_user_id(caller, user_id)
    data = actions.without_own(caller, user_id, data)
    if user_id != caller.id or (data.email is not UNSET and await required_factors(db, caller.id)):
        await check_recently_verified(authenticator, caller)
    password = await actions.prepare_change(db, passwords, caller, user_id, data, address=exchange.address)
    async with db.transaction(caller) as tx:
        user = await actions.update_user(
            tx,
            accounts,
            passwords,
            caller,
            user_id,
            data,
            password,
            exchange,
        )
    return Ok(user, message="User updated")


@delete("/{user_id:int}", guards=[signed_in(), recently_verified()])
async def delete_user(
    user_id: int, db: Database, accounts: Accounts, caller: Principal, exchange: Exchange
) -> None:
    """Delete one's own account (administrators: any) for good, with its sessions and all in them.

    Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
    """
    actions.access_user_id(caller, user_id)
    async with db.transaction(caller) as tx:
        await actions.delete_user(
            tx,
            accounts,
            caller,
            user_id,
            language=exchange.language,
            origin=exchange,
        )


_USERS = mirrored(
    Router(
        f"{PREFIX}/users",
        route_handlers=[sign_up, list_users, show_me, show_user, change_user, delete_user],
        tags=[Tag("Users", "Sign up, see and change your own account; administrators manage all of them.")],
    )
)
ROUTES = Router(
    "/",
    route_handlers=[
        _USERS,
        suspension_routes(f"{PREFIX}/users", permission="users:manage"),
        factor_reset_routes(f"{PREFIX}/users", permission="users:manage"),
        audit_routes(f"{PREFIX}/audit", permission="audit:read"),
    ],
)
