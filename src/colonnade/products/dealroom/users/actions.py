"""Signs up, changes and deletes users."""

from __future__ import annotations

from msgspec import UNSET, structs

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity import (
    Accounts,
    ClientOrigin,
    EmailTaken,
    Passwords,
    StoredPassword,
)
from colonnade.kernel.mail import Language
from colonnade.products.dealroom.users import queries
from colonnade.products.dealroom.users.schemas import (
    NotYours,
    User,
    UserCreate,
    UserExists,
    UserUpdate,
)

__all__ = [
    "access_user_id",
    "create_user",
    "delete_user",
    "hash_sign_up",
    "prepare_change",
    "update_user",
    "without_own",
]

MANAGE = "users:manage"


def access_user_id(caller: Principal, user_id: int) -> int:
    """Return `user_id`. Raise NotFound unless it is the caller's own or the caller manages users."""
    if user_id != caller.id and not caller.may(MANAGE):
        raise NotFound("There is no such user.")
    return user_id


def without_own(caller: Principal, user_id: int, data: UserUpdate) -> UserUpdate:
    """Return `data` without the address and the role that are the caller's already, in a change of their own account.

    They ask for nothing: neither for the password nor for an administrator.
    """
    if user_id != caller.id:
        return data
    same = [name for name in ("email", "role") if getattr(data, name) == getattr(caller, name)]
    return structs.replace(data, **dict.fromkeys(same, UNSET))


async def hash_sign_up(passwords: Passwords, data: UserCreate, *, address: str) -> str:
    """Check and hash a new user's password.

    Raise WeakPassword if it is easily guessed, HashingBusy if the queue for hashing is full.
    """
    await passwords.check(data.password, about=(data.email, data.username, str(data.phone_number)))
    return await passwords.hash(data.password, address=address, known=False)


async def create_user(
    tx: Transaction, accounts: Accounts, data: UserCreate, password_hash: str, origin: Origin | None = None
) -> User:
    """Create an active user.

    Raise UserExists if username, e-mail address or telephone number is used.
    """
    try:
        account = await accounts.sign_up(
            tx, email=data.email, name=data.username, role="user", password_hash=password_hash
        )
    except EmailTaken:
        raise UserExists from None
    await queries.insert_profile(tx, account.id, data.username, data.phone_number)
    await record(tx, action="user.created", target=("account", account.id), origin=origin)
    return await queries.fetch_user(tx, account.id)


async def prepare_change(
    db: Database, passwords: Passwords, caller: Principal, user_id: int, data: UserUpdate, *, address: str
) -> tuple[StoredPassword | None, str | None]:
    """Do the slow part of a change: verify the stored password, hash the new one; return both.

    Raise WrongPassword (400), WeakPassword, and NotYours for somebody else's password.
    """
    if data.password is UNSET and (data.email is UNSET or user_id != caller.id):
        return None, None
    if user_id != caller.id:
        raise NotYours
    current = "" if data.current_password is UNSET else data.current_password
    stored = await passwords.check_current(db, caller, current, address=address)
    if data.password is UNSET:
        return stored, None
    return stored, await passwords.prepare(stored, data.password, address=address)


async def update_user(
    tx: Transaction,
    accounts: Accounts,
    passwords: Passwords,
    caller: Principal,
    user_id: int,
    data: UserUpdate,
    password: tuple[StoredPassword | None, str | None],
    origin: ClientOrigin,
) -> User:
    """Change the given fields.

    A new password ends the user's other sessions, a new role all of them; the old address is told.
    Raise NotYours if the role is not the caller's to change, UserExists if another user has the name, address or
    number, PasswordChanged if the password was replaced meanwhile, and otherwise as
    `Accounts.change` does: NotFound, VerificationNeeded, Forbidden, PermissionNotHeld, LastAdmin, Unauthorized.
    """
    if data.role is not UNSET and not caller.may(MANAGE):
        raise NotYours("Only an administrator can change a role.")
    before = await queries.fetch_user(tx, user_id)
    try:
        await accounts.change(
            tx,
            caller,
            user_id,
            name=data.username or None,
            email=data.email or None,
            role=data.role or None,
            origin=origin,
        )
    except EmailTaken:
        raise UserExists from None
    await _change_profile(tx, before, data)
    stored, new_hash = password
    if stored is not None and new_hash is not None:
        await passwords.change(tx, caller, stored, new_hash, language=origin.language, origin=origin)
    after = await queries.fetch_user(tx, user_id)
    if after == before and new_hash is None:
        return after
    await record(
        tx,
        action="user.updated",
        target=("account", user_id),
        before=_audited(before),
        after=_audited(after),
        hide=("username", "phone_number"),
        origin=origin,
    )
    return after


async def _change_profile(tx: Transaction, before: User, data: UserUpdate) -> None:
    phone = None if data.phone_number is UNSET else data.phone_number
    username = before.username if data.username is UNSET else data.username
    if username != before.username or (phone is not None and phone.number != before.phone_number):
        await queries.update_profile(tx, before.id, username, phone)


def _audited(user: User) -> dict[str, object]:
    return {"username": user.username, "phone_number": user.phone_number}


async def delete_user(
    tx: Transaction,
    accounts: Accounts,
    caller: Principal,
    user_id: int,
    *,
    language: Language,
    origin: Origin | None = None,
) -> None:
    """Delete a user with all their sessions and the content of these. Raise as `Accounts.erase` does."""
    await accounts.erase(tx, user_id, caller=caller, language=language, origin=origin)
