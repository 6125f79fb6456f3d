"""Reads errors and headers of answers, whatever the envelope of the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import httpx

__all__ = ["error_code", "repeated_headers"]


def error_code(answer: httpx.Response) -> str:
    """Return the `code` of an error, from the body or its `error`; empty for any other answer."""
    if answer.status_code < 400 or answer.headers.get("content-type") != "application/json":
        return ""
    body = answer.json()
    error = body.get("error")
    return str((error if isinstance(error, Mapping) else body).get("code", ""))


def repeated_headers(answer: httpx.Response) -> list[str]:
    """Return the names (in lower case) that occur more than once; Set-Cookie may."""
    counted = Counter(name.lower() for name, _ in answer.headers.multi_items())
    return sorted(name for name, times in counted.items() if times > 1 and name != "set-cookie")
