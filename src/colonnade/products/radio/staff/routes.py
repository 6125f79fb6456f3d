"""Staff administration, for administrators: accounts, roles, and the audit log."""

from __future__ import annotations

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
    found_page,
    get,
    monitoring_routes,
    patch,
    post,
    recently_verified,
)
from colonnade.kernel.identity import (
    Account,
    Accounts,
    Passwords,
    count_accounts,
    factor_reset_routes,
    fetch_account,
    list_accounts,
    list_found_accounts,
    role_routes,
    search_accounts,
)
from colonnade.kernel.search import wanted_text
from colonnade.products.radio.staff.actions import update_staff
from colonnade.products.radio.staff.schemas import StaffCreate, StaffUpdate

__all__ = ["ROUTES"]


@get("/", guards=[allows("staff:manage")])
async def list_staff(
    db: Database, search: SearchText = None, page: PageNumber = 1, limit: Limit = 20
) -> Page[Account]:
    """Every account of the station, oldest first; those that a search finds by name or e-mail address, best first."""
    if (text := wanted_text(search)) is not None:
        found = await search_accounts(db, text, limit=limit, offset=(page - 1) * limit)
        return found_page(await list_found_accounts(db, found), found, page=page, limit=limit)
    accounts = await list_accounts(db, limit=limit, offset=(page - 1) * limit)
    total = await count_accounts(db)
    return Page.of(accounts, page=page, limit=limit, total=total)


@get("/{account_id:int}", guards=[allows("staff:manage")])
async def show_staff(account_id: int, db: Database) -> Ok[Account]:
    """One account."""
    return Ok(await fetch_account(db, account_id))


@post("/", guards=[allows("staff:manage"), recently_verified(api_keys=True)])
async def add_staff(
    data: StaffCreate,
    db: Database,
    accounts: Accounts,
    passwords: Passwords,
    caller: Principal,
    exchange: Exchange,
) -> Created[Account]:
    """Create an account that can sign in at once.

    Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
    """
    await passwords.check(data.password, about=(data.email, data.name))
    password_hash = await passwords.hash(data.password, address=exchange.address)
    async with db.transaction(caller) as tx:
        account = await accounts.create(
            tx,
            caller,
            email=data.email,
            name=data.name,
            role=data.role,
            password_hash=password_hash,
            origin=exchange,
        )
    return Created(account, message="Staff account created")


@patch("/{account_id:int}", guards=[allows("staff:manage"), recently_verified(api_keys=True)])
async def change_staff(
    account_id: int,
    data: StaffUpdate,
    db: Database,
    accounts: Accounts,
    caller: Principal,
    exchange: Exchange,
) -> Ok[Account]:
    """Change name or role, deactivate or reactivate; sessions end at once if rights are lost, and a mail says so.

    Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
    """
    async with db.transaction(caller) as tx:
        account = await update_staff(tx, accounts, caller, account_id, data, exchange)
    return Ok(account, message="Staff account updated")


_STAFF = Router(
    "/staff",
    route_handlers=[list_staff, show_staff, add_staff, change_staff],
    tags=[Tag("Staff", "Accounts of the people who work here, managed by administrators.")],
)
ROUTES = Router(
    "/",
    route_handlers=[
        _STAFF,
        factor_reset_routes("/staff", permission="staff:manage"),
        role_routes("/roles", permission="roles:manage"),
        audit_routes("/audit", permission="audit:read"),
        monitoring_routes("/admin/metrics", permission="metrics:read"),
    ],
)
