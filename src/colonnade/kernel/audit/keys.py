"""The keys under which audit entries are signed. They are never in the database.

Each is derived (HKDF, RFC 5869) from a key of FIELD_KEYS and the product's name, under the same key id: rotating
FIELD_KEYS rotates them too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from colonnade.kernel.core import base64url

__all__ = ["AuditSigner"]


class AuditSigner:
    """Signs and checks (HMAC-SHA-256); a signature is `<key id>.<base64url>`. The first key of `ring` signs."""

    def __init__(self, ring: Mapping[str, bytes], product: str) -> None:
        if not ring:
            raise ValueError("at least one key is needed")
        self._keys = {
            name: HKDF(SHA256(), length=32, salt=None, info=f"colonnade audit {product}".encode()).derive(key)
            for name, key in ring.items()
        }
        self.current = next(iter(ring))

    def sign(self, data: bytes) -> str:
        """Return the signature of `data` under the current key."""
        return f"{self.current}.{self._mac(self._keys[self.current], data)}"

    def check(self, data: bytes, signature: str) -> bool | None:
        """Return whether `signature` is genuine for `data`; None if its key is unknown."""
        name, _, mac = signature.rpartition(".")
        key = self._keys.get(name)
        return None if key is None else hmac.compare_digest(self._mac(key, data).encode(), mac.encode())

    @staticmethod
    def _mac(key: bytes, data: bytes) -> str:
        return base64url(hmac.digest(key, data, hashlib.sha256))
