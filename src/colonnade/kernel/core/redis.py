"""One way to open a client of a Redis-protocol server (Redis 6+, Valkey 7+).

Short timeouts and no retries: every user here (bus, limits, cache) has its own answer to a server that is
away, and a retry inside the client would only make callers wait for it. A single server (or a proxy that
looks like one) is meant; Redis Cluster is not supported.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

__all__ = ["REDIS_ERRORS", "RedisClient", "open_redis", "redis_address"]

RedisClient = Redis

REDIS_ERRORS: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
"""What a call on the client may raise when the server is away, slow or refuses."""


def redis_address(url: str) -> str:
    """The form of `url` the client understands; takes `async+redis://`, `valkey://`, `valkey+unix://` too."""
    address = url.removeprefix("async+")
    for scheme, plain in (
        ("redis+unix://", "unix://"),
        ("valkey+unix://", "unix://"),
        ("valkeys://", "rediss://"),
        ("valkey://", "redis://"),
    ):
        if address.startswith(scheme):
            return plain + address.removeprefix(scheme)
    return address


def open_redis(url: str, *, timeout_seconds: float = 0.5, max_connections: int = 16) -> RedisClient:
    """A client with a bounded pool; it connects on first use. Close it with `await client.aclose()`.

    Raises ValueError when `url` is not the address of a Redis-protocol server.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0),
        # RESP2 is spoken by every server version we support, and needs no negotiation on connect.
        "protocol": 2,
    }
    pool = BlockingConnectionPool.from_url(
        redis_address(url), max_connections=max_connections, timeout=timeout_seconds, **options
    )
    return Redis.from_pool(pool)
