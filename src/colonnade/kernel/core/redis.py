"""Opens clients of a Redis-protocol server (Redis 6+, Valkey 7+).

Timeouts are short and nothing is retried: the bus, the limits and the cache each have their own fallback for an
unreachable server, and a retry inside the client would only delay it. The client library is imported when the first
client is opened: it is large, and one process alone needs none.

Out of scope: Redis Cluster; the server is a single one, or a proxy that looks like one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis as RedisClient

__all__ = ["RedisClient", "open_redis", "redis_address", "redis_errors"]


def redis_errors() -> tuple[type[Exception], ...]:
    """Return the errors of calls on the client when the server is unreachable, slow or refuses the call.

    For `except redis_errors():`, which asks for them only once a call has failed.
    """
    from redis.exceptions import RedisError

    return (RedisError, OSError, TimeoutError)


def redis_address(url: str) -> str:
    """Return `url` as the client understands it; `async+redis://`, `valkey://` and `valkey+unix://` are translated."""
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
    """Return a client with a bounded pool that connects on first use. Close it with `await client.aclose()`.

    Raise ValueError when `url` is not the address of a Redis-protocol server.
    """
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0),
        # Every supported server version speaks RESP2, and it needs no negotiation on connect.
        "protocol": 2,
    }
    pool = BlockingConnectionPool.from_url(
        redis_address(url), max_connections=max_connections, timeout=timeout_seconds, **options
    )
    return Redis.from_pool(pool)
