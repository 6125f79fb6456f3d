"""Tags of identity's routes in the API description, shared by its slices."""

from __future__ import annotations

from colonnade.kernel.http import Tag

__all__ = [
    "ACCOUNTS",
    "API_KEYS",
    "AUTHENTICATION",
    "OTHER_PROVIDERS",
    "PASSKEYS",
    "ROLES",
    "SECOND_FACTORS",
    "SESSIONS",
    "STEP_UP",
]

AUTHENTICATION = Tag(
    "Authentication",
    "Sign in, prove an e-mail address, change or reset a password; the public keys that verify access tokens.",
)
SECOND_FACTORS = Tag(
    "Second factors",
    "The second step of signing in (an authenticator app, a passkey or a recovery code), and setting it up.",
)
SESSIONS = Tag(
    "Sessions",
    "Exchange a refresh token for new tokens, sign out, and see or end the sessions of other devices.",
)
STEP_UP = Tag(
    "Step-up", "Confirm who you are once more, which some requests ask for with 403 `STEP_UP_REQUIRED`."
)
OTHER_PROVIDERS = Tag(
    "Sign-in with other providers",
    "Sign in with an account of another provider (OpenID Connect, OAuth 2), and link such accounts.",
)
PASSKEYS = Tag("Passkeys", "Sign in with a passkey (WebAuthn); add, list and remove your own.")
API_KEYS = Tag("API keys", "Keys for programs that act for you, with some of your permissions and an expiry.")
ROLES = Tag("Roles", "Make roles out of permissions and give them to accounts.")
ACCOUNTS = Tag("Accounts", "Suspend other people's accounts and lift suspensions.")
