"""API keys as text: `ck_<public name>_<secret>`, and what is kept of the secret.

The secret is 256 random bits, so it is kept as SHA-256: a slow hash makes guessing expensive, and this cannot be
guessed; it would only make every request expensive.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

__all__ = ["KEY_MARK", "hash_secret", "is_secret", "new_prefix", "new_secret", "split_key"]

KEY_MARK = "ck_"
"""How every key begins; no JWT does."""

_MAX_LENGTH = 200


def new_prefix() -> str:
    """The public half of a new key."""
    return KEY_MARK + secrets.token_hex(8)


def new_secret() -> str:
    """The secret half: 256 random bits in base32."""
    return base64.b32encode(secrets.token_bytes(32)).rstrip(b"=").decode().lower()


def split_key(key: str) -> tuple[str, str] | None:
    """Public half and secret of a key; None for what is none."""
    prefix, _, secret = key.rpartition("_")
    if not prefix.startswith(KEY_MARK) or not secret or len(key) > _MAX_LENGTH:
        return None
    return prefix, secret


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_secret(secret: str, stored: bytes | None) -> bool:
    """Whether `stored` was made of `secret`."""
    return stored is not None and hmac.compare_digest(hash_secret(secret), stored)
