"""What every answer needs, as one pure ASGI middleware (BaseHTTPMiddleware would cost several times as much).

Request id, security headers, rate limit and one log line per request share a wrapper of `send`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import uuid
from logging.handlers import MemoryHandler

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import config

_ID = re.compile(rb"[\w-]{1,64}")
_WINDOW_SECONDS = 3600
_MAX_ADDRESSES = 100_000
_REFUSAL = json.dumps(
    {"success": False, "error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Too many requests"}}
).encode()
# The same headers as helmet's defaults.
_SECURITY = [
    (
        b"content-security-policy",
        b"default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';"
        b"frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';"
        b"script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-download-options", b"noopen"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-xss-protection", b"0"),
]


def _request_log() -> logging.Logger:
    """Return a logger that writes its lines in batches."""
    logger = logging.getLogger("requests")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(MemoryHandler(100, target=logging.StreamHandler(sys.stdout)))
    return logger


class Edge:
    """Give each request its id and its line in the log, and hold the clients to their budget."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = _request_log()
        self._taken: dict[str, int] = {}
        self._window_ends = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if _ID.fullmatch(given) else str(uuid.uuid4())
        scope["request_id"] = request_id
        address = scope["client"][0] if scope["client"] else ""
        remaining = self._take(address)
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_SECURITY, (b"x-request-id", request_id.encode())]
                message["headers"].append((b"ratelimit-limit", str(config.RATE_LIMIT).encode()))
                message["headers"].append((b"ratelimit-remaining", str(max(0, remaining)).encode()))
            await send(message)

        try:
            if remaining < 0:
                await _refuse(sending)
            else:
                await self._app(scope, receive, sending)
        finally:
            route = scope.get("route")
            line = {
                "time": time.time(),
                "requestId": request_id,
                "method": scope["method"],
                "route": route.path if route else None,
                "status": status,
                "ms": round((time.perf_counter() - started) * 1e3, 2),
                "ip": address,
            }
            self._log.info(json.dumps(line))

    def _take(self, address: str) -> int:
        """Count a request of `address` in this window; return what is left of its budget, negative if exceeded."""
        now = time.monotonic()
        if now >= self._window_ends or len(self._taken) > _MAX_ADDRESSES:
            self._taken, self._window_ends = {}, now + _WINDOW_SECONDS
        taken = self._taken[address] = self._taken.get(address, 0) + 1
        return config.RATE_LIMIT - taken


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_REFUSAL)).encode())]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})
