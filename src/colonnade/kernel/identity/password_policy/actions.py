"""Changing a password and resetting it by mail.

Hashing takes time, so it is done before the transaction; that nobody else changed the password meanwhile is the
condition of the UPDATE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import Unauthorized
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.codes import CheckedCode, CodeInvalid, confirm_email, use_code
from colonnade.kernel.identity.password_policy import queries
from colonnade.kernel.identity.password_policy.policy import check_password
from colonnade.kernel.identity.password_policy.schemas import (
    RULES,
    PasswordChanged,
    StoredPassword,
    WeakPassword,
    WrongPassword,
)
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.mail import Language, SendMail, send_mail

if TYPE_CHECKING:
    from colonnade.kernel.audit.recording import Origin
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["change_password", "check_current_password", "prepare_password", "reset_password", "set_password"]

MAILS = "colonnade.kernel.identity"


async def check_current_password(
    services: IdentityServices, caller: Principal, password: str, *, address: str
) -> StoredPassword:
    """The caller's stored password, when `password` is it.

    Wrong ones count as failed logins, so that somebody at an open session cannot try them all. Raises
    WrongPassword (400; also for an account without a password) and TooManyRequests.
    """
    stored = await _find(services, caller.id)
    if stored is None:
        raise Unauthorized
    async with await services.login_guard.check(address, stored.email) as attempt:
        matches, _ = await services.hasher.verify(password, stored.password_hash, address=address, known=True)
        if not matches:
            raise WrongPassword
        await attempt.succeeded()
    return stored


async def prepare_password(
    services: IdentityServices,
    stored: StoredPassword,
    password: str,
    *,
    field: str = "password",
    address: str = "",
) -> str:
    """The hash of a new password that the policy allows and that was not used before; raises WeakPassword."""
    await check_password(services, password, about=(stored.email, stored.name), field=field)
    for used in (stored.password_hash, *stored.earlier_hashes):
        if (
            used is not None
            and (await services.hasher.verify(password, used, address=address, known=True))[0]
        ):
            raise WeakPassword(fields={field: "This password was used before. Please choose a new one."})
    return await services.hasher.hash(password, address=address)


async def set_password(
    tx: Transaction, services: IdentityServices, stored: StoredPassword, new_hash: str, *, language: Language
) -> None:
    """Replace the password and tell its owner by mail; raises PasswordChanged. Sessions are left alone."""
    if not await queries.replace_password(
        tx, stored.account_id, before=stored.password_hash, after=new_hash, earlier=_earlier(services)
    ):
        raise PasswordChanged
    await tx.enqueue(
        send_mail,
        SendMail(
            to=stored.email,
            to_name=stored.name,
            language=language,
            template=f"{MAILS}:password_changed",
            context={"title": services.product.title, "name": stored.name},
        ),
    )


async def change_password(
    tx: Transaction,
    services: IdentityServices,
    caller: Principal,
    stored: StoredPassword,
    new_hash: str,
    *,
    language: Language,
    origin: Origin | None = None,
) -> None:
    """Replace the caller's password and end every other session; raises PasswordChanged."""
    await set_password(tx, services, stored, new_hash, language=language)
    await record(tx, action="password.changed", actor=caller, target=("account", caller.id), exchange=origin)
    await end_account_sessions(tx, caller.id, "password-changed", keep=caller.session_id)


async def reset_password(
    services: IdentityServices,
    checked: CheckedCode,
    password: str,
    *,
    language: Language,
    origin: Origin | None = None,
) -> None:
    """Replace a forgotten password by the right of a code, and end every session of the account.

    Whoever has the code reads the address, which counts as verified from then on. Raises CodeInvalid when the
    code was used meanwhile; WeakPassword and PasswordChanged leave it usable.
    """
    stored = await _find(services, checked.account_id)
    if stored is None:
        raise CodeInvalid(field="code")
    new_hash = await prepare_password(services, stored, password, address=origin.address if origin else "")
    async with services.db.transaction() as tx:
        await use_code(tx, checked)
        await set_password(tx, services, stored, new_hash, language=language)
        await confirm_email(tx, checked.account_id)
        await end_account_sessions(tx, checked.account_id, "password-changed")
        await record(
            tx, action="password.reset", actor=None, target=("account", checked.account_id), exchange=origin
        )


async def _find(services: IdentityServices, account_id: int) -> StoredPassword | None:
    return await queries.find_password(services.db, account_id, earlier=_earlier(services))


def _earlier(services: IdentityServices) -> int:
    """How many passwords besides the present one may not come again."""
    return RULES[services.settings.password_policy].remembered - 1
