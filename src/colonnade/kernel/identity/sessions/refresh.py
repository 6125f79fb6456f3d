"""A refresh token for the next one: used once, with a grace for parallel uses, and never forgiven after it.

A token that is used again within the grace (tabs that wake up together, an answer that was lost) is given the
successor it was given the first time. Used again later, it is in two hands: the whole session ends.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from colonnade.kernel.identity.factors.required import roles_requiring_factor
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.identity.sessions import queries
from colonnade.kernel.identity.sessions.actions import Place, as_inet, end_session, issue_tokens
from colonnade.kernel.identity.sessions.devices import device_label
from colonnade.kernel.identity.sessions.schemas import Issued, RefreshRefused
from colonnade.kernel.identity.sessions.tokens import NONCE_BYTES, hash_token, successor_of
from colonnade.kernel.mail import SendMail, send_mail
from colonnade.kernel.observe import current_request

if TYPE_CHECKING:
    from uuid import UUID

    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["refresh_session"]


async def refresh_session(
    services: IdentityServices, token: str, *, address: str, user_agent: str | None
) -> Issued:
    """The next tokens of the session whose refresh token this is.

    Raises RefreshRefused; where the token had been used before and the grace is over, the session has ended,
    which is audited and mailed to its account.
    """
    settings = services.settings
    token_hash = hash_token(token)
    nonce = secrets.token_bytes(NONCE_BYTES)
    successor = successor_of(token, nonce)
    grace = timedelta(seconds=settings.refresh_grace_seconds)
    # A role that must have a second factor by now does not live on without one.
    factor_roles = sorted(roles_requiring_factor(services))
    row = await queries.rotate_token(
        services.db,
        token_hash,
        nonce,
        hash_token(successor),
        idle=timedelta(seconds=settings.refresh_token_ttl_seconds),
        grace=grace,
        address=as_inet(address),
        factor_roles=factor_roles,
    )
    if row is None:
        row = await queries.find_used_token(services.db, token_hash, grace, factor_roles)
        if row is None:
            raise RefreshRefused
        if not row["in_grace"]:
            await _end_stolen(services, row["session_id"], row["account_id"], address, user_agent)
            raise RefreshRefused
        successor = successor_of(token, row["nonce"])
    return issue_tokens(services, row["session_id"], row["account_id"], row, successor)


async def _end_stolen(
    services: IdentityServices, session_id: UUID, account_id: int, address: str, user_agent: str | None
) -> None:
    async with services.db.transaction() as tx:
        place = Place(address, current_request() or "")
        if not await end_session(tx, session_id, "token-reused", origin=place):
            return
        account = await fetch_account(tx, account_id)
        await tx.enqueue(
            send_mail,
            SendMail(
                to=account.email,
                to_name=account.name,
                template="colonnade.kernel.identity:session_ended",
                context={
                    "name": account.name,
                    "site": services.product.title,
                    "device": device_label(user_agent),
                    "address": address,
                },
            ),
        )
