"""The recovery codes of an account, which come with its first second factor and go with the last one."""

from __future__ import annotations

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.kernel.identity.factors import queries
from colonnade.kernel.identity.factors.recovery import hash_code, new_codes
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.factors.schemas import LastSecondFactor

__all__ = ["check_last_factor", "issue_codes", "issue_first_codes", "methods_of", "required_factors"]


async def required_factors(db: Executor, account_id: int) -> tuple[str, ...]:
    """Return the second factors that the account has (`totp`, `passkey`, `recovery`), empty if none."""
    return methods_of(await queries.fetch_factors(db, account_id))


def methods_of(found: Record) -> tuple[str, ...]:
    """Return the same from a row of `fetch_factors`."""
    methods = [name for name, has in (("totp", found["totp"]), ("passkey", found["passkeys"])) if has]
    return (*methods, "recovery") if methods and found["recovery_codes"] else tuple(methods)


async def issue_codes(tx: Transaction, account_id: int) -> list[str]:
    """Insert ten new recovery codes beside those that the account has, and return them."""
    codes = new_codes()
    await queries.insert_recovery_codes(tx, account_id, [hash_code(account_id, code) for code in codes])
    return codes


async def issue_first_codes(tx: Transaction, account_id: int) -> list[str] | None:
    """Issue recovery codes to an account with a new factor; return None if it has unused codes already."""
    found = await queries.fetch_factors(tx, account_id)
    return None if found["recovery_codes"] else await issue_codes(tx, account_id)


async def check_last_factor(tx: Transaction, rule: FactorRule, account_id: int, role: str) -> None:
    """Delete the recovery codes if the factor that was just removed was the last one.

    Raise LastSecondFactor if it was the last one and `role` requires one.
    """
    left = await queries.fetch_factors(tx, account_id)
    if left["totp"] or left["passkeys"]:
        return
    if rule.binds(role):
        raise LastSecondFactor
    await queries.delete_recovery_codes(tx, account_id)
