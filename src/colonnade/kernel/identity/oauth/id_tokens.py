"""ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): checking one, and who it is about. No network here.

The algorithm is the key's own, from the provider's published keys, and always asymmetric: what the token's
header claims only has to agree.
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
OLDEST_SECONDS = 3600
"""An ID token is for signing in now, whatever its expiry."""


class WrongSignature(OAuthRefused):
    """The key did not sign this; another one may have."""


def check_id_token(
    token: str, key: jwt.PyJWK, *, issuers: Sequence[str], audiences: Sequence[str], nonce: str
) -> dict[str, Any]:
    """The claims of a token that `key` signed for us, in answer to this nonce; raises OAuthRefused."""
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
    # Several audiences: the token must say that it was issued to us (3.1.3.7, 4 and 5).
    if isinstance(audience, list) and len(audience) > 1 and party not in audiences:
        raise OAuthRefused
    # An app's token for our own server may name the app as the authorised party; that must be one of ours.
    if party is not None and party not in audiences:
        raise OAuthRefused
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise OAuthRefused
    if now().timestamp() - claims["iat"] > OLDEST_SECONDS:
        raise OAuthRefused
    return claims


def profile_of(provider: str, claims: Mapping[str, Any]) -> Profile:
    """Who the claims are about; raises OAuthRefused when they do not say."""
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
        # Some send the word. Anything else is no, 1 (which equals True) included.
        email_verified=usable and (verified is True or verified == "true"),
        name=name.strip()[:255] if isinstance(name, str) and name.strip() and name.isprintable() else None,
    )
