"""HTTP entry of verifying an e-mail address, and the budgets of all requests for codes."""

from __future__ import annotations

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok
from colonnade.kernel.identity.codes.actions import request_code
from colonnade.kernel.identity.codes.schemas import CodeRequest, Purpose
from colonnade.kernel.limits import Budget, Limiter, address_bucket

__all__ = [
    "REDEMPTIONS",
    "REQUESTS",
    "mail_code",
    "spend_code_try",
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
