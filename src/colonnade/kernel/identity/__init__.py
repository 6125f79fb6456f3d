"""Accounts, passwords, tokens and sessions."""

from colonnade.kernel.identity.codes import (
    CheckedCode,
    CodeInvalid,
    Purpose,
    Redeemed,
    check_code,
    confirm_email,
    prune_codes,
    redeem_code,
    request_code,
    send_code,
    use_code,
)
from colonnade.kernel.identity.codes.routes import verification_routes
from colonnade.kernel.identity.encrypted import ENCRYPTED_COLUMNS
from colonnade.kernel.identity.jwks import jwks_routes
from colonnade.kernel.identity.apikeys.queries import prune_api_keys
from colonnade.kernel.identity.apikeys.routes import api_key_routes
from colonnade.kernel.identity.authenticator import Authenticator, session_is_live
from colonnade.kernel.identity.passwords import PasswordHasher
from colonnade.kernel.identity.queries import (
    count_accounts,
    fetch_account,
    insert_account,
    list_accounts,
    update_account,
)
from colonnade.kernel.identity.schemas import Account, EmailTaken, InvalidCredentials
from colonnade.kernel.identity.sessions.actions import (
    end_account_sessions,
    end_session,
    open_session,
    sign_out,
)
from colonnade.kernel.identity.sessions.queries import prune_sessions
from colonnade.kernel.identity.sessions.routes import logged_in, login_routes, session_routes
from colonnade.kernel.identity.sessions.schemas import (
    AccountEnded,
    EndReason,
    Issued,
    LoggedIn,
    SessionEnded,
    User,
)
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.signing import SignedIn, sign_in
from colonnade.kernel.identity.signing_keys import Algorithm, SigningKeys, make_key
from colonnade.kernel.identity.tokens import Tokens

__all__ = [
    "ENCRYPTED_COLUMNS",
    "Account",
    "AccountEnded",
    "Algorithm",
    "Authenticator",
    "CheckedCode",
    "CodeInvalid",
    "EmailTaken",
    "EndReason",
    "InvalidCredentials",
    "Issued",
    "LoggedIn",
    "PasswordHasher",
    "Purpose",
    "Redeemed",
    "SessionEnded",
    "SignedIn",
    "SigningKeys",
    "Tokens",
    "Transport",
    "User",
    "api_key_routes",
    "check_code",
    "check_same_site",
    "confirm_email",
    "count_accounts",
    "end_account_sessions",
    "end_session",
    "fetch_account",
    "insert_account",
    "jwks_routes",
    "list_accounts",
    "logged_in",
    "login_routes",
    "make_key",
    "open_session",
    "prune_codes",
    "prune_api_keys",
    "prune_sessions",
    "redeem_code",
    "request_code",
    "send_code",
    "session_is_live",
    "session_routes",
    "sign_in",
    "sign_out",
    "update_account",
    "use_code",
    "verification_routes",
]
