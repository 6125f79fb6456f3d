"""Parses telephone numbers as people type them."""

from __future__ import annotations

import phonenumbers

from colonnade.kernel.core import Invalid
from colonnade.products.dealroom.shared.schemas.fields import PhoneNumber

__all__ = ["parse_phone"]


def parse_phone(text: str, *, field: str = "phoneNumber") -> PhoneNumber:
    """Parse a telephone number. Raise Invalid unless it has a country code and a possible length."""
    typed = text.strip()
    international = typed if typed.startswith("+") else f"+{typed.removeprefix('00')}"
    try:
        parsed = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or parsed.extension or not phonenumbers.is_possible_number(parsed):
        message = "Phone number must be a number with its country code, such as +62 811 6000 123"
        raise Invalid(fields={field: message})
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(number, typed)
