"""The text form of API keys, `ck_<public prefix>_<secret>`, and the stored hash of the secret.

The secret is 256 random bits and stored as SHA-256. A slow hash makes guessing expensive, but this secret cannot be
guessed: a slow hash would only make every request expensive.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

__all__ = ["KEY_MARK", "hash_secret", "is_secret", "new_prefix", "new_secret", "split_key"]

KEY_MARK = "ck_"
"""The beginning of every key, and of no JWT."""

_MAX_KEY_CHARACTERS = 200


def new_prefix() -> str:
    """Return a new random public prefix."""
    return KEY_MARK + secrets.token_hex(8)


def new_secret() -> str:
    """Return a new secret: 256 random bits in base32."""
    return base64.b32encode(secrets.token_bytes(32)).rstrip(b"=").decode().lower()


def split_key(key: str) -> tuple[str, str] | None:
    """Return public prefix and secret of a key; None if the text is not a key."""
    prefix, _, secret = key.rpartition("_")
    if not prefix.startswith(KEY_MARK) or not secret or len(key) > _MAX_KEY_CHARACTERS:
        return None
    return prefix, secret


def hash_secret(secret: str) -> bytes:
    """Return the stored form of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_secret(secret: str, stored: bytes | None) -> bool:
    """Return whether `stored` is the hash of `secret`."""
    return stored is not None and hmac.compare_digest(hash_secret(secret), stored)
