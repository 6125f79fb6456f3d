"""Signing in with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.identity import queries
from colonnade.kernel.identity.schemas import InvalidCredentials
from colonnade.kernel.identity.signin.admission import admit
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["sign_in"]


async def sign_in(
    services: IdentityServices, *, email: str, password: str, address: str, user_agent: str | None
) -> SignedIn | MfaRequired:
    """Check e-mail and password and open a session, or ask for the second factor.

    Raises InvalidCredentials (same answer and work for an unknown e-mail, a wrong password and a deactivated
    account), TooManyRequests and HashingBusy. The failure is counted before the password is looked at and given back on
    success, so that parallel guesses cannot overdraw the budget.
    """
    async with await services.login_guard.check(address, email) as attempt:
        stored, imported_cost = await queries.find_sign_in(services.db, email)
        # PostgreSQL's lower() makes İ an i; the guard does not, and would count guesses at one account apart.
        if stored is not None and stored.email.casefold() != email.casefold():
            stored = None
        matches, new_hash = await services.hasher.verify(
            password,
            stored.password_hash if stored and stored.is_active else None,
            address=address,
            known=await attempt.is_known(),
            imported_cost=imported_cost,
        )
        if stored is None or not matches:
            raise InvalidCredentials
        await attempt.succeeded()
    async with services.db.transaction() as tx:
        # Before `admit`, whose token stands for the password as it is stored now.
        if new_hash is not None:
            await queries.update_password_hash(tx, stored.id, before=stored.password_hash, after=new_hash)
        account = await queries.lock_login(tx, stored.id, new_hash or stored.password_hash)
        if account is None:
            raise InvalidCredentials
        return await admit(
            tx, services, account, methods=("password",), address=address, user_agent=user_agent
        )
