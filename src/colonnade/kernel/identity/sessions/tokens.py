"""Refresh tokens as text: 256 random bits, kept as SHA-256, and how the next one follows from the last.

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
    """The first token of a family."""
    return _written(secrets.token_bytes(32))


def successor_of(token: str, nonce: bytes) -> str:
    """The token that follows `token`, the same for the same nonce.

    It takes the used token and the stored nonce to make it, so that parallel uses of one token are given one
    successor without it being stored anywhere.
    """
    return _written(hmac.digest(token.encode(), nonce, "sha256"))


def hash_token(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _written(secret: bytes) -> str:
    return PREFIX + base64url(secret)
