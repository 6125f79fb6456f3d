"""Origins as browsers send them (RFC 6454): a scheme and a host, from whoever writes the header."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["split_origin"]


def split_origin(origin: str) -> tuple[str, str]:
    """Return scheme and authority of an Origin header, in lower case; two empty strings if it cannot be read."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:  # such as `http://[`
        return "", ""
    return parts.scheme, parts.netloc
