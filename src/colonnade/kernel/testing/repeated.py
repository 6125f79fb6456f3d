"""Headers that an answer carries more than once, which browsers and proxies read in different ways."""

from __future__ import annotations

from collections import Counter

import httpx

__all__ = ["repeated_headers"]


def repeated_headers(answer: httpx.Response) -> list[str]:
    """Return the names (in lower case) that occur more than once; Set-Cookie may."""
    counted = Counter(name.lower() for name, _ in answer.headers.multi_items())
    return sorted(name for name, times in counted.items() if times > 1 and name != "set-cookie")
