"""The personal data that the kernel itself holds, for exports and deletions. One slice of a product lists it."""

from __future__ import annotations

from colonnade.kernel.exports import EXPORTS_OF, PersonalData, erase_exports, rows_of
from colonnade.kernel.identity.apikeys.queries import API_KEYS_OF
from colonnade.kernel.identity.mfa.queries import TOTP_OF
from colonnade.kernel.identity.oauth.queries import IDENTITIES_OF
from colonnade.kernel.identity.passkeys.queries import PASSKEYS_OF
from colonnade.kernel.identity.queries import find_held_data
from colonnade.kernel.identity.sessions.queries import SESSIONS_OF

__all__ = ["IDENTITY_DATA"]

IDENTITY_DATA = (
    PersonalData("account", find_held_data),
    PersonalData("sessions", rows_of(SESSIONS_OF)),
    PersonalData("identities", rows_of(IDENTITIES_OF)),
    PersonalData("passkeys", rows_of(PASSKEYS_OF)),
    PersonalData("authenticator_apps", rows_of(TOTP_OF)),
    PersonalData("api_keys", rows_of(API_KEYS_OF)),
    PersonalData("exports", rows_of(EXPORTS_OF), erase_exports),
)
"""Everything that identity and exports hold, without secrets. Foreign keys delete most of it with the account."""
