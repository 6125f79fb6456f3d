"""Verifying a session again. Who has a second factor proves that one: a password alone may have been seen.

A session is verified, never an account: what one device proves opens nothing on another.
"""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import Invalid, Unauthorized
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Executor, Transaction
from colonnade.kernel.identity.codes import redeem_code
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.schemas import WrongPassword
from colonnade.kernel.identity.queries import find_login
from colonnade.kernel.identity.stepup import queries
from colonnade.kernel.identity.stepup.schemas import StepUp, StepUpRefused

__all__ = ["list_methods", "step_up"]

_SECOND_FACTORS = {"totp": "code", "recovery": "recovery_code", "passkey": "passkey"}
_FIELDS = {**_SECOND_FACTORS, "password": "password", "email": "email_code"}


async def list_methods(db: Executor, caller: Principal) -> tuple[str, ...]:
    """What counts for the caller: the second factors, or else the password, or else a code by e-mail."""
    factors = await required_factors(db, caller.id)
    if factors:
        return factors
    stored = await find_login(db, caller.email)
    return ("password",) if stored is not None and stored.password_hash else ("email",)


async def step_up(
    db: Database,
    second_factors: SecondFactors,
    passwords: Passwords,
    settings: Settings,
    caller: Principal,
    data: StepUp,
    origin: ClientOrigin,
) -> str:
    """Verify the caller's session by one proof; gives its method.

    Raises StepUpRefused, SecondFactorInvalid, CodeInvalid, Invalid and TooManyRequests; never Unauthorized,
    which would sign the client out.
    """
    given = [method for method, field in _FIELDS.items() if getattr(data, field) is not UNSET]
    if len(given) != 1:
        raise Invalid(fields={"password": "Exactly one proof is required"})
    method = given[0]
    if method not in await list_methods(db, caller):
        raise StepUpRefused
    if method in _SECOND_FACTORS:
        async with second_factors.guess(caller.id), db.transaction(caller) as tx:
            await second_factors.check(tx, caller.id, data, "step-up", origin)
            await _mark(tx, caller, method, origin)
    elif data.password is not UNSET:
        try:
            await passwords.check_current(db, caller, data.password, address=origin.address)
        except (WrongPassword, Unauthorized):
            raise StepUpRefused from None
        async with db.transaction(caller) as tx:
            await _mark(tx, caller, method, origin)
    elif data.email_code is not UNSET:
        async with redeem_code(
            db, settings, email=caller.email, purpose="step-up", code=data.email_code
        ) as redeemed:
            if redeemed.account_id != caller.id:
                raise StepUpRefused
            await _mark(redeemed.tx, caller, method, origin)
    return method


async def _mark(tx: Transaction, caller: Principal, method: str, origin: ClientOrigin) -> None:
    await queries.mark_verified(tx, caller.session_id)
    await record(
        tx,
        action="session.verified",
        actor=caller,
        target=("session", caller.session_id),
        after={"method": method},
        origin=origin,
    )
