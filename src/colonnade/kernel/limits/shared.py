"""Windows that processes share: hashes in Redis, changed by a script so that checking and counting are atomic.

A window is a hash {c: count, w: token} that expires with the window. A call may carry the spends that the process
counted while Redis was unreachable (`unsent`), and the last count it saw (`floor` with its token): a Redis that lost
its data gets the count back instead of giving every key a fresh budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colonnade.kernel.limits.budgets import Budget

if TYPE_CHECKING:
    from colonnade.kernel.core.redis import RedisClient

__all__ = ["Ask", "Found", "SharedWindows"]

# Arguments: cost, then per key: limit, window in ms, unsent, floor, token of the floor, token for a new
# window. All keys are charged or none. Answer per key: count, ms left, token, 1 if there was room.
_SPEND = """
local cost = tonumber(ARGV[1])
local found, all = {}, true
for i, key in ipairs(KEYS) do
  local a = 2 + (i - 1) * 6
  local limit, window = tonumber(ARGV[a]), tonumber(ARGV[a + 1])
  local unsent, floor = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  local stored = redis.call('HMGET', key, 'c', 'w')
  local count, token = tonumber(stored[1] or '0'), stored[2]
  local left = token and redis.call('PTTL', key) or -2
  local dirty = false
  if token and left < 0 then
    redis.call('PEXPIRE', key, window)
    left = window
  end
  if token ~= ARGV[a + 4] and count < floor then
    count = floor
    dirty = true
  end
  if unsent ~= 0 then
    count = math.max(0, count + unsent)
    dirty = true
  end
  local room = count + cost <= limit
  all = all and room
  found[i] = {key, count, left, token, room, dirty, window, ARGV[a + 5]}
end
local answer = {}
for i, f in ipairs(found) do
  local key, count, left, token = f[1], f[2], f[3], f[4]
  if all and cost > 0 then
    count = count + cost
    f[6] = true
  end
  if f[6] and not token then
    token = f[8]
    left = f[7]
    redis.call('HSET', key, 'c', count, 'w', token)
    redis.call('PEXPIRE', key, left)
  elseif f[6] then
    redis.call('HSET', key, 'c', count)
  end
  answer[i] = {count, left, token or '0', f[5] and 1 or 0}
end
return answer
"""

_REFUND = """
if redis.call('HGET', KEYS[1], 'w') == ARGV[2] then
  local count = math.max(0, tonumber(redis.call('HGET', KEYS[1], 'c')) - tonumber(ARGV[1]))
  redis.call('HSET', KEYS[1], 'c', count)
  return count
end
return -1
"""


@dataclass(slots=True)
class Ask:
    """One key of a spend, with what this process knows about its window."""

    budget: Budget
    key: str
    unsent: int
    floor: int
    floor_token: int
    new_token: int


@dataclass(slots=True)
class Found:
    """Redis' answer for one key; `left_seconds` is negative if no window runs."""

    count: int
    left_seconds: float
    token: int
    room: bool


class SharedWindows:
    """Calls the scripts. Every method raises one of `redis_errors` if Redis does not answer."""

    def __init__(self, client: RedisClient, namespace: str) -> None:
        self._prefix = f"{namespace}:limit:"
        self._spend = client.register_script(_SPEND)
        self._refund = client.register_script(_REFUND)

    def _name(self, budget: Budget, key: str) -> str:
        return f"{self._prefix}{budget.name}:{key}"

    async def spend(self, asks: Sequence[Ask], cost: int) -> list[Found]:
        """Charge `cost` to every key, or to none if one has no room. Cost 0 only reads and merges."""
        keys = [self._name(ask.budget, ask.key) for ask in asks]
        arguments: list[int] = [cost]
        for ask in asks:
            arguments += (ask.budget.limit, ask.budget.window_seconds * 1000)
            arguments += (ask.unsent, ask.floor, ask.floor_token, ask.new_token)
        answer = await self._spend(keys=keys, args=arguments)
        return [
            Found(int(count), int(left) / 1000, int(token), bool(room)) for count, left, token, room in answer
        ]

    async def refund(self, budget: Budget, key: str, cost: int, token: int) -> bool:
        """Subtract `cost` if the window `token` still runs; return False if Redis does not know it."""
        return int(await self._refund(keys=[self._name(budget, key)], args=[cost, token])) >= 0
