"""HTTP entry of suspensions (for administrators) and of deleting one's own account."""

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
    signed_in,
)
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.password_policy.actions import check_current_password
from colonnade.kernel.identity.password_policy.schemas import WrongPassword
from colonnade.kernel.identity.privacy import queries
from colonnade.kernel.identity.privacy.deleting import erase_account
from colonnade.kernel.identity.privacy.schemas import AccountDeletion, Suspension, SuspensionCreate
from colonnade.kernel.identity.privacy.suspending import reinstate_account, suspend_account
from colonnade.kernel.identity.queries import find_login
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.identity.tags import ACCOUNTS
from colonnade.kernel.mail import choose_language

__all__ = ["deletion_routes", "suspension_routes"]


@post("/deletion", guards=[signed_in()], answers=(400, 403, 429), status_code=200)
async def delete_own_account(
    data: AccountDeletion, services: IdentityServices, caller: Principal, exchange: Exchange
) -> Ok[None]:
    """Delete one's own account and personal data, for good. Needs one's password (400 when it is wrong).

    An account without password, or with a second factor, must have signed in, or stepped up, within ten minutes
    (403 STEP_UP_REQUIRED).
    """
    if await required_factors(services.db, caller.id):
        await check_recently_verified(services.authenticator, caller)
    if data.password is not UNSET:
        await check_current_password(services, caller, data.password, address=exchange.address)
    else:
        stored = await find_login(services.db, caller.email)
        if stored is None or stored.password_hash is not None:
            raise WrongPassword("The password is required.")
        await check_recently_verified(services.authenticator, caller)
    async with services.db.transaction(caller) as tx:
        await erase_account(
            tx,
            services,
            caller.id,
            caller=caller,
            language=choose_language(exchange.header("accept-language")),
            origin=exchange,
        )
    return Ok(None, message="Your account and your personal data are deleted.")


def deletion_routes(prefix: str = "/account") -> Router:
    """`POST {prefix}/deletion`. What goes with the account is told by ExportServices.personal_data and foreign keys."""
    return Router(prefix, route_handlers=[delete_own_account], tags=[ACCOUNT])


def suspension_routes(prefix: str = "/accounts", *, permission: str = "accounts:suspend") -> Router:
    """`GET`, `POST` and `DELETE {prefix}/{id}/suspension`, for those who have `permission`."""

    @get("/{account_id:int}/suspension", guards=[allows(permission)])
    async def show_suspension(account_id: int, db: Database) -> Ok[Suspension]:
        """Why and since when an account is suspended; 404 when it is not."""
        suspension = await queries.find_suspension(db, account_id)
        if suspension is None:
            raise NotFound("This account is not suspended.")
        return Ok(suspension)

    @post("/{account_id:int}/suspension", guards=[allows(permission)])
    async def suspend(
        account_id: int,
        data: SuspensionCreate,
        services: IdentityServices,
        caller: Principal,
        exchange: Exchange,
    ) -> Ok[Suspension]:
        """Suspend an account: it is signed out everywhere at once, and its owner is told the reason by mail."""
        async with services.db.transaction(caller) as tx:
            suspension = await suspend_account(tx, services, caller, account_id, data.reason, origin=exchange)
        return Ok(suspension, message="The account is suspended.")

    @delete("/{account_id:int}/suspension", guards=[allows(permission)])
    async def reinstate(
        account_id: int, services: IdentityServices, caller: Principal, exchange: Exchange
    ) -> None:
        """Lift a suspension; its owner is told by mail and signs in anew."""
        async with services.db.transaction(caller) as tx:
            await reinstate_account(tx, services, caller, account_id, origin=exchange)

    return Router(prefix, route_handlers=[show_suspension, suspend, reinstate], tags=[ACCOUNTS])
