"""HTTP entry of verifying an e-mail address, and the budgets of all requests for codes."""

from __future__ import annotations

from colonnade.kernel.audit import record
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, post
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.actions import redeem_code, request_code
from colonnade.kernel.identity.codes.schemas import CodeRequest, EmailConfirmation, Purpose
from colonnade.kernel.identity.tags import AUTHENTICATION
from colonnade.kernel.limits import Budget, Limiter, address_bucket

__all__ = [
    "REDEMPTIONS",
    "REQUESTS",
    "mail_code",
    "spend_code_try",
    "verification_routes",
]

REQUESTS = Budget("code-requests", "30/hour")
REDEMPTIONS = Budget("code-tries", "60/hour")
"""By client address, against clients that try many accounts; `MAX_SENDS` and `MAX_TRIES` protect one account."""


async def spend_code_try(limiter: Limiter, exchange: Exchange) -> None:
    """Count a try by client address. Raise TooManyRequests if the budget is spent."""
    await limiter.require(REDEMPTIONS, address_bucket(exchange.address))


async def mail_code(
    data: CodeRequest,
    purpose: Purpose,
    db: Database,
    settings: Settings,
    limiter: Limiter,
    exchange: Exchange,
) -> Ok[None]:
    """Mail a code for `purpose`; the answer is the same if there is no such account.

    Raise TooManyRequests if the budget of the client's or of the e-mail address is spent.
    """
    await limiter.require(REQUESTS, address_bucket(exchange.address))
    async with db.transaction() as tx:
        await request_code(tx, settings, email=data.email, purpose=purpose, language=exchange.language)
    return Ok(None, message="If there is an account with this address, a code is on its way.")


@post("/verification", guards=[anyone(identified=False)], answers=(429,))
async def send_verification(
    data: CodeRequest, db: Database, settings: Settings, limiter: Limiter, exchange: Exchange
) -> Ok[None]:
    """Mail a code that proves who reads this address; nothing is sent if it is verified already.

    Three in 15 minutes, a minute apart. The answer does not tell whether there is such an account.
    """
    return await mail_code(data, "verify-email", db, settings, limiter, exchange)


@post("/verification/confirm", guards=[anyone(identified=False)], answers=(400, 429))
async def confirm_verification(
    data: EmailConfirmation, db: Database, settings: Settings, limiter: Limiter, exchange: Exchange
) -> Ok[None]:
    """Use the code of the mail; from then on the address counts as verified."""
    await spend_code_try(limiter, exchange)
    async with redeem_code(
        db, settings, email=data.email, purpose="verify-email", code=data.code
    ) as redeemed:
        await queries.confirm_email(redeemed.tx, redeemed.account_id)
        await record(
            redeemed.tx,
            action="email.verified",
            actor=None,
            target=("account", redeemed.account_id),
            origin=exchange,
        )
    return Ok(None, message="The address is verified.")


def verification_routes(prefix: str = "/auth/email") -> Router:
    """Build `POST {prefix}/verification` and `POST {prefix}/verification/confirm`; needs the job `send_code`."""
    return Router(prefix, route_handlers=[send_verification, confirm_verification], tags=[AUTHENTICATION])
