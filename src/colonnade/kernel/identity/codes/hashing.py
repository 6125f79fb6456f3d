"""The stored form of codes and of the addresses they belong to: a keyed hash (HMAC-SHA256, RFC 2104).

Six digits are guessed from a plain hash in a second, but not from one under the server's key. That key is derived from
the first field key: rotating the field key voids codes that were sent in the last ten minutes.
"""

from __future__ import annotations

import hmac
import secrets

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.identity.codes.schemas import DIGITS
from colonnade.kernel.limits import address_network

__all__ = [
    "account_subject",
    "address_subject",
    "asker_subject",
    "hash_code",
    "new_code",
    "normal_address",
    "strangers_subject",
]


def new_code(digits: int = DIGITS) -> str:
    """Return so many random digits."""
    return f"{secrets.randbelow(10**digits):0{digits}}"


def normal_address(email: str) -> str:
    """Return the canonical form of an address, by which accounts and sends are told apart."""
    return email.strip().lower()


def address_subject(settings: Settings, email: str) -> bytes:
    """Return the subject (32 bytes) that stands for an address, with or without an account."""
    return _digest(settings, "address", normal_address(email))


def asker_subject(settings: Settings, email: str, client_address: str) -> bytes:
    """Return the subject (32 bytes) that stands for an address and the network that asks for, or tries, its codes."""
    return _digest(settings, "asker", f"{address_network(client_address)} {normal_address(email)}")


def strangers_subject(settings: Settings, email: str) -> bytes:
    """Return the subject (32 bytes) that stands for all strangers who ask for codes of an address."""
    return _digest(settings, "strangers", normal_address(email))


def account_subject(settings: Settings, account_id: int) -> bytes:
    """Return the subject (32 bytes) that stands for the signed-in owner of an account."""
    return _digest(settings, "account", str(account_id))


def hash_code(settings: Settings, subject: bytes, purpose: str, code: str) -> bytes:
    """Return the hash (32 bytes) of `code` for one subject and one purpose."""
    return _digest(settings, "code", f"{subject.hex()}:{purpose}:{code}")


def _digest(settings: Settings, kind: str, text: str) -> bytes:
    secret = next(iter(settings.field_key_ring().values()))
    key = hmac.digest(secret, b"colonnade one-time codes 1", "sha256")
    return hmac.digest(key, f"{kind}:{text}".encode("utf-8", "surrogatepass"), "sha256")
