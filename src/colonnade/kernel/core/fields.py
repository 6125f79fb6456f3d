"""Encryption of single database fields: AES-256-GCM, bound to the place where the value is stored.

A stored value is `v1.<key id>.<base64url nonce + ciphertext + tag>`. The associated data names table, column and
row, so that a ciphertext moved elsewhere does not decrypt (NIST SP 800-38D). New values use the first key;
older keys only decrypt, until `colonnade keys reencrypt` has rewritten the EncryptedColumns.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from colonnade.kernel.core.providing import provided

__all__ = ["EncryptedColumn", "FieldCipher", "Undecryptable"]

NONCE_BYTES = 12
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


class Undecryptable(Exception):
    """The value was not encrypted here for this place, or its key is no longer configured."""


class EncryptedColumn(msgspec.Struct, frozen=True):
    """A text column that a FieldCipher encrypts; `key` is the unique column that identifies the row."""

    table: str
    column: str
    key: str = "id"

    def __post_init__(self) -> None:
        for name in (self.table, self.column, self.key):
            if not _NAME.match(name):
                raise ValueError(f"{name!r} cannot name a table or column")

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"

    def place(self, key: object) -> str:
        """Return the place of the value in the row with this key, as `encrypt` and `decrypt` take it."""
        return f"{self.table}.{self.column}:{key}"


@provided("fields")
class FieldCipher:
    """Encrypts and decrypts text fields with named 32-byte keys; the first key encrypts new values."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("at least one field key is needed")
        if any(len(key) != 32 for key in keys.values()):
            raise ValueError("a field key is exactly 32 bytes")
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self.current = next(iter(keys))

    @property
    def prefix(self) -> str:
        """The beginning of every value under the current key."""
        return f"v1.{self.current}."

    def encrypt(self, text: str, *, place: str) -> str:
        """Return `text` encrypted as a stored value for `place`, such as `letters.content:17`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self.current].encrypt(nonce, text.encode(), f"{self.current}|{place}".encode())
        return f"{self.prefix}{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, *, place: str) -> str:
        """Return the text of a stored value. Raise Undecryptable."""
        version, _, rest = stored.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = self._keys.get(key_id)
        if version != "v1" or key is None:
            raise Undecryptable(f"no key {key_id!r} for {place.partition(':')[0]}")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{key_id}|{place}".encode()).decode()
        except (InvalidTag, ValueError):
            raise Undecryptable(place.partition(":")[0]) from None
