"""Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds, which every authenticator app supports).

Out of scope: the steps that were used already (`queries.take_step`).
"""

from __future__ import annotations

import hmac
import io
from datetime import datetime

import pyotp

__all__ = ["STEP_SECONDS", "matching_step", "new_secret", "provisioning_uri", "qr_png"]

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""Steps before and after the present one whose codes are accepted: clocks differ, people type slowly."""


def new_secret() -> str:
    """Return 160 random bits in base32 (RFC 4226, 4: the recommended length)."""
    return pyotp.random_base32(32)


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the `otpauth://` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_png(text: str) -> bytes:
    """Return `text` as a QR code: a PNG of about 300 pixels a side."""
    import segno

    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


def matching_step(secret: str, code: str, moment: datetime) -> int | None:
    """Return the time step whose code this is, the newest if two have the same; None for a wrong code.

    All steps are compared, each in constant time.
    """
    totp = pyotp.TOTP(secret)
    present = int(moment.timestamp()) // STEP_SECONDS
    found: int | None = None
    given = code.encode()
    for step in range(max(0, present - DRIFT_STEPS), present + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found
