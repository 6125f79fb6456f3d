"""Serves requests for codes and tries of codes to the routes of other parts, with a budget for each.

Out of scope: the routes themselves (`verification`, `passwords`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from colonnade.kernel.core import Problem
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.identity.codes.actions import request_code
from colonnade.kernel.identity.codes.schemas import Purpose
from colonnade.kernel.limits import Budget, Limiter, LoginGuard, address_bucket
from colonnade.kernel.mail import Language

__all__ = [
    "CODE_SENT",
    "REDEMPTIONS",
    "REQUESTS",
    "code_try",
    "mail_code",
]

CODE_SENT = "If there is an account with this address, a code is on its way."
"""The answer to every request for a code, so that it does not tell whether there is such an account."""
REQUESTS = Budget("code-requests", "30/hour")
REDEMPTIONS = Budget("code-tries", "60/hour")
"""By client address, and of tries only the wrong ones, against clients that try many accounts.

`MAX_SENDS` and `MAX_TRIES` protect one account.
"""


@asynccontextmanager
async def code_try(limiter: Limiter, address: str) -> AsyncIterator[None]:
    """Count a try by client address before the block, and give it back if the code was right.

    People behind one address do not use up each other's. Raise TooManyRequests if the budget is spent.
    """
    decision = await limiter.require(REDEMPTIONS, address_bucket(address))
    try:
        yield
    except Exception as error:
        if not isinstance(error, Problem) or error.status >= 500:
            await limiter.refund(decision)
        raise
    await limiter.refund(decision)


async def mail_code(
    db: Database,
    settings: Settings,
    limiter: Limiter,
    guard: LoginGuard,
    *,
    email: str,
    purpose: Purpose,
    address: str,
    language: Language,
) -> None:
    """Mail a code for `purpose` to `email` if an active account has it, by request of the client at `address`.

    Raise TooManyRequests if the budget of the client's or of the e-mail address is spent.
    """
    await limiter.require(REQUESTS, address_bucket(address))
    known = await guard.knows(address, email)
    async with db.transaction() as tx:
        await request_code(
            tx, settings, email=email, purpose=purpose, language=language, asker=address, known=known
        )
