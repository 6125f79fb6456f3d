"""The second level of the cache: answers in Redis, for processes that do not have them yet (docs/adr/0011-cache.md).

Every stored answer is stamped with an epoch and a token per tag, read before it was built, and is valid only while all
of them are current. Invalidating a tag replaces its token by a new random one; a token that was evicted or has expired
is replaced in the same way, so that no old stamp is ever valid again. Replacing the epoch invalidates every stored
answer; that happens whenever invalidations may have been lost: at the start, after any gap on the bus (Redis may have
come back with older data) and when a token could not be replaced. Until then this process does not use the second
level.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from colonnade.kernel.cache.entry import Entry
from colonnade.kernel.core.redis import redis_errors

if TYPE_CHECKING:
    from colonnade.kernel.core.redis import RedisClient

__all__ = ["Look", "SecondLevel"]

log = structlog.get_logger(__name__)

_MAX_TTL_SECONDS = 24 * 3600
_TOKEN_TTL_SECONDS = 2 * _MAX_TTL_SECONDS
_RETRY_SECONDS = 0.5
_REPAIR_SECONDS = 0.3
_MAX_CONCURRENT_WRITES = 64
_MAX_BODY_BYTES = 1024 * 1024

# KEYS: the answer, then epoch and tags. ARGV: a token's TTL in seconds, then a token for each that may be missing.
_LOOK = """
local found = {redis.call('GET', KEYS[1])}
for i = 2, #KEYS do
  local token = redis.call('GET', KEYS[i])
  if not token then
    token = ARGV[i]
    redis.call('SET', KEYS[i], token, 'EX', ARGV[1])
  end
  found[i] = token
end
return found
"""


class _Stored(msgspec.Struct, array_like=True):
    stamp: list[bytes]
    expires: float
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    gzip_body: bytes | None
    etag: bytes | None
    expires_at: float | None


_decoder = msgspec.msgpack.Decoder(_Stored)
_encoder = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class Look:
    """The result of a look-up: the stamp for a new answer, or the answer and when it expires (epoch seconds)."""

    stamp: list[bytes]
    entry: Entry | None = None
    expires: float = 0.0


class SecondLevel:
    """Answers in Redis. No method raises Redis' errors; a slow or unreachable server is left alone for a while."""

    def __init__(self, client: RedisClient, namespace: str, version: str) -> None:
        self._client = client
        self._tokens = f"{namespace}:cache:t:"
        self._answers = f"{namespace}:cache:{version}:"
        self._look = client.register_script(_LOOK)
        self._rest_until = float("-inf")
        self._distrusted = True
        self._distrusts = 0
        self._repair: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def usable(self) -> bool:
        """Whether it can be used now."""
        return not self._distrusted and time.monotonic() >= self._rest_until

    def distrust(self) -> None:
        """Stop using it until a new epoch has invalidated all its answers, since invalidations may have been lost."""
        self._distrusted = True
        self._distrusts += 1
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(self._renew_epoch(), name="cache:epoch")

    async def trusted(self, timeout_seconds: float) -> bool:
        """Wait until a pending `distrust` has been repaired; return False on a timeout."""
        if self._repair is not None and not self._repair.done():
            await asyncio.wait([self._repair], timeout=timeout_seconds)
        return not self._distrusted

    async def stop(self) -> None:
        """Cancel running tasks and disconnect."""
        tasks = [*self._writing, *([self._repair] if self._repair is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._client.aclose()
        except redis_errors():
            pass

    async def look(self, key: str, tags: Iterable[str]) -> Look | None:
        """Look up the answer of `key`; return None if Redis does not answer."""
        names = [self._name(key), self._tokens, *(self._tokens + tag for tag in sorted(tags))]
        spare = [os.urandom(8) for _ in names[1:]]
        try:
            stored, *stamp = await self._look(keys=names, args=[_TOKEN_TTL_SECONDS, *spare])
        except redis_errors() as error:
            self._failed(error)
            return None
        if stored is None:
            return Look(stamp)
        try:
            found = _decoder.decode(stored)
        except msgspec.MsgspecError:
            return Look(stamp)
        if found.stamp != stamp or found.expires <= time.time():
            return Look(stamp)
        entry = Entry.build(
            status=found.status,
            headers=found.headers,
            body=found.body,
            etag=found.etag,
            fresh_until=found.expires_at,
            gzip_body=found.gzip_body,
        )
        return Look(stamp, entry, found.expires)

    def store(self, key: str, look: Look, entry: Entry, expires: float) -> None:
        """Store an answer in the background, or not at all if too many are being written already."""
        seconds = int(min(expires - time.time(), _MAX_TTL_SECONDS))
        if seconds < 1 or len(entry.body) > _MAX_BODY_BYTES or len(self._writing) >= _MAX_CONCURRENT_WRITES:
            return
        stored = _Stored(
            look.stamp,
            expires,
            entry.status,
            entry.headers,
            entry.body,
            entry.gzip_body,
            entry.etag,
            entry.expires_at,
        )
        task = asyncio.create_task(self._write(self._name(key), _encoder.encode(stored), seconds))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def bump(self, tags: Iterable[str]) -> bool:
        """Invalidate every stored answer with one of `tags`; return False (and distrust) if Redis did not answer."""
        if self._distrusted:
            # A new epoch is pending. Distrusting again makes sure that it is set after this invalidation.
            self.distrust()
            if time.monotonic() < self._rest_until:
                return False
            return await self.trusted(_REPAIR_SECONDS)
        try:
            pipeline = self._client.pipeline(transaction=False)
            for tag in tags:
                pipeline.set(self._tokens + tag, os.urandom(8), ex=_TOKEN_TTL_SECONDS)
            await pipeline.execute()
        except redis_errors() as error:
            self._failed(error)
            self.distrust()
            return False
        except BaseException:
            self.distrust()
            raise
        return True

    async def _write(self, name: str, value: bytes, seconds: int) -> None:
        try:
            await self._client.set(name, value, ex=seconds)
        except redis_errors() as error:
            self._failed(error)

    async def _renew_epoch(self) -> None:
        while True:
            before = self._distrusts
            try:
                await self._client.set(self._tokens, os.urandom(8), ex=_TOKEN_TTL_SECONDS)
            except redis_errors() as error:
                self._failed(error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if self._distrusts == before:
                self._distrusted = False
                return

    def _failed(self, error: BaseException) -> None:
        now = time.monotonic()
        if now >= self._rest_until + 60:
            log.warning("cache: Redis is unreachable, second level not used", error=repr(error))
        self._rest_until = now + 1.0

    def _name(self, key: str) -> str:
        return self._answers + hashlib.blake2b(key.encode(errors="replace"), digest_size=20).hexdigest()
