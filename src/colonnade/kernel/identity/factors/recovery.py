"""Recovery codes: ten per account, each valid once, for people who have lost their authenticator.

Each has 80 random bits and is stored as SHA-256: too many to be guessed from the hash, so no slow hash is needed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

__all__ = ["CODE_COUNT", "hash_code", "new_codes"]

CODE_COUNT = 10


def new_codes() -> list[str]:
    """Return ten codes such as `k3vq-7hza-m2xd-p5tn`."""
    return [_written(secrets.token_bytes(10)) for _ in range(CODE_COUNT)]


def hash_code(account_id: int, code: str) -> bytes:
    """Return the stored form of a code of this account; case, spaces and dashes do not matter."""
    plain = "".join(code.lower().replace("-", " ").split())
    return hashlib.sha256(f"recovery|{account_id}|{plain}".encode("utf-8", "surrogatepass")).digest()


def _written(raw: bytes) -> str:
    letters = base64.b32encode(raw).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
