"""Pseudonyms of what identifies a machine: staff see which things belong together, and not the address itself.

A pseudonym is a keyed hash (HMAC-SHA256, RFC 2104) under a key derived from the first field key: without that key the
few billion addresses cannot be tried. It is the same in all processes, until the field key is rotated.
"""

from __future__ import annotations

import base64
import hmac

from colonnade.kernel.core.settings import Settings

__all__ = ["pseudonym"]

_BYTES = 5


def pseudonym(settings: Settings, purpose: str, text: str) -> str:
    """Return eight letters and digits that stand for `text` in lists of one `purpose`."""
    secret = next(iter(settings.field_key_ring().values()))
    key = hmac.digest(secret, b"colonnade pseudonyms 1", "sha256")
    digest = hmac.digest(key, f"{purpose}\x00{text}".encode(), "sha256")
    return base64.b32encode(digest[:_BYTES]).decode().lower()
