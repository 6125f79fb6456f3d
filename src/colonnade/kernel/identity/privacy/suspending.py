"""Suspending an account and lifting the suspension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import Forbidden, NotFound
from colonnade.kernel.db import Record, Transaction
from colonnade.kernel.identity.privacy import queries
from colonnade.kernel.identity.privacy.schemas import AlreadySuspended, NotSuspended, OwnAccount, Suspension
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.mail import Language, SendMail, send_mail

if TYPE_CHECKING:
    from colonnade.kernel.audit.recording import Origin
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["lock_other", "reinstate_account", "suspend_account"]


async def suspend_account(
    tx: Transaction,
    services: IdentityServices,
    caller: Principal | None,
    account_id: int,
    reason: str,
    *,
    language: Language = "id",
    origin: Origin | None = None,
) -> Suspension:
    """Suspend an account: its sessions end at once, it cannot sign in, and its owner is told why by mail.

    `caller` None is the system (a job, the command line). Nobody suspends themselves or somebody who may do
    things that they may not. Raises NotFound, OwnAccount, Forbidden, AlreadySuspended.
    """
    account = await lock_other(tx, services, caller, account_id)
    suspension = await queries.suspend_account(
        tx, account_id, reason=reason.strip(), by_account_id=caller.id if caller else None
    )
    if suspension is None:
        raise AlreadySuspended
    await end_account_sessions(tx, account_id, "suspended")
    await record(
        tx,
        action="account.suspended",
        actor=caller or "system",
        target=("account", account_id),
        after={"reason": suspension.reason},
        exchange=origin,
    )
    await _tell(tx, services, account, "account_suspended", language, reason=suspension.reason)
    return suspension


async def reinstate_account(
    tx: Transaction,
    services: IdentityServices,
    caller: Principal | None,
    account_id: int,
    *,
    language: Language = "id",
    origin: Origin | None = None,
) -> None:
    """Lift a suspension; the account signs in anew. Raises NotFound, OwnAccount, Forbidden, NotSuspended."""
    account = await lock_other(tx, services, caller, account_id)
    before = await queries.find_suspension(tx, account_id)
    if before is None or not await queries.lift_suspension(tx, account_id):
        raise NotSuspended
    await record(
        tx,
        action="account.reinstated",
        actor=caller or "system",
        target=("account", account_id),
        before={"reason": before.reason},
        exchange=origin,
    )
    await _tell(tx, services, account, "account_reinstated", language)


async def lock_other(
    tx: Transaction, services: IdentityServices, caller: Principal | None, account_id: int
) -> Record:
    """Somebody else's account, locked, who may do nothing that the caller may not (None: the system, any account).

    Raises NotFound, OwnAccount and Forbidden.
    """
    account = await queries.lock_account(tx, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    if caller is not None and caller.id == account_id:
        raise OwnAccount
    powers = services.product.policy.of(account["role"], account["granted"])
    if caller is not None and not powers <= caller.permissions:
        raise Forbidden("This account may do things that you may not.")
    return account


async def _tell(
    tx: Transaction,
    services: IdentityServices,
    account: Record,
    template: str,
    language: Language,
    **more: str,
) -> None:
    await tx.enqueue(
        send_mail,
        SendMail(
            to=account["email"],
            to_name=account["name"],
            language=language,
            template=f"colonnade.kernel.identity:{template}",
            context={"title": services.product.title, "name": account["name"], **more},
        ),
    )
