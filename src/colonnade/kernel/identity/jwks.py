"""`/.well-known/jwks.json`: the public keys of this product's tokens, for other services that verify them.

The list is empty with HS256, whose key is secret. A key is listed for as long as it is in JWT_KEYS.
"""

from __future__ import annotations

import msgspec

from colonnade.kernel.http import Response, Router, anyone, get
from colonnade.kernel.identity.tags import AUTHENTICATION
from colonnade.kernel.tokens import Tokens

__all__ = ["jwks_routes"]

MAX_AGE_SECONDS = 300


class KeySet(msgspec.Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517): public keys with `kid`, `kty`, `alg`, `use` and what their type has."""

    keys: list[dict[str, str]]


@get("/.well-known/jwks.json", guards=[anyone()], bare={"application/json": KeySet})
async def show_keys(tokens: Tokens) -> Response[bytes]:
    """The public keys of access tokens (RFC 7517), without the envelope that other answers have."""
    return Response(
        msgspec.json.encode(KeySet(tokens.keys.jwks())),
        media_type="application/json",
        headers={"cache-control": f"public, max-age={MAX_AGE_SECONDS}"},
    )


def jwks_routes() -> Router:
    """Build `GET /.well-known/jwks.json`."""
    return Router("/", route_handlers=[show_keys], tags=[AUTHENTICATION])
