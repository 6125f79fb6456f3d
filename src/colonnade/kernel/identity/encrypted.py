"""The encrypted columns of the kernel's own tables, which every product's database has."""

from __future__ import annotations

from colonnade.kernel.core import EncryptedColumn

__all__ = ["ENCRYPTED_COLUMNS"]

ENCRYPTED_COLUMNS = (EncryptedColumn("account_totp", "secret", key="account_id"),)
