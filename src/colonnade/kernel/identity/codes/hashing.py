"""Codes and the addresses they belong to, as they are stored: under a keyed hash (HMAC-SHA256, RFC 2104).

Six digits alone are guessed from any plain hash in a second; without the server's key these are not. The key is
derived from the first field key: after a rotation of that key, codes that are under way (ten minutes) are void.
"""

from __future__ import annotations

import hmac
import secrets

from colonnade.kernel.core.settings import Settings

__all__ = ["account_subject", "address_subject", "hash_code", "new_code", "normal_address"]


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def normal_address(email: str) -> str:
    """The form of an address in which it is one account's."""
    return email.strip().lower()


def address_subject(settings: Settings, email: str) -> bytes:
    """What stands for an address, whether anybody has an account with it or not; 32 bytes."""
    return _digest(settings, "address", normal_address(email))


def account_subject(settings: Settings, account_id: int) -> bytes:
    """What stands for an account; 32 bytes."""
    return _digest(settings, "account", str(account_id))


def hash_code(settings: Settings, subject: bytes, purpose: str, code: str) -> bytes:
    """The hash of `code` for one address and one purpose; 32 bytes."""
    return _digest(settings, "code", f"{subject.hex()}:{purpose}:{code}")


def _digest(settings: Settings, kind: str, text: str) -> bytes:
    secret = next(iter(settings.field_key_ring().values()))
    key = hmac.digest(secret, b"colonnade one-time codes 1", "sha256")
    return hmac.digest(key, f"{kind}:{text}".encode("utf-8", "surrogatepass"), "sha256")
