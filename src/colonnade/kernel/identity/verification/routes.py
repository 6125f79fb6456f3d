"""HTTP entry of verifying an e-mail address, for a product to mount."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, post
from colonnade.kernel.identity.codes import check_code, confirm_email, use_code
from colonnade.kernel.identity.codes.requests import CODE_SENT, code_try, mail_code
from colonnade.kernel.identity.codes.schemas import CodeRequest
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.schemas import WrongPassword
from colonnade.kernel.identity.tags import AUTHENTICATION
from colonnade.kernel.identity.verification.schemas import EmailConfirmation
from colonnade.kernel.limits import Limiter, LoginGuard

__all__ = ["verification_routes"]


@post("/verification", guards=[anyone(identified=False)], answers=(429,))
async def send_verification(
    data: CodeRequest,
    db: Database,
    settings: Settings,
    limiter: Limiter,
    guard: LoginGuard,
    exchange: Exchange,
) -> Ok[None]:
    """Mail a code that proves who reads this address; nothing is sent if it is verified already.

    Three in 15 minutes, a minute apart. The answer does not tell whether there is such an account.
    """
    await mail_code(
        db,
        settings,
        limiter,
        guard,
        email=data.email,
        purpose="verify-email",
        address=exchange.address,
        language=exchange.language,
    )
    return Ok(None, message=CODE_SENT)


@post("/verification/confirm", guards=[anyone()], answers=(400, 429))
async def confirm_verification(
    data: EmailConfirmation,
    db: Database,
    settings: Settings,
    limiter: Limiter,
    passwords: Passwords,
    visitor: Principal | None,
    exchange: Exchange,
) -> Ok[None]:
    """Use the code of the mail; from then on the address counts as verified.

    Whoever has signed up proves to be the same as who reads the mail: by the account's session, or by `password`
    (400 WRONG_PASSWORD). Otherwise one could sign up with somebody else's address and have the owner verify it.
    """
    async with code_try(limiter, exchange.address):
        checked = await check_code(
            db, settings, email=data.email, purpose="verify-email", code=data.code, asker=exchange.address
        )
    owns = visitor is not None and visitor.id == checked.account_id
    if not owns and data.password is not UNSET:
        await passwords.check_owner(db, checked.account_id, data.password, address=exchange.address)
        owns = True
    async with db.transaction() as tx:
        await use_code(tx, checked)
        proof = await confirm_email(tx, checked.account_id)
        if proof.unproven and not owns:
            raise WrongPassword("The password of the account is required.")
        await record(
            tx, action="email.verified", actor=None, target=("account", checked.account_id), origin=exchange
        )
    return Ok(None, message="The address is verified.")


def verification_routes(prefix: str = "/auth/email") -> Router:
    """Build `POST {prefix}/verification` and `POST {prefix}/verification/confirm`; needs the job `send_code`."""
    return Router(prefix, route_handlers=[send_verification, confirm_verification], tags=[AUTHENTICATION])
