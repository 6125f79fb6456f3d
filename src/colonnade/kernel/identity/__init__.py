"""Accounts, passwords, tokens and sessions."""

from colonnade.kernel.identity.accounts.accounts import Accounts
from colonnade.kernel.identity.accounts.jobs import sweep_deleted
from colonnade.kernel.identity.accounts.personal import IDENTITY_DATA
from colonnade.kernel.identity.accounts.queries import hold_account
from colonnade.kernel.identity.accounts.routes import deletion_routes, factor_reset_routes, suspension_routes
from colonnade.kernel.identity.accounts.schemas import AlreadySuspended, NotSuspended, OwnAccount, Suspension
from colonnade.kernel.identity.apikeys.routes import api_key_routes
from colonnade.kernel.identity.authenticator import Authenticator
from colonnade.kernel.identity.budgets import IDENTITY_BUDGETS
from colonnade.kernel.identity.codes import (
    CheckedCode,
    CodeInvalid,
    Purpose,
    Redeemed,
    VisitorProof,
    check_code,
    check_visitor_code,
    confirm_email,
    redeem_code,
    request_code,
    request_visitor_code,
    send_code,
    send_visitor_code,
    use_code,
    use_visitor_code,
    visitor_subject,
)
from colonnade.kernel.identity.encrypted import ENCRYPTED_COLUMNS
from colonnade.kernel.identity.explain import Explanation, explain_access
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.jwks import jwks_routes
from colonnade.kernel.identity.mfa.routes import mfa_routes
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.oauth.flow import Providers
from colonnade.kernel.identity.oauth.identities import Identities
from colonnade.kernel.identity.oauth.providers import Provider
from colonnade.kernel.identity.oauth.routes import oauth_routes
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.passkeys.passkeys import Passkeys
from colonnade.kernel.identity.passkeys.routes import passkey_routes
from colonnade.kernel.identity.passwords.breach import BreachCheck
from colonnade.kernel.identity.passwords.hashing import HashingBusy, PasswordHasher
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.routes import password_routes
from colonnade.kernel.identity.passwords.schemas import (
    NewPassword,
    PasswordChanged,
    StoredPassword,
    WeakPassword,
    WrongPassword,
)
from colonnade.kernel.identity.queries import (
    count_accounts,
    fetch_account,
    find_login,
    list_accounts,
    list_found_accounts,
    search_accounts,
    session_is_live,
)
from colonnade.kernel.identity.roles.routes import role_routes
from colonnade.kernel.identity.roles.schemas import LastAdmin
from colonnade.kernel.identity.schemas import Account, EmailTaken, InvalidCredentials
from colonnade.kernel.identity.sessions.routes import (
    device_routes,
    leave_session,
    refresh_routes,
    session_routes,
)
from colonnade.kernel.identity.sessions.schemas import (
    AccountEnded,
    EndReason,
    Issued,
    LoggedIn,
    Refreshed,
    SessionEnded,
    User,
)
from colonnade.kernel.identity.sessions.sessions import Sessions
from colonnade.kernel.identity.sessions.settings import SignInSettings
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.identity.signin.routes import login_routes
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn
from colonnade.kernel.identity.stepup.routes import step_up_routes
from colonnade.kernel.identity.upkeep import prune_ended
from colonnade.kernel.identity.verification.routes import verification_routes
from colonnade.kernel.tokens.signing_keys import Algorithm, SigningKeys, make_key
from colonnade.kernel.tokens.tokens import Tokens

__all__ = [
    "ENCRYPTED_COLUMNS",
    "IDENTITY_BUDGETS",
    "IDENTITY_DATA",
    "Account",
    "AccountEnded",
    "Accounts",
    "Algorithm",
    "AlreadySuspended",
    "Authenticator",
    "BreachCheck",
    "CheckedCode",
    "ClientOrigin",
    "Code",
    "CodeInvalid",
    "EmailTaken",
    "EndReason",
    "Explanation",
    "FactorRule",
    "HashingBusy",
    "Identities",
    "InvalidCredentials",
    "Issued",
    "LastAdmin",
    "LoggedIn",
    "Logins",
    "MfaRequired",
    "NewPassword",
    "NotSuspended",
    "Notices",
    "OwnAccount",
    "Passkeys",
    "PasswordChanged",
    "PasswordHasher",
    "Passwords",
    "Provider",
    "ProviderClient",
    "Providers",
    "Purpose",
    "Redeemed",
    "Refreshed",
    "SecondFactors",
    "SessionEnded",
    "Sessions",
    "SignInSettings",
    "SignedIn",
    "SigningKeys",
    "StoredPassword",
    "Suspension",
    "Tokens",
    "Transport",
    "User",
    "VisitorProof",
    "WeakPassword",
    "WrongPassword",
    "api_key_routes",
    "check_code",
    "check_same_site",
    "check_visitor_code",
    "confirm_email",
    "count_accounts",
    "deletion_routes",
    "device_routes",
    "explain_access",
    "factor_reset_routes",
    "fetch_account",
    "find_login",
    "hold_account",
    "jwks_routes",
    "leave_session",
    "list_accounts",
    "list_found_accounts",
    "login_routes",
    "make_key",
    "mfa_routes",
    "oauth_routes",
    "passkey_routes",
    "password_routes",
    "prune_ended",
    "redeem_code",
    "refresh_routes",
    "request_code",
    "request_visitor_code",
    "required_factors",
    "role_routes",
    "search_accounts",
    "send_code",
    "send_visitor_code",
    "session_is_live",
    "session_routes",
    "step_up_routes",
    "suspension_routes",
    "sweep_deleted",
    "use_code",
    "use_visitor_code",
    "verification_routes",
    "visitor_subject",
]
