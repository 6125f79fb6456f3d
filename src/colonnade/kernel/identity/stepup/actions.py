"""Verifying a session again. Who has a second factor proves that one: a password alone may have been seen.

A session is verified, never an account: what one device proves opens nothing on another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import Invalid
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.codes import redeem_code
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.mfa.checking import check_factor, guess
from colonnade.kernel.identity.passkeys.actions import begin_use
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.queries import find_login
from colonnade.kernel.identity.stepup import queries
from colonnade.kernel.identity.stepup.schemas import StepUp, StepUpRefused

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["begin_passkey", "list_methods", "step_up"]

_SECOND_FACTORS = {"totp": "code", "recovery": "recovery_code", "passkey": "passkey"}
_FIELDS = {**_SECOND_FACTORS, "password": "password", "email": "email_code"}


async def list_methods(db: Executor, caller: Principal) -> tuple[str, ...]:
    """What counts for the caller: the second factors, or else the password, or else a code by e-mail."""
    factors = await required_factors(db, caller.id)
    if factors:
        return factors
    stored = await find_login(db, caller.email)
    return ("password",) if stored is not None and stored.password_hash else ("email",)


async def begin_passkey(services: IdentityServices, caller: Principal) -> Ceremony:
    """Options to use one of the caller's passkeys."""
    return await begin_use(services.db, services, "step-up", caller.id)


async def step_up(services: IdentityServices, caller: Principal, data: StepUp, exchange: Exchange) -> str:
    """Verify the caller's session by one proof; gives its method.

    Raises StepUpRefused, SecondFactorInvalid, CodeInvalid, Invalid and TooManyRequests; never Unauthorized,
    which would sign the client out.
    """
    given = [method for method, field in _FIELDS.items() if getattr(data, field) is not UNSET]
    if len(given) != 1:
        raise Invalid(fields={"password": "Exactly one proof is required"})
    method = given[0]
    if method not in await list_methods(services.db, caller):
        raise StepUpRefused
    if method in _SECOND_FACTORS:
        async with guess(services, caller.id), services.db.transaction(caller) as tx:
            await check_factor(tx, services, caller.id, data, "step-up", exchange)
            await _mark(tx, caller, method, exchange)
    elif data.password is not UNSET:
        await _check_password(services, caller, data.password, exchange.address)
        async with services.db.transaction(caller) as tx:
            await _mark(tx, caller, method, exchange)
    elif data.email_code is not UNSET:
        async with redeem_code(
            services.db, services.settings, email=caller.email, purpose="step-up", code=data.email_code
        ) as redeemed:
            if redeemed.account_id != caller.id:
                raise StepUpRefused
            await _mark(redeemed.tx, caller, method, exchange)
    return method


async def _mark(tx: Transaction, caller: Principal, method: str, exchange: Exchange) -> None:
    await queries.mark_verified(tx, caller.session_id)
    await record(
        tx,
        action="session.verified",
        actor=caller,
        target=("session", caller.session_id),
        after={"method": method},
        exchange=exchange,
    )


async def _check_password(services: IdentityServices, caller: Principal, password: str, address: str) -> None:
    async with await services.login_guard.check(address, caller.email) as attempt:
        stored = await find_login(services.db, caller.email)
        matches, _ = await services.hasher.verify(
            password, stored.password_hash if stored else None, address=address, known=True
        )
        if stored is None or stored.id != caller.id or not matches:
            raise StepUpRefused
        await attempt.succeeded()
