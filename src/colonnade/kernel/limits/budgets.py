"""Named budgets, the decisions on spends, and the keys that addresses are counted under.

A budget is a fixed window that begins with a key's first spend, not with the clock, so that the windows of all keys
do not end in the same second. In the worst case a key gets its quota at the end of one window and again at the start
of the next.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import msgspec

from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.quotas import MAX_AMOUNT, parse_quota

__all__ = ["Budget", "Budgets", "Decision", "address_bucket", "address_network"]

CROWD = 10
"""How many times the quota of one all who form a crowd have together (`persons`)."""

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}\Z")


@dataclass(frozen=True)
class Budget:
    """A number of spends per key and window, under a name that clients see in `RateLimit-Policy`.

    `quota` is written "5/15 minutes" or "1000/hour" (`core.quotas`). `exact` budgets are shared between processes
    exactly (one Redis round trip per spend); others are counted in process and synchronised (see `Meter`). While
    Redis is unreachable, `fail="local"` counts in this process against the same quota, `fail="closed"` against a
    stricter one (the quota divided by the number of processes): no budget is ever unlimited.

    Raises ValueError for an invalid name or quota.
    """

    name: str
    quota: str
    exact: bool = True
    fail: Literal["local", "closed"] = "local"
    limit: int = field(init=False, compare=False)
    window_seconds: int = field(init=False, compare=False)
    policy: bytes = field(init=False, compare=False, repr=False)
    label: str = field(init=False, compare=False, repr=False)
    policy_header: tuple[bytes, bytes] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(
                f"budget name {self.name!r} is not made of lower-case letters, digits, '.', '_', '-'"
            )
        try:
            quota = parse_quota(self.quota)
        except ValueError as error:
            raise ValueError(f"budget {self.name}: {error}") from None
        object.__setattr__(self, "limit", quota.amount)
        object.__setattr__(self, "window_seconds", quota.window_seconds)
        policy = f'"{self.name}";q={self.limit};w={self.window_seconds}'.encode()
        object.__setattr__(self, "policy", policy)
        object.__setattr__(self, "label", f'"{self.name}"')
        object.__setattr__(self, "policy_header", (b"ratelimit-policy", policy))

    @cached_property
    def crowd(self) -> Budget:
        """The budget of all guests and devices behind one address, or all keys of an account: ten times that of one.

        Such a token costs nothing but a request. Without this bound, whoever gets many has the quota as many times.
        """
        quota = f"{min(self.limit * CROWD, MAX_AMOUNT)}/{self.window_seconds} seconds"
        return replace(self, name=f"{self.name}.crowd", quota=quota)

    def with_quota(self, quota: str) -> Budget:
        """Return the same budget with another quota. Raise ValueError for an invalid one."""
        return replace(self, quota=quota)


@provided("budgets")
class Budgets(dict[str, Budget]):
    """The budgets of a product by name, with the quotas in force in this process."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The result of a spend or a peek. `reset_seconds` is the whole seconds until the window ends.

    `cost` is the number of spends taken: 0 if refused. `window` identifies the window for `Limiter.refund`.
    """

    budget: Budget
    key: str
    allowed: bool
    remaining: int
    reset_seconds: int
    cost: int = 0
    window: int = 0

    @property
    def limit(self) -> int:
        """Spends per window, as configured."""
        return self.budget.limit


def address_bucket(address: str) -> str:
    """Return the key a client address is counted under: an IPv4 address itself, the /64 of an IPv6 address.

    A customer owns at least a /64. IPv4 written as IPv6 (`::ffff:192.0.2.1`) counts as IPv4. Text that is no address
    is returned as it is, cut at 64 characters.
    """
    if ":" not in address:
        return address[:64]
    packed = _packed(address)
    if packed is None:
        return address[:64]
    if packed[:12] == b"\0" * 10 + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return packed[:8].hex() + "/64"


def address_network(address: str) -> str:
    """Return the network of an address: its /24 for IPv4, its /48 for IPv6.

    The addresses of a household or an office change within it.
    """
    bucket = address_bucket(address)
    if bucket.endswith("/64"):
        return bucket[:12] + "/48"
    head, dot, _ = bucket.rpartition(".")
    return head + ".0/24" if dot else bucket


def _packed(address: str) -> bytes | None:
    try:
        return socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    except OSError:
        return None
