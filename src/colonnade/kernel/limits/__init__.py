"""Rate limits: named budgets per account, guest, session or address."""

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
    "address_bucket",
    "address_network",
    "limit_headers",
    "limit_lines",
    "open_limiter",
]
