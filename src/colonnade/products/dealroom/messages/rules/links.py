"""Links to a message's stored file, for clients without other credentials."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.tokens import Tokens
from colonnade.products.dealroom.shared.rules.places import media_path

__all__ = ["LINK", "LINK_TTL", "media_link"]

LINK = "media"
LINK_TTL = timedelta(hours=1)


def media_link(tokens: Tokens, message_id: int, key: str) -> str:
    """Return the path of the file that is stored under `key`, valid for LINK_TTL."""
    token = tokens.issue(LINK, str(message_id), LINK_TTL, {"key": key})
    return f"{media_path(message_id)}?token={token}"
