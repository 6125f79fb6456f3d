"""What the database stores of values that others have written."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["storable", "storable_text"]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """Return a text with a replacement for each character that PostgreSQL does not store."""
    return _UNSTORABLE.sub("\ufffd", text)


def storable(value: Any) -> Any:
    """Return a value of JSON with all its texts storable."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(str(name)): storable(each) for name, each in value.items()}
    return [storable(each) for each in value] if isinstance(value, list) else value
