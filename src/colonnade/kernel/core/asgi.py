"""ASGI extensions of our server, which other servers need not have: `scope["extensions"]` holds them by these names.

LATE is none of the scope, but a key of a message.
"""

from __future__ import annotations

__all__ = ["LATE", "WHOLE_ANSWER", "WHOLE_BODY"]

WHOLE_ANSWER = "colonnade.http.whole"
"""`whole(head, body) -> bool` takes a complete answer as bytes, or declines."""

WHOLE_BODY = "colonnade.http.body"
"""`take() -> bytes | None` gives the request's body if all of it has arrived; else it is to be received."""

LATE = "colonnade.http.late"
"""True in a message `http.disconnect`: the client is there, but its body did not arrive in time; it gets an answer."""
