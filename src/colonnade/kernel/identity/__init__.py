"""Accounts, passwords, tokens and sessions."""

from colonnade.kernel.identity.apikeys.routes import api_key_routes
from colonnade.kernel.identity.authenticator import Authenticator, session_is_live
from colonnade.kernel.identity.codes import (
    CheckedCode,
    CodeInvalid,
    Purpose,
    Redeemed,
    check_code,
    confirm_email,
    redeem_code,
    request_code,
    send_code,
    use_code,
)
from colonnade.kernel.identity.codes.routes import verification_routes
from colonnade.kernel.identity.encrypted import ENCRYPTED_COLUMNS
from colonnade.kernel.identity.explain import Explanation, explain_access
from colonnade.kernel.identity.factors.actions import required_factors
from colonnade.kernel.identity.factors.required import role_requires_factor
from colonnade.kernel.identity.jwks import jwks_routes
from colonnade.kernel.identity.mfa.resetting import reset_factors
from colonnade.kernel.identity.mfa.routes import factor_reset_routes, mfa_routes
from colonnade.kernel.identity.notices import note_change
from colonnade.kernel.identity.oauth.client import ProviderClient, open_provider_clients
from colonnade.kernel.identity.oauth.providers import Provider
from colonnade.kernel.identity.oauth.routes import oauth_routes
from colonnade.kernel.identity.passkeys.routes import passkey_routes
from colonnade.kernel.identity.password_policy import (
    BreachCheck,
    NewPassword,
    PasswordChanged,
    StoredPassword,
    WeakPassword,
    WrongPassword,
    change_password,
    check_current_password,
    check_password,
    prepare_password,
    set_password,
)
from colonnade.kernel.identity.password_policy.routes import password_routes
from colonnade.kernel.identity.passwords import PasswordHasher
from colonnade.kernel.identity.privacy import (
    IDENTITY_DATA,
    AlreadySuspended,
    NotSuspended,
    OwnAccount,
    Suspension,
    erase_account,
    reinstate_account,
    suspend_account,
)
from colonnade.kernel.identity.privacy.routes import deletion_routes, suspension_routes
from colonnade.kernel.identity.queries import (
    count_accounts,
    fetch_account,
    find_login,
    insert_account,
    list_accounts,
    lock_role_holders,
    update_account,
)
from colonnade.kernel.identity.roles.actions import assign_role
from colonnade.kernel.identity.roles.routes import role_routes
from colonnade.kernel.identity.schemas import Account, EmailTaken, InvalidCredentials
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.identity.sessions.actions import (
    end_account_sessions,
    end_session,
    open_session,
    sign_out,
)
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
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.signin.admission import admit
from colonnade.kernel.identity.signin.password import sign_in
from colonnade.kernel.identity.signin.routes import login_routes
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn
from colonnade.kernel.identity.stepup.routes import step_up_routes
from colonnade.kernel.identity.turns import HashingBusy
from colonnade.kernel.identity.upkeep import prune_ended
from colonnade.kernel.tokens.signing_keys import Algorithm, SigningKeys, make_key
from colonnade.kernel.tokens.tokens import Tokens

__all__ = [
    "ENCRYPTED_COLUMNS",
    "IDENTITY_DATA",
    "Account",
    "AccountEnded",
    "Algorithm",
    "AlreadySuspended",
    "Authenticator",
    "BreachCheck",
    "CheckedCode",
    "CodeInvalid",
    "EmailTaken",
    "EndReason",
    "Explanation",
    "HashingBusy",
    "IdentityServices",
    "InvalidCredentials",
    "Issued",
    "LoggedIn",
    "MfaRequired",
    "NewPassword",
    "NotSuspended",
    "OwnAccount",
    "PasswordChanged",
    "PasswordHasher",
    "Provider",
    "ProviderClient",
    "Purpose",
    "Redeemed",
    "Refreshed",
    "SessionEnded",
    "SignedIn",
    "SigningKeys",
    "StoredPassword",
    "Suspension",
    "Tokens",
    "Transport",
    "User",
    "WeakPassword",
    "WrongPassword",
    "admit",
    "api_key_routes",
    "assign_role",
    "change_password",
    "check_code",
    "check_current_password",
    "check_password",
    "check_same_site",
    "confirm_email",
    "count_accounts",
    "deletion_routes",
    "device_routes",
    "end_account_sessions",
    "end_session",
    "erase_account",
    "explain_access",
    "factor_reset_routes",
    "fetch_account",
    "find_login",
    "insert_account",
    "jwks_routes",
    "leave_session",
    "list_accounts",
    "lock_role_holders",
    "login_routes",
    "make_key",
    "mfa_routes",
    "note_change",
    "oauth_routes",
    "open_provider_clients",
    "open_session",
    "passkey_routes",
    "password_routes",
    "prepare_password",
    "prune_ended",
    "redeem_code",
    "refresh_routes",
    "reinstate_account",
    "request_code",
    "required_factors",
    "reset_factors",
    "role_requires_factor",
    "role_routes",
    "send_code",
    "session_is_live",
    "session_routes",
    "set_password",
    "sign_in",
    "sign_out",
    "step_up_routes",
    "suspend_account",
    "suspension_routes",
    "update_account",
    "use_code",
    "verification_routes",
]
