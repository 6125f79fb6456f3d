"""Verifying a session again. An account with a second factor must prove that: its password may have been observed.

Only the session is verified, never the account: a proof on one device has no effect on another.
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
    """Return the methods that count for the caller: the second factors, else the password, else a code by e-mail."""
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
    """Verify the caller's session by one proof; return its method.

    Raise Invalid unless there is exactly one proof, StepUpRefused, SecondFactorInvalid or CodeInvalid if it does not
    count or is wrong, TooManyRequests after too many wrong ones. Never raise Unauthorized: clients would sign out.
    """
    given = [method for method, field in _FIELDS.items() if getattr(data, field) is not UNSET]
    if len(given) != 1:
        raise Invalid(fields={"password": "Exactly one proof is required"})
    method = given[0]
    if method not in await list_methods(db, caller):
        raise StepUpRefused
    if method in _SECOND_FACTORS:
        async with second_factors.guess(caller), db.transaction(caller) as tx:
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
            db, settings, email=caller.email, purpose="step-up", code=data.email_code, asker=caller.id
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
