"""What a product's access tokens say of the account that they were issued to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec

__all__ = ["RESERVED_CLAIMS", "TokenClaims", "TokenHolder"]

RESERVED_CLAIMS = frozenset({"iss", "aud", "sub", "jti", "iat", "nbf", "exp", "sid"})
"""The claims that the kernel sets (RFC 7519, 4.1; `sid` is the session, as OpenID Connect says)."""


class TokenHolder(msgspec.Struct, frozen=True):
    """The account that a token is issued to; `verified` says whether its owner reads the mail of its address."""

    account_id: int
    uid: UUID
    role: str
    name: str
    email: str
    verified: bool


def _role_alone(holder: TokenHolder) -> Mapping[str, Any]:
    return {"role": holder.role}


class TokenClaims(msgspec.Struct, frozen=True):
    """How a product's tokens name an account, in `sub`, and what else they say of it.

    `subject` is `id`, a number that tells how many accounts there are, or `uid`, a UUID. `further` returns the other
    claims; those that the kernel sets (RESERVED_CLAIMS) are left as they are. Clients may rely on a claim, the server
    does not: it reads the account anew at each request.
    """

    subject: Literal["id", "uid"] = "id"
    further: Callable[[TokenHolder], Mapping[str, Any]] = _role_alone

    def subject_of(self, account_id: int, uid: UUID) -> str:
        """Return the `sub` of an account's tokens."""
        return str(account_id) if self.subject == "id" else str(uid)

    def read_subject(self, sub: str) -> str:
        """Return the `sub` of a token as `subject_of` writes it. Raise ValueError if it is none of this product's."""
        return str(int(sub) if self.subject == "id" else UUID(sub))

    def claims_of(self, holder: TokenHolder) -> dict[str, Any]:
        """Return the further claims of a token for `holder`."""
        return {name: value for name, value in self.further(holder).items() if name not in RESERVED_CLAIMS}
