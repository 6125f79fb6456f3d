"""HTTP entry of passwords: change one's own, and reset a forgotten one by a code in a mail."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, post, put, signed_in
from colonnade.kernel.identity.codes import CodeRequest, check_code
from colonnade.kernel.identity.codes.requests import CODE_SENT, code_try, mail_code
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.schemas import PasswordChange, PasswordReset
from colonnade.kernel.identity.tags import AUTHENTICATION
from colonnade.kernel.limits import Limiter, LoginGuard

__all__ = ["password_routes"]


@put("/", guards=[signed_in()], answers=(400, 429))
async def change_own_password(
    data: PasswordChange, db: Database, passwords: Passwords, caller: Principal, exchange: Exchange
) -> Ok[None]:
    """Change one's own password; needs the present one (400 if it is wrong) and ends all other sessions."""
    stored = await passwords.check_current(db, caller, data.current_password, address=exchange.address)
    new_hash = await passwords.prepare(
        stored, data.new_password, field="newPassword", address=exchange.address
    )
    async with db.transaction(caller) as tx:
        await passwords.change(
            tx,
            caller,
            stored,
            new_hash,
            language=exchange.language,
            origin=exchange,
        )
    return Ok(None, message="The password is changed. Other devices have been signed out.")


@post("/forgot", guards=[anyone(identified=False)], answers=(429,))
async def forget_password(
    data: CodeRequest,
    db: Database,
    settings: Settings,
    limiter: Limiter,
    guard: LoginGuard,
    exchange: Exchange,
) -> Ok[None]:
    """Mail a code for a new password: three in 15 minutes, a minute apart.

    The answer does not tell whether there is such an account.
    """
    await mail_code(
        db,
        settings,
        limiter,
        guard,
        email=data.email,
        purpose="reset-password",
        address=exchange.address,
        language=exchange.language,
    )
    return Ok(None, message=CODE_SENT)


@post("/reset", guards=[anyone(identified=False)], answers=(400, 429))
async def reset_forgotten_password(
    data: PasswordReset,
    db: Database,
    settings: Settings,
    limiter: Limiter,
    passwords: Passwords,
    exchange: Exchange,
) -> Ok[None]:
    """Set a new password with the code of the mail; every session of the account ends. Does not sign in."""
    async with code_try(limiter, exchange.address):
        # Before the code is tried: a password that the rules forbid must not cost one of five tries.
        await passwords.check(data.password, about=(data.email,))
        checked = await check_code(
            db, settings, email=data.email, purpose="reset-password", code=data.code, asker=exchange.address
        )
    await passwords.reset(
        db,
        checked,
        data.password,
        language=exchange.language,
        origin=exchange,
    )
    return Ok(None, message="The password is set. Please sign in with it.")


def password_routes(prefix: str = "/auth/password") -> Router:
    """Build `PUT {prefix}`, `POST {prefix}/forgot` and `POST {prefix}/reset`."""
    return Router(
        prefix,
        route_handlers=[change_own_password, forget_password, reset_forgotten_password],
        tags=[AUTHENTICATION],
    )
