"""Rate limits: named budgets per person (account, key, guest, device, address), and who that is."""

from colonnade.kernel.limits.budgets import Budget, Budgets, Decision, address_bucket, address_network
from colonnade.kernel.limits.headers import limit_headers, limit_lines
from colonnade.kernel.limits.limiter import Limiter, open_limiter
from colonnade.kernel.limits.login import (
    LOGIN_ACCOUNT,
    LOGIN_ADDRESS,
    LOGIN_KNOWN,
    LOGIN_PAIR,
    LOGIN_STRANGER,
    Attempt,
    LoginGuard,
)
from colonnade.kernel.limits.meter import Meter
from colonnade.kernel.limits.persons import Person, PersonKind, budget_spent, kind_of

__all__ = [
    "LOGIN_ACCOUNT",
    "LOGIN_ADDRESS",
    "LOGIN_KNOWN",
    "LOGIN_PAIR",
    "LOGIN_STRANGER",
    "Attempt",
    "Budget",
    "Budgets",
    "Decision",
    "Limiter",
    "LoginGuard",
    "Meter",
    "Person",
    "PersonKind",
    "address_bucket",
    "address_network",
    "budget_spent",
    "kind_of",
    "limit_headers",
    "limit_lines",
    "open_limiter",
]
