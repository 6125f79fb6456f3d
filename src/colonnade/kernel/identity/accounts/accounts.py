"""Suspending, reinstating and deleting accounts, and taking second factors off one whose owner has lost them.

Deleting: personal data goes, rows that others need stay and refer to nobody in particular.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Forbidden, NotFound
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Record, Transaction
from colonnade.kernel.exports import PersonalData
from colonnade.kernel.identity.accounts import queries
from colonnade.kernel.identity.accounts.schemas import AlreadySuspended, NotSuspended, OwnAccount, Suspension
from colonnade.kernel.identity.factors.queries import delete_factors
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.roles.actions import check_held
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.mail import Language

__all__ = ["Accounts"]


@provided("accounts")
class Accounts:
    """Does to accounts what signs their owners out.

    Where `caller` is None it is the system: a job, the command line. People suspend, reinstate and reset only
    accounts that may do nothing that they themselves may not. `personal_data` are the parts that an account's
    deletion asks to erase what they hold.
    """

    def __init__(self, policy: Policy, personal_data: Sequence[PersonalData], notices: Notices) -> None:
        self.personal_data = personal_data
        self._policy = policy
        self._notices = notices

    async def suspend(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        reason: str,
        *,
        language: Language = "id",
        origin: Origin | None = None,
    ) -> Suspension:
        """Suspend an account: its sessions end at once, it cannot sign in, and its owner is told why by mail.

        Raises NotFound, OwnAccount, Forbidden, AlreadySuspended.
        """
        account = await self._lock_other(tx, caller, account_id)
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
            origin=origin,
        )
        await self._notices.send(
            tx,
            "account_suspended",
            email=account["email"],
            name=account["name"],
            language=language,
            reason=suspension.reason,
        )
        return suspension

    async def reinstate(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        *,
        language: Language = "id",
        origin: Origin | None = None,
    ) -> None:
        """Lift a suspension; the account signs in anew. Raises NotFound, OwnAccount, Forbidden, NotSuspended."""
        account = await self._lock_other(tx, caller, account_id)
        before = await queries.find_suspension(tx, account_id)
        if before is None or not await queries.lift_suspension(tx, account_id):
            raise NotSuspended
        await record(
            tx,
            action="account.reinstated",
            actor=caller or "system",
            target=("account", account_id),
            before={"reason": before.reason},
            origin=origin,
        )
        await self._notices.send(
            tx, "account_reinstated", email=account["email"], name=account["name"], language=language
        )

    async def erase(
        self,
        tx: Transaction,
        account_id: int,
        *,
        caller: Principal | None,
        language: Language = "id",
        origin: Origin | None = None,
    ) -> None:
        """Delete an account for good, whoever's; its address is free again.

        Its sessions end. Each part of the product's `personal_data` erases what it holds; then every foreign key to
        accounts is followed as its ON DELETE says: CASCADE deletes the row, SET NULL forgets whose it was, and a row
        with neither goes on referring to the account's row, which stays without name, address and password. Raises
        NotFound and what a part raises to refuse.
        """
        account = await queries.lock_account(tx, account_id)
        if account is None:
            raise NotFound("There is no such account.")
        await end_account_sessions(tx, account_id, "deleted")
        for part in self.personal_data:
            if part.erase is not None:
                await part.erase(tx, account_id)
        await queries.delete_what_belongs_to(tx, account_id)
        await queries.blank_account(tx, account_id)
        await record(
            tx,
            action="account.deleted",
            actor=caller or "system",
            target=("account", account_id),
            origin=origin,
        )
        await self._notices.send(
            tx, "account_deleted", email=account["email"], name=account["name"], language=language
        )

    async def reset_factors(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        origin: ClientOrigin | None = None,
    ) -> None:
        """Remove authenticator app, passkeys and recovery codes, end every session and tell the owner by mail.

        The password stays; a role that asks for a second factor has a new one set up at the next login. Raises
        NotFound (also for an account without a second factor), OwnAccount and Forbidden.
        """
        await self._lock_other(tx, caller, account_id)
        removed = await delete_factors(tx, account_id)
        if not removed["totp"] and not removed["passkeys"]:
            raise NotFound("This account has no second factor.")
        await end_account_sessions(tx, account_id, "factors-reset", origin=origin)
        details = {"app": removed["totp"], "passkeys": removed["passkeys"]}
        await self._notices.note_change(tx, account_id, "factors-reset", origin, details)

    def check_role(self, caller: Principal, role: str) -> None:
        """Refuse to give a built-in role that may do what the caller may not; raises PermissionNotHeld."""
        check_held(caller, self._policy.of(role))

    async def check_powers(self, tx: Transaction, caller: Principal, account_id: int) -> None:
        """Refuse to change an account that may do what the caller may not; it is locked until the end.

        Raises NotFound and Forbidden.
        """
        await self._lock(tx, caller, account_id)

    async def _lock_other(self, tx: Transaction, caller: Principal | None, account_id: int) -> Record:
        """Somebody else's account, locked; raises NotFound, OwnAccount and Forbidden."""
        account = await self._lock(tx, caller, account_id)
        if caller is not None and caller.id == account_id:
            raise OwnAccount
        return account

    async def _lock(self, tx: Transaction, caller: Principal | None, account_id: int) -> Record:
        another = caller is not None and caller.id != account_id
        # As of now, not as of the beginning of the request: somebody may have taken the caller's rights.
        if caller and another and await queries.lock_role(tx, caller.id, account_id) != caller.role:
            raise Forbidden
        account = await queries.lock_account(tx, account_id)
        if account is None:
            raise NotFound("There is no such account.")
        powers = self._policy.of(account["role"], account["granted"])
        oneself = caller is not None and caller.id == account_id and not caller.via_key
        if caller is not None and not oneself and not powers <= caller.permissions:
            raise Forbidden("This account may do things that you may not.")
        return account
