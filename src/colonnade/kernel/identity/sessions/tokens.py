"""Refresh tokens: 256 random bits, stored as SHA-256, and the derivation of the next one from the last.

A slow hash protects secrets that can be guessed; 256 random bits cannot.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from colonnade.kernel.core import base64url

__all__ = ["NONCE_BYTES", "hash_token", "new_token", "successor_of"]

NONCE_BYTES = 32
PREFIX = "rt_"


def new_token() -> str:
    """Return a new random token, the first of its session."""
    return _written(secrets.token_bytes(32))


def successor_of(token: str, nonce: bytes) -> str:
    """Return the token that follows `token`, the same for the same nonce.

    It is derived from the used token and the stored nonce, so that concurrent uses of one token get the same successor
    although that is stored nowhere.
    """
    return _written(hmac.digest(token.encode(), nonce, "sha256"))


def hash_token(token: str) -> bytes:
    """Return the stored form of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _written(secret: bytes) -> str:
    return PREFIX + base64url(secret)
