"""Tells what an error of the provider is about: the whole channel, one contact for a while, or one message.

Source: Meta's list of the Cloud API's error codes (developers.facebook.com, "WhatsApp error codes"). A code that is not
listed here fails its message, which can be sent again.
"""

from __future__ import annotations

from msgspec import Struct

from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.channels.schemas import PauseKind

__all__ = ["MARKETING_STOPPED", "WINDOW_OVER", "Fault", "classify", "describe"]

# The token has expired, was revoked or lacks a permission.
_TOKEN = frozenset({0, 3, 10, 190, 131005, *range(200, 300)})
# The number or its account is locked, restricted, unpaid, not (or no longer) registered.
_BLOCKED = frozenset({33, 368, 131031, 131037, 131042, 131045, 133010})
# Too many calls or messages of the app, the account or the number; 131057: the account is in maintenance.
_THROTTLED = frozenset({4, 80007, 80008, 130429, 131048, 131057})
# Outages of the provider's, and (131056) too many messages to one contact.
_PASSING = frozenset({1, 2, 131000, 131016, 131056, 133004})

WINDOW_OVER = "131047"
"""The customer wrote more than a day ago."""
MARKETING_STOPPED = "131050"
"""The customer has told the provider that they want no marketing of this business."""
_HINTS = {WINDOW_OVER: "Send a template message to reach them."}


class Fault(Struct, frozen=True):
    """An error of the provider: `pause` if it concerns the whole channel, `passing` if a retry may succeed."""

    code: str | None
    reason: str
    pause: PauseKind | None = None
    passing: bool = False


def classify(code: object, status: int | None, reason: str) -> Fault:
    """Return what the error `code` (an integer, if it is one) with the HTTP `status` (None in a webhook) is about."""
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    shown = str(number) if number is not None else f"HTTP_{status}" if status is not None else None
    if status == 401 or number in _TOKEN:
        return Fault(shown, reason, pause="token")
    if number in _BLOCKED:
        return Fault(shown, reason, pause="blocked")
    if number in _THROTTLED or (status == 429 and number not in _PASSING):
        return Fault(shown, reason, pause="throttled")
    passing = number in _PASSING or status == 408 or (status is not None and status >= 500)
    return Fault(shown, reason, passing=passing)


def describe(code: str | None, reason: str) -> str:
    """Return a failure's reason for who wrote the message: without its code, and with what helps if we know it."""
    text = reason.removeprefix(f"{code}: ")
    hint = _HINTS.get(code or "")
    return clean_reason(f"{text.rstrip('.')}. {hint}" if hint else text)
