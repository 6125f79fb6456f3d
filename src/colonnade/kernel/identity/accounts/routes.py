"""HTTP entry of suspensions and lost second factors (for administrators), and of deleting one's own account."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Database
from colonnade.kernel.exports import ACCOUNT
from colonnade.kernel.http import (
    Exchange,
    Ok,
    Router,
    allows,
    check_recently_verified,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.accounts import queries
from colonnade.kernel.identity.accounts.accounts import Accounts
from colonnade.kernel.identity.accounts.schemas import AccountDeletion, Suspension, SuspensionCreate
from colonnade.kernel.identity.authenticator import Authenticator
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.schemas import WrongPassword
from colonnade.kernel.identity.queries import find_login
from colonnade.kernel.identity.tags import ACCOUNTS, SECOND_FACTORS

__all__ = ["deletion_routes", "factor_reset_routes", "suspension_routes"]


@post("/deletion", guards=[signed_in()], answers=(400, 403, 429), status_code=200)
async def delete_own_account(
    data: AccountDeletion,
    db: Database,
    accounts: Accounts,
    passwords: Passwords,
    authenticator: Authenticator,
    caller: Principal,
    exchange: Exchange,
) -> Ok[None]:
    """Delete one's own account and personal data, for good. Needs one's password (400 if it is wrong).

    An account without password, or with a second factor, must have signed in, or stepped up, within ten minutes
    (403 STEP_UP_REQUIRED).
    """
    if await required_factors(db, caller.id):
        await check_recently_verified(authenticator, caller)
    if data.password is not UNSET:
        await passwords.check_current(db, caller, data.password, address=exchange.address)
    else:
        stored = await find_login(db, caller.email)
        if stored is None or stored.password_hash is not None:
            raise WrongPassword("The password is required.")
        await check_recently_verified(authenticator, caller)
    async with db.transaction(caller) as tx:
        await accounts.erase(
            tx,
            caller.id,
            caller=caller,
            language=exchange.language,
            origin=exchange,
        )
    return Ok(None, message="Your account and your personal data are deleted.")


def deletion_routes(prefix: str = "/account") -> Router:
    """Build `POST {prefix}/deletion`; Slice.personal_data and foreign keys decide what is deleted."""
    return Router(prefix, route_handlers=[delete_own_account], tags=[ACCOUNT])


def suspension_routes(prefix: str = "/accounts", *, permission: str = "accounts:suspend") -> Router:
    """Build `GET`, `POST` and `DELETE {prefix}/{id}/suspension`, for callers with `permission`."""

    @get("/{account_id:int}/suspension", guards=[allows(permission)])
    async def show_suspension(account_id: int, db: Database) -> Ok[Suspension]:
        """Why and since when an account is suspended; 404 if it is not."""
        suspension = await queries.find_suspension(db, account_id)
        if suspension is None:
            raise NotFound("This account is not suspended.")
        return Ok(suspension)

    @post("/{account_id:int}/suspension", guards=[allows(permission), recently_verified(api_keys=True)])
    async def suspend(
        account_id: int,
        data: SuspensionCreate,
        db: Database,
        accounts: Accounts,
        caller: Principal,
        exchange: Exchange,
    ) -> Ok[Suspension]:
        """Suspend an account: it is signed out everywhere at once, and its owner is told the reason by mail.

        Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
        """
        async with db.transaction(caller) as tx:
            suspension = await accounts.suspend(tx, caller, account_id, data.reason, origin=exchange)
        return Ok(suspension, message="The account is suspended.")

    @delete("/{account_id:int}/suspension", guards=[allows(permission), recently_verified(api_keys=True)])
    async def reinstate(
        account_id: int, db: Database, accounts: Accounts, caller: Principal, exchange: Exchange
    ) -> None:
        """Lift a suspension; its owner is told by mail and signs in anew.

        Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
        """
        async with db.transaction(caller) as tx:
            await accounts.reinstate(tx, caller, account_id, origin=exchange)

    return Router(prefix, route_handlers=[show_suspension, suspend, reinstate], tags=[ACCOUNTS])


def factor_reset_routes(prefix: str = "/accounts", *, permission: str = "accounts:manage") -> Router:
    """Build `DELETE {prefix}/{id}/second-factors`, for callers with `permission`."""

    @delete(
        "/{account_id:int}/second-factors",
        guards=[allows(permission), recently_verified()],
        answers=(409,),
    )
    async def reset_second_factors(
        account_id: int, db: Database, accounts: Accounts, caller: Principal, exchange: Exchange
    ) -> None:
        """Remove the second factors of an account whose owner has lost them; 404 if it has none.

        These are authenticator app, passkeys and recovery codes. The account is signed out everywhere and its owner
        told by mail. Refused for one's own account (409), and for one with a permission that one lacks (403).
        """
        async with db.transaction(caller) as tx:
            await accounts.reset_factors(tx, caller, account_id, exchange)

    return Router(prefix, route_handlers=[reset_second_factors], tags=[SECOND_FACTORS])
