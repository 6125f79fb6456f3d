"""ASGI extensions of our server, which other servers need not have: `scope["extensions"]` holds them by these names.

LATE is none of the scope, but a key of a message.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["DETACH", "LATE", "WHOLE_ANSWER", "WHOLE_BODY", "duplicate_socket", "request_head"]

WHOLE_ANSWER = "colonnade.http.whole"
"""`whole(head, body) -> bool` takes a complete answer as bytes, or declines."""

WHOLE_BODY = "colonnade.http.body"
"""`take() -> bytes | None` gives the request's body if all of it has arrived; else it is to be received."""

LATE = "colonnade.http.late"
"""True in a message `http.disconnect`: the client is there, but its body did not arrive in time; it gets an answer."""
DETACH = "colonnade.detach"
"""`detach() -> tuple[socket, bytes] | None` takes the connection away from the server, with the request's head.

The head lacks what announces a body and the empty line. The request is not answered then. None: it cannot be taken.
"""

_ABOUT_THE_BODY: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})


def request_head(scope: Mapping[str, Any], method: str) -> bytes:
    """Return a request's head as it was received, without what announces a body and without the empty line."""
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    lines = [b"%b %b HTTP/%b\r\n" % (method.encode(), target, scope["http_version"].encode())]
    lines += [
        b"%b: %b\r\n" % (name, value)
        for name, value in scope["headers"]
        if name.lower() not in _ABOUT_THE_BODY
    ]
    return b"".join(lines)


def duplicate_socket(transport: Any) -> socket.socket | None:
    """Return another descriptor of a transport's connection, or None if TLS ends here: its state would be missing."""
    raw = transport.get_extra_info("socket")
    if raw is None or transport.get_extra_info("sslcontext") is not None:
        return None
    return socket.socket(fileno=os.dup(raw.fileno()))
