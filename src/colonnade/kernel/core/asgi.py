"""ASGI extensions of our server, which other servers need not have: `scope["extensions"]` holds them by these names."""

from __future__ import annotations

__all__ = ["WHOLE_ANSWER", "WHOLE_BODY"]

WHOLE_ANSWER = "colonnade.http.whole"
"""`whole(head, body) -> bool` takes a complete answer as bytes, or declines."""

WHOLE_BODY = "colonnade.http.body"
"""`take() -> bytes | None` gives the request's body if all of it has arrived; else it is to be received."""
