"""Signing in with a password. What a session is, and how it begins and ends, is in `sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from colonnade.kernel.identity import queries
from colonnade.kernel.identity.schemas import Account, InvalidCredentials
from colonnade.kernel.identity.sessions.actions import open_session
from colonnade.kernel.identity.sessions.schemas import Issued

if TYPE_CHECKING:
    from colonnade.kernel.product import Services

__all__ = ["SignedIn", "sign_in"]


class SignedIn(msgspec.Struct, frozen=True):
    """What a login gives."""

    account: Account
    issued: Issued


async def sign_in(
    services: Services, *, email: str, password: str, address: str, user_agent: str | None
) -> SignedIn:
    """Check e-mail and password and open a session.

    Raises InvalidCredentials (same answer and work for an unknown e-mail, a wrong password and a deactivated
    account) and TooManyRequests. The failure is counted before the password is looked at and given back on
    success, so that parallel guesses cannot overdraw the budget.
    """
    async with await services.login_guard.check(address, email) as attempt:
        stored = await queries.find_login(services.db, email)
        matches, new_hash = await services.hasher.verify(password, stored.password_hash if stored else None)
        if stored is None or not matches or not stored.is_active:
            raise InvalidCredentials
        await attempt.succeeded()
    async with services.db.transaction() as tx:
        issued = await open_session(
            tx, services, stored.id, address=address, user_agent=user_agent, methods=("password",)
        )
        if new_hash is not None:
            await queries.update_password_hash(tx, stored.id, new_hash)
        account = await queries.fetch_account(tx, stored.id)
    return SignedIn(account=account, issued=issued)
