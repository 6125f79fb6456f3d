"""The table of kinds: the parts of the provider's templates, and which of them can be sent from here.

A part that is not in the table is a problem, and a template with one is not sent: the provider refuses what lacks a
parameter. `filled`: it may have variables, or (OTP) repeats one of the body; `plain`: it needs nothing.

Source of the names: Meta's reference of template components, in November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

__all__ = ["KINDS", "find_problem"]

Filling = Literal["filled", "plain", "unsent"]

KINDS: Final[Mapping[str, Filling]] = MappingProxyType(
    {
        "HEADER.TEXT": "filled",
        "HEADER.IMAGE": "filled",
        "HEADER.VIDEO": "filled",
        "HEADER.DOCUMENT": "filled",
        "HEADER.GIF": "unsent",
        "HEADER.LOCATION": "unsent",  # a place with its name and address
        "HEADER.PRODUCT": "unsent",
        "BODY": "filled",
        "FOOTER": "plain",
        "BUTTONS.QUICK_REPLY": "plain",
        "BUTTONS.PHONE_NUMBER": "plain",
        "BUTTONS.VOICE_CALL": "plain",
        "BUTTONS.URL": "filled",
        "BUTTONS.OTP": "filled",
        "BUTTONS.COPY_CODE": "filled",  # a coupon's
        "BUTTONS.FLOW": "unsent",  # the form's token
        "BUTTONS.CATALOG": "unsent",  # a product's id, as those of the next two
        "BUTTONS.MPM": "unsent",
        "BUTTONS.SPM": "unsent",
        "BUTTONS.APP": "unsent",
        "BUTTONS.REMINDER": "unsent",
        "BUTTONS.ORDER_DETAILS": "unsent",
        "BUTTONS.CALL_PERMISSION_REQUEST": "unsent",
        "CAROUSEL": "unsent",  # its cards
        "LIMITED_TIME_OFFER": "unsent",  # when it ends
        "CALL_PERMISSION_REQUEST": "unsent",
        "ORDER_STATUS": "unsent",
        "TAP_TARGET_CONFIGURATION": "unsent",
    }
)

MAX_BUTTONS = 20
MAX_KIND_CHARACTERS = 60


def find_problem(components: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why a template with these parts cannot be sent from here; None if it can."""
    for kind in _kinds(components):
        if KINDS.get(kind, "unsent") == "unsent":
            return f"It cannot be sent from here: it has a part of the kind {kind[:MAX_KIND_CHARACTERS]}"
    return None


def _kinds(components: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for part in components:
        name = _name(part.get("type"))
        if name == "HEADER":
            yield f"HEADER.{_name(part.get('format', 'TEXT'))}"
        elif name == "BUTTONS":
            buttons = part.get("buttons")
            for button in buttons if isinstance(buttons, list) and len(buttons) <= MAX_BUTTONS else [None]:
                yield f"BUTTONS.{_name(button.get('type') if isinstance(button, dict) else None)}"
        else:
            yield name


def _name(value: Any) -> str:
    """Return a kind as the provider calls it, if that is a name."""
    return (
        value
        if isinstance(value, str) and value.isascii() and value.replace("_", "").isalnum()
        else "unknown"
    )
