"""Accounts, passwords, tokens and sessions."""

from colonnade.kernel.identity.passwords import PasswordHasher
from colonnade.kernel.identity.queries import (
    count_accounts,
    fetch_account,
    insert_account,
    list_accounts,
    prune_sessions,
    update_account,
)
from colonnade.kernel.identity.schemas import Account, EmailTaken, InvalidCredentials
from colonnade.kernel.identity.signing import (
    AccountEnded,
    Authenticator,
    SessionEnded,
    SignedIn,
    end_account_sessions,
    session_is_live,
    sign_in,
    sign_out,
)
from colonnade.kernel.identity.tokens import Tokens

__all__ = [
    "Account",
    "AccountEnded",
    "Authenticator",
    "EmailTaken",
    "InvalidCredentials",
    "PasswordHasher",
    "SessionEnded",
    "SignedIn",
    "Tokens",
    "count_accounts",
    "end_account_sessions",
    "fetch_account",
    "insert_account",
    "list_accounts",
    "prune_sessions",
    "session_is_live",
    "sign_in",
    "sign_out",
    "update_account",
]
