"""Signed tokens (JWT, RFC 7519), each of its own kind, so that none passes for another.

The `typ` header carries the kind (RFC 8725, 3.11: explicit typing); `aud` is the product. HS256 only: the
algorithm is fixed here and never read from the token.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import jwt

from colonnade.kernel.core import Unauthorized, now

__all__ = ["Tokens"]

ALGORITHM = "HS256"
LEEWAY_SECONDS = 5


class Tokens:
    """Issues and verifies the tokens of one product."""

    def __init__(self, secret: str, *, issuer: str, audience: str) -> None:
        self._secret = secret.encode()
        self.issuer = issuer
        self.audience = audience

    def issue(self, kind: str, subject: str, ttl: timedelta, claims: dict[str, Any] | None = None) -> str:
        """A token of `kind` (such as `access`) for `subject`, valid for `ttl` from now."""
        moment = now()
        payload = {
            **(claims or {}),
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "jti": uuid.uuid4().hex,
            "iat": moment,
            "nbf": moment,
            "exp": moment + ttl,
        }
        return jwt.encode(payload, self._secret, ALGORITHM, headers={"typ": f"{kind}+jwt"})

    def verify(self, kind: str, token: str) -> dict[str, Any]:
        """The claims of a valid token of `kind`; raises Unauthorized for anything else."""
        try:
            decoded = jwt.decode_complete(
                token,
                self._secret,
                algorithms=[ALGORITHM],
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
