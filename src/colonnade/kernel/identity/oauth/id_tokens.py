"""ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): verifying one, and reading the profile in it.

The algorithm is that of the provider's published key and always asymmetric; the one in the token's header only has to
agree.

Out of scope: fetching keys (`client`).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from colonnade.kernel.core import now
from colonnade.kernel.identity.oauth.schemas import OAuthRefused, Profile

__all__ = ["ALGORITHMS", "WrongSignature", "check_id_token", "profile_of"]

ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
LEEWAY_SECONDS = 30
MAX_TOKEN_AGE_SECONDS = 3600
"""Since it was issued, whatever its expiry: an ID token proves a sign-in that happened just now."""


class WrongSignature(OAuthRefused):
    """Another key than this one signed the token, or none."""


def check_id_token(
    token: str, key: jwt.PyJWK, *, issuers: Sequence[str], audiences: Sequence[str], nonce: str
) -> dict[str, Any]:
    """Return the claims of a token. Raise OAuthRefused unless `key` signed it for `audiences` with this nonce."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=list(audiences),
            issuer=list(issuers),
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.InvalidSignatureError:
        raise WrongSignature from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise OAuthRefused from None
    audience = claims["aud"]
    party = claims.get("azp")
    # With several audiences the token must name one of ours as authorised party (3.1.3.7, 4 and 5).
    if isinstance(audience, list) and len(audience) > 1 and party not in audiences:
        raise OAuthRefused
    # A token for this server may name an app as its authorised party; that app must be one of ours.
    if party is not None and party not in audiences:
        raise OAuthRefused
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise OAuthRefused
    if now().timestamp() - claims["iat"] > MAX_TOKEN_AGE_SECONDS:
        raise OAuthRefused
    return claims


def profile_of(provider: str, claims: Mapping[str, Any]) -> Profile:
    """Return the profile in the claims. Raise OAuthRefused if they have no valid subject."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or "\x00" in subject:
        raise OAuthRefused
    email = claims.get("email")
    usable = isinstance(email, str) and 3 <= len(email) <= 254 and "@" in email and email.isprintable()
    verified = claims.get("email_verified")
    name = claims.get("name")
    return Profile(
        provider=provider,
        subject=subject,
        email=str(email).strip() if usable else None,
        # Some providers send the word. Anything else means no, including 1 (which equals True).
        email_verified=usable and (verified is True or verified == "true"),
        name=name.strip()[:255] if isinstance(name, str) and name.strip() and name.isprintable() else None,
    )
