"""Whom a limit counts: an account, else an API key, else a signed guest or device token, else an address.

Keys and tokens can be had in numbers, so each belongs to a crowd that has ten times the quota of one (`Budget.crowd`):
an account's keys to the account, the guests and devices of one address (IPv6: /64) to the address.

Out of scope: recognising who sends a request (`http.persons`) or holds a socket (`realtime.persons`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from colonnade.kernel.core import TooManyRequests
from colonnade.kernel.limits.budgets import Decision

__all__ = ["Person", "PersonKind", "budget_spent", "kind_of"]

PersonKind = Literal["account", "key", "guest", "device", "address"]

_KINDS: dict[str, PersonKind] = {"account": "account", "key": "key", "guest": "guest", "device": "device"}


def kind_of(key: str) -> PersonKind:
    """Return what a key that limits count under stands for: `guest` for `guest:…`, `address` for all without a kind."""
    return _KINDS.get(key.partition(":")[0], "address")


class Person(NamedTuple):
    """One who is counted: `key` is `account:7`, `key:…`, `guest:…`, `device:…`, or an address's bucket.

    `crowd` is the key under which they are counted together with others as well, if they are.
    """

    key: str
    crowd: str | None = None

    @property
    def kind(self) -> PersonKind:
        """What they were recognised by."""
        return kind_of(self.key)


def budget_spent(decision: Decision, message: str | None = None) -> TooManyRequests:
    """Return the error to raise for a refused spend: `details.countedBy` says whose budget it was, by kind."""
    return TooManyRequests(
        message,
        retry_after_seconds=decision.reset_seconds,
        details={"countedBy": kind_of(decision.key), "retryAfterSeconds": max(1, decision.reset_seconds)},
    )
