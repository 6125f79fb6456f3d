"""Chooses the form of the bus: through Redis for several processes, within this process for one."""

from __future__ import annotations

from colonnade.kernel.core.bus import Bus, LocalBus

__all__ = ["open_bus"]


def open_bus(redis_url: str | None, namespace: str) -> Bus:
    """Return the bus of an installation: through Redis if `redis_url` is given, else within this process.

    Processes share messages if they share server and `namespace`. Call it where an event loop runs; nothing
    connects before `start()`.
    """
    if not redis_url:
        return LocalBus()
    from colonnade.kernel.core.bus_redis import RedisBus

    return RedisBus(redis_url, namespace)
