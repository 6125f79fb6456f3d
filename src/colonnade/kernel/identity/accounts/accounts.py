"""Making, changing, suspending and deleting accounts, and removing second factors that their owner has lost.

Products change accounts here and nowhere else, so that no way is without the lock, the proof of who the caller is, the
entry in the audit log and the mail to the owner. Deleting removes personal data; rows that others need stay, and refer
to an account without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Forbidden, NotFound, changed_fields
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Transaction, erase_all_kept
from colonnade.kernel.exports import PersonalData
from colonnade.kernel.identity.accounts import queries
from colonnade.kernel.identity.accounts.schemas import (
    SWEEP_DELAYS,
    SWEEP_DELETED,
    AlreadySuspended,
    DeletedAccount,
    NotSuspended,
    OwnAccount,
    Suspension,
)
from colonnade.kernel.identity.factors.queries import delete_factors
from colonnade.kernel.identity.notices import Change, Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import (
    check_recent_proof,
    fetch_account,
    insert_account,
    update_account,
)
from colonnade.kernel.identity.roles.actions import check_held
from colonnade.kernel.identity.roles.locking import LockedAccount, check_still_holds, lock_account
from colonnade.kernel.identity.roles.schemas import LastAdmin
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.jobs import cancel_jobs_about
from colonnade.kernel.mail import Language, same_address

__all__ = ["Accounts"]


@provided("accounts")
class Accounts:
    """Makes, changes, suspends, reinstates and deletes accounts, and resets their second factors.

    The `caller` None is the system: a job or the command line. People change only accounts without a permission that
    they lack themselves, and others' only after a login or step-up of the last ten minutes. `personal_data` are the
    parts whose data the deletion of an account erases.
    """

    def __init__(self, policy: Policy, personal_data: Sequence[PersonalData], notices: Notices) -> None:
        self.personal_data = personal_data
        self._policy = policy
        self._notices = notices

    async def create(
        self,
        tx: Transaction,
        caller: Principal | None,
        *,
        email: str,
        name: str,
        role: str,
        password_hash: str | None,
        origin: Origin | None = None,
    ) -> Account:
        """Make an active account for somebody else, with a built-in role.

        Raise EmailTaken if another account has the address, PermissionNotHeld if the role has a permission that the
        caller lacks, VerificationNeeded without a recent proof of who the caller is, Forbidden if the caller has lost
        rights since the request began, Unauthorized if its session has ended.
        """
        if caller is not None:
            check_held(caller, self._policy.of(role))
            await check_still_holds(tx, self._policy, caller)
            await check_recent_proof(tx, caller)
        account = await insert_account(tx, email=email, name=name, role=role, password_hash=password_hash)
        await record(
            tx, action="account.created", target=("account", account.id), after={"role": role}, origin=origin
        )
        return account

    async def sign_up(
        self, tx: Transaction, *, email: str, name: str, role: str, password_hash: str
    ) -> Account:
        """Make an active account for whoever asks, who has not proven to read its mail.

        Raise EmailTaken if another account has the address, ValueError for the administrators' role.
        """
        if role == self._policy.admin_role:
            raise ValueError("nobody signs up as an administrator")
        return await insert_account(
            tx, email=email, name=name, role=role, password_hash=password_hash, signed_up=True
        )

    async def change(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        *,
        name: str | None = None,
        email: str | None = None,
        role: str | None = None,
        is_active: bool | None = None,
        origin: ClientOrigin | None = None,
    ) -> Account:
        """Change the values that are given, and tell the owner at the present address what matters to them.

        Values that are there already change nothing. Another role and a deactivation end the account's sessions. One's
        own role needs a recent proof as well; whether one's own address does is the caller's to decide. Raise
        EmailTaken if another account has the address, and otherwise as `lock_account` does.
        """
        await self.lock_account(tx, caller, account_id, role=role, demotes=is_active is False)
        before = await fetch_account(tx, account_id)
        given = {"name": name, "email": email, "role": role, "is_active": is_active}
        changed = changed_fields(before, {key: value for key, value in given.items() if value is not None})
        if not changed:
            return before
        target = ("account", account_id)
        if "name" in changed:
            await record(tx, action="account.renamed", target=target, origin=origin)
        for change, old, new in _told(before, email, role, is_active):
            await self._notices.note_change(tx, account_id, change, origin, new, before=old)
        account = await update_account(tx, account_id, **changed)
        if account.role != before.role or not account.is_active:
            await end_account_sessions(tx, account_id, "role-changed" if account.is_active else "deactivated")
        return account

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

        Raise AlreadySuspended if it is not active, OwnAccount if it is the caller's, and otherwise as `lock_account`
        does.
        """
        account = await self._lock_other(tx, caller, account_id, demotes=True)
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
            email=account.email,
            name=account.name,
            account_id=account_id,
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
        """Lift a suspension, so that the account can sign in again.

        Raise NotSuspended if there is none, OwnAccount if the account is the caller's, and otherwise as `lock_account`
        does.
        """
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
            tx,
            "account_reinstated",
            email=account.email,
            name=account.name,
            account_id=account_id,
            language=language,
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
        """Delete an account for good; its e-mail address becomes free.

        Its sessions end. Each part of the product's `personal_data` erases what it holds. Then the ON DELETE of every
        foreign key to accounts is applied: CASCADE deletes the row, SET NULL clears the column, and a row with neither
        keeps referring to the account's row, which stays without name, address and password. Jobs about it, and mails
        to its address, leave the queue, whatever their state; the mail about the deletion is enqueued after that. A job
        sweeps once more: what waited for the lock of the account's row is written after it.
        Raise as `lock_account` does; a part may raise to refuse.
        """
        account = await self.lock_account(tx, caller, account_id, demotes=True)
        await queries.lock_references(tx, account_id)
        await end_account_sessions(tx, account_id, "deleted")
        await self._erase_belongings(tx, account_id)
        await queries.blank_account(tx, account_id)
        await cancel_jobs_about(tx, account_id, account.email)
        for delay in SWEEP_DELAYS:
            await tx.enqueue(SWEEP_DELETED, DeletedAccount(account_id), delay=delay)
        await record(
            tx,
            action="account.deleted",
            actor=caller or "system",
            target=("account", account_id),
            origin=origin,
        )
        await self._notices.send(
            tx,
            "account_deleted",
            email=account.email,
            name=account.name,
            account_id=None,
            language=language,
        )

    async def sweep(self, tx: Transaction, account_id: int) -> None:
        """Delete once more what belongs to an account, if it is deleted."""
        if await queries.is_deleted(tx, account_id):
            await self._erase_belongings(tx, account_id)

    async def _erase_belongings(self, tx: Transaction, account_id: int) -> None:
        for part in self.personal_data:
            if part.erase is not None:
                await part.erase(tx, account_id)
        await erase_all_kept(tx, account_id)
        await queries.delete_what_belongs_to(tx, account_id)

    async def reset_factors(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        origin: ClientOrigin | None = None,
    ) -> None:
        """Remove authenticator app, passkeys and recovery codes, end every session and tell the owner by mail.

        The password stays; if the role requires a second factor, the next login sets up a new one. Raise NotFound if
        the account has no second factor, OwnAccount if it is the caller's, and otherwise as `lock_account` does.
        """
        await self._lock_other(tx, caller, account_id)
        removed = await delete_factors(tx, account_id)
        if not removed["totp"] and not removed["passkeys"]:
            raise NotFound("This account has no second factor.")
        await end_account_sessions(tx, account_id, "factors-reset", origin=origin)
        details = {"app": removed["totp"], "passkeys": removed["passkeys"]}
        await self._notices.note_change(tx, account_id, "factors-reset", origin, details)

    async def lock_account(
        self,
        tx: Transaction,
        caller: Principal | None,
        account_id: int,
        *,
        role: str | None = None,
        demotes: bool = False,
    ) -> LockedAccount:
        """Lock an account for a change by `caller`, which may give it another built-in `role`.

        `demotes` tells that the change may take its role or its sign-in away. Raise NotFound if there is no such
        account, VerificationNeeded if it is somebody else's, or the role is to change, without a recent proof of who
        the caller is, Forbidden if the caller has lost rights since the request began or lacks a permission of the
        account, PermissionNotHeld if the caller lacks one of the new role, LastAdmin if no administrator would be left,
        Unauthorized if the caller's session or key has ended.
        """
        demotes = demotes or (role is not None and role != self._policy.admin_role)
        account = await lock_account(tx, self._policy, caller, account_id, demotes=demotes)
        if caller is not None and caller.id == account_id and role is not None:
            await check_recent_proof(tx, caller)
        oneself = caller is not None and caller.id == account_id and not caller.via_key
        if caller is not None and not oneself and not account.permissions <= caller.permissions:
            raise Forbidden("This account may do things that you may not.")
        if caller is not None and role is not None:
            check_held(caller, self._policy.of(role))
        if account.is_last_admin:
            raise LastAdmin
        return account

    async def _lock_other(
        self, tx: Transaction, caller: Principal | None, account_id: int, *, demotes: bool = False
    ) -> LockedAccount:
        """Lock another account. Raise OwnAccount if it is the caller's, and otherwise as `lock_account` does."""
        if caller is not None and caller.id == account_id:
            raise OwnAccount
        return await self.lock_account(tx, caller, account_id, demotes=demotes)


def _told(
    before: Account, email: str | None, role: str | None, is_active: bool | None
) -> Iterator[tuple[Change, dict[str, object], dict[str, object]]]:
    """Yield what the owner of an account is told of its change, with the values for the audit log, old and new."""
    if email is not None and not same_address(email, before.email):
        yield "email-changed", {"address": _masked(before.email)}, {"address": _masked(email)}
    if role not in (None, before.role):
        yield "role-changed", {"role": before.role}, {"role": role}
    if is_active not in (None, before.is_active):
        change: Change = "reactivated" if is_active else "deactivated"
        yield change, {"is_active": before.is_active}, {"is_active": is_active}


def _masked(email: str) -> str:
    """Return an address as the audit log keeps it: enough to see where it led, too little to be somebody's for ever."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…{local[1:][-1:]} at {domain}"
