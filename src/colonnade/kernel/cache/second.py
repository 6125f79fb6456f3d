"""The second level: answers in Redis, for the process that does not have them yet. See
docs/adr/0011-cache.md.

Every stored answer is stamped with an epoch and a token per tag, read before it was built. It is good only
while all of them are still the current ones. Invalidating a tag replaces its token by a new random one; a
token that was evicted or has ended is replaced likewise, so that no old stamp can ever fit again. Replacing
the epoch makes every stored answer useless; that happens whenever invalidations may have been lost: at
start, after any gap on the bus (Redis may have come back with older data) and when a token could not be
replaced. Until it has happened this process leaves the second level alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import structlog

from colonnade.kernel.cache.entry import Entry, Headers
from colonnade.kernel.core.redis import REDIS_ERRORS, RedisClient

__all__ = ["Look", "SecondLevel"]

log = structlog.get_logger(__name__)

_LONGEST_SECONDS = 24 * 3600
_TOKEN_SECONDS = 2 * _LONGEST_SECONDS
_RETRY_SECONDS = 0.5
_REPAIR_SECONDS = 0.3
_MOST_WRITING = 64
_LARGEST_BYTES = 1024 * 1024

# KEYS: the answer, then epoch and tags. ARGV: seconds a token lasts, then a token for each that is missing.
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
    headers: Headers
    body: bytes
    gzip_body: bytes | None
    etag: bytes | None
    expires_at: float | None


_decoder = msgspec.msgpack.Decoder(_Stored)
_encoder = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class Look:
    """What a look found: the stamp to store a new answer with, or the answer and when it ends (epoch
    seconds).
    """

    stamp: list[bytes]
    entry: Entry | None = None
    expires: float = 0.0


class SecondLevel:
    """Answers in Redis. No method raises because of Redis; a slow or absent one makes it unusable for a
    while.
    """

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
        """Whether it can be asked at present."""
        return not self._distrusted and time.monotonic() >= self._rest_until

    def distrust(self) -> None:
        """Invalidations may have been lost: leave it alone until a new epoch makes all it holds useless."""
        self._distrusted = True
        self._distrusts += 1
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(self._renew_epoch(), name="cache:epoch")

    async def trusted(self, timeout_seconds: float) -> bool:
        """Wait until a distrust that is under way has been repaired; False when it takes longer."""
        if self._repair is not None and not self._repair.done():
            await asyncio.wait([self._repair], timeout=timeout_seconds)
        return not self._distrusted

    async def stop(self) -> None:
        """End what runs, and disconnect."""
        tasks = [*self._writing, *([self._repair] if self._repair is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._client.aclose()
        except REDIS_ERRORS:
            pass

    async def look(self, key: str, tags: Iterable[str]) -> Look | None:
        """Ask for the answer of `key`; None when Redis does not answer."""
        names = [self._name(key), self._tokens, *(self._tokens + tag for tag in sorted(tags))]
        spare = [os.urandom(8) for _ in names[1:]]
        try:
            stored, *stamp = await self._look(keys=names, args=[_TOKEN_SECONDS, *spare])
        except REDIS_ERRORS as error:
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
        """Write an answer behind the caller's back; when many are being written already, leave it."""
        seconds = int(min(expires - time.time(), _LONGEST_SECONDS))
        if seconds < 1 or len(entry.body) > _LARGEST_BYTES or len(self._writing) >= _MOST_WRITING:
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
        """Make every stored answer with one of `tags` useless; False (and distrusted) when Redis did not
        answer.
        """
        if self._distrusted:
            # A new epoch is on its way. Asking once more makes it one that is set after this moment.
            self.distrust()
            if time.monotonic() < self._rest_until:
                return False
            return await self.trusted(_REPAIR_SECONDS)
        try:
            pipeline = self._client.pipeline(transaction=False)
            for tag in tags:
                pipeline.set(self._tokens + tag, os.urandom(8), ex=_TOKEN_SECONDS)
            await pipeline.execute()
        except REDIS_ERRORS as error:
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
        except REDIS_ERRORS as error:
            self._failed(error)

    async def _renew_epoch(self) -> None:
        while True:
            before = self._distrusts
            try:
                await self._client.set(self._tokens, os.urandom(8), ex=_TOKEN_SECONDS)
            except REDIS_ERRORS as error:
                self._failed(error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if self._distrusts == before:
                self._distrusted = False
                return

    def _failed(self, error: BaseException) -> None:
        now = time.monotonic()
        if now >= self._rest_until + 60:
            log.warning("cache: Redis does not answer, second level left alone", error=repr(error))
        self._rest_until = now + 1.0

    def _name(self, key: str) -> str:
        return self._answers + hashlib.blake2b(key.encode(errors="replace"), digest_size=20).hexdigest()
