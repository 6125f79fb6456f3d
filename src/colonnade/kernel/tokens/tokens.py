"""Signed tokens (JWT, RFC 7519), each of one kind, so that none can be used as another.

The `typ` header carries the kind (RFC 8725, 3.11: explicit typing); `aud` is the product; `kid` names the key.
The algorithm is the key's and never read from the token; `jku`, `x5u`, `jwk` and the like are ignored.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from time import time
from typing import Any

import jwt

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.tokens.signing_keys import SigningKeys

__all__ = ["Tokens"]

LEEWAY_SECONDS = 5


@provided("tokens")
class Tokens:
    """Issues and verifies the tokens of one product."""

    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audience = audience

    def issue(self, kind: str, subject: str, ttl: timedelta, claims: dict[str, Any] | None = None) -> str:
        """Return a token of `kind` (such as `access`) for `subject`, valid for `ttl` from now."""
        moment = time()
        payload = {
            **(claims or {}),
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "jti": secrets.token_hex(16),
            "iat": int(moment),
            "nbf": int(moment),
            "exp": int(moment + ttl.total_seconds()),
        }
        return self.keys.sign(f"{kind}+jwt", payload)

    def verify(self, kind: str, token: str) -> dict[str, Any]:
        """Return the claims of a valid token of `kind`. Raise Unauthorized for anything else."""
        try:
            key = self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise jwt.InvalidKeyError
            decoded = jwt.decode_complete(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "nbf", "sub", "jti", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthorized("The token is not valid or has expired.") from None
        if decoded["header"].get("typ") != f"{kind}+jwt":
            raise Unauthorized("The token is not valid or has expired.")
        claims: dict[str, Any] = decoded["payload"]
        return claims
