"""Limits failed logins without letting strangers lock out an account's owner; successful logins do not count.

Three budgets are spent before the password is verified and refunded if it was right, so that attempts in flight count
and twenty concurrent ones get no more verifications than twenty in a row:

- `login-pair`: per address (IPv6: /64) and account. After five failures this account has to wait there.
- `login-address`: per address, whatever the accounts; ten times as much. It bounds who tries one password at many
  accounts. What one neighbour behind an address fails with keeps no other out until all of it is spent; then it does.
- `login-account`: per account from anywhere, with a high quota. When many addresses together have used it up, networks
  from which the account has signed in before are served as usual, and all others get one attempt an hour each
  (`login-stranger`): an owner on a new device still has one, a botnet a fifth or less of what it had.

An owner is therefore never refused because of other addresses. Whoever is signed in and enters the password again is
counted by the session, not by an address: what others do behind it is nothing to them. An attempt that is refused only
because others are still being verified waits briefly for them, as happens when an office starts work. While Redis is
unreachable these budgets are cut, not opened (`fail="closed"`). Accounts are stored as hashes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from types import TracebackType
from uuid import UUID

from colonnade.kernel.core.errors import Problem, TooManyRequests
from colonnade.kernel.core.providing import provided
from colonnade.kernel.limits.budgets import Budget, Decision, address_bucket, address_network
from colonnade.kernel.limits.limiter import Limiter

__all__ = [
    "LOGIN_ACCOUNT",
    "LOGIN_ADDRESS",
    "LOGIN_KNOWN",
    "LOGIN_PAIR",
    "LOGIN_STRANGER",
    "Attempt",
    "LoginGuard",
]

LOGIN_ADDRESS = Budget("login-address", "50/15 minutes", fail="closed")
LOGIN_PAIR = Budget("login-pair", "5/15 minutes", fail="closed")
LOGIN_ACCOUNT = Budget("login-account", "100/hour", fail="closed")
LOGIN_STRANGER = Budget("login-stranger", "1/hour", fail="closed")
LOGIN_KNOWN = Budget("login-known", "1000000/30 days")
"""A memory, not a limit: a window exists if the account signed in from the network within the last 30 days."""

_MAX_WAIT_SECONDS = 1.0
_MAX_WAITING_ATTEMPTS = 64


class _Verifying:
    """The number of attempts under one key being verified, and an event that the next one to end sets."""

    __slots__ = ("count", "ended")

    def __init__(self) -> None:
        self.count = 0
        self.ended = asyncio.Event()


class Attempt:
    """A reserved verification. Call `succeeded()` or `failed()`, or use it as `async with`.

    An `async with` block that calls neither counts as failed if it ends normally, with a Problem (a wrong password) or
    cancelled (hanging up must not make an attempt free); any other exception, or a Problem of ours (5xx), refunds the
    reservation. Only the first call takes effect.
    """

    def __init__(
        self, guard: LoginGuard, network_key: str, keys: Sequence[str], decisions: Sequence[Decision]
    ) -> None:
        self.decisions = tuple(decisions)
        self._guard = guard
        self._network_key = network_key
        self._keys = keys
        self._settled = False

    async def is_known(self) -> bool:
        """Return whether the account has signed in from this network within the last 30 days."""
        return await self._guard._is_known(self._network_key)

    async def succeeded(self) -> None:
        """Refund the reservation and remember the network: the password was right."""
        if self._settle():
            await self._guard._refund(self.decisions)
            await self._guard._remember(self._network_key)

    async def failed(self) -> None:
        """Keep the reservation spent: the password was wrong."""
        self._settle()

    async def abandoned(self) -> None:
        """Refund the reservation: the password was not verified, through no fault of the caller."""
        if self._settle():
            await self._guard._refund(self.decisions)

    def _settle(self) -> bool:
        if self._settled:
            return False
        self._settled = True
        self._guard._ended(self._keys)
        return True

    def __del__(self) -> None:
        # Never settled: count it as failed, so that others do not wait for it for ever.
        self._settle()

    async def __aenter__(self) -> Attempt:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        theirs = error.status < 500 if isinstance(error, Problem) else not isinstance(error, Exception)
        if theirs:
            await self.failed()
        else:
            await self.abandoned()


@provided("login_guard")
class LoginGuard:
    """Limits the verification of passwords.

    async with await guard.check(address, account) as attempt:  # raises TooManyRequests
        if await verify(...):
            await attempt.succeeded()
    """

    def __init__(
        self,
        limiter: Limiter,
        *,
        address: Budget = LOGIN_ADDRESS,
        pair: Budget = LOGIN_PAIR,
        account: Budget = LOGIN_ACCOUNT,
        stranger: Budget = LOGIN_STRANGER,
        known: Budget = LOGIN_KNOWN,
    ) -> None:
        self._limiter = limiter
        self._address = address
        self._pair = pair
        self._account = account
        self._stranger = stranger
        self._known = known
        self._verifying: dict[str, _Verifying] = {}
        self._waiting = 0

    async def check(self, address: str, account: str, *, session: UUID | None = None) -> Attempt:
        """Reserve one verification for `account` (an e-mail or name, any case) from the client `address`.

        `session` is that of the account itself if the client is signed in: it is counted in place of the address. Raise
        TooManyRequests with the seconds to wait.
        """
        bucket = address_bucket(address) if session is None else f"session:{session}"
        name = _fingerprint(account)
        network_key = _network_key(address, name)
        here = [(self._pair, f"{bucket}|{name}")]
        if session is None:
            here.append((self._address, bucket))
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _MAX_WAIT_SECONDS
        while True:
            decisions = await self._reserve(here, name, network_key, signed_in=session is not None)
            if all(decision.allowed for decision in decisions):
                keys = [key for _, key in here]
                for key in keys:
                    self._verifying.setdefault(key, _Verifying()).count += 1
                return Attempt(self, network_key, keys, decisions)
            verifying = self._under_way(decisions)
            if verifying is None:
                raise TooManyRequests(
                    retry_after_seconds=max(d.reset_seconds for d in decisions if not d.allowed),
                    details={"countedBy": "address" if session is None else "account"},
                )
            left = give_up - loop.time()
            if left <= 0 or self._waiting >= _MAX_WAITING_ATTEMPTS:
                raise TooManyRequests(retry_after_seconds=1)
            await self._wait(verifying, left)

    async def knows(self, address: str, account: str) -> bool:
        """Return whether `account` has signed in from the network of `address` within the last 30 days."""
        return await self._is_known(_network_key(address, _fingerprint(account)))

    async def _reserve(
        self, here: Sequence[tuple[Budget, str]], name: str, network_key: str, *, signed_in: bool
    ) -> list[Decision]:
        decisions = await self._limiter.spend_all([*here, (self._account, name)])
        if decisions[-1].allowed or not all(decision.allowed for decision in decisions[:-1]):
            return decisions
        if signed_in or await self._is_known(network_key):
            return await self._limiter.spend_all(here)
        return await self._limiter.spend_all([*here, (self._stranger, here[0][1])])

    def _under_way(self, decisions: Sequence[Decision]) -> _Verifying | None:
        """Return the attempts that each refusing budget may get something back from; None if one gets nothing."""
        found = [self._verifying.get(one.key) for one in decisions if not one.allowed]
        return found[0] if all(found) else None

    async def _is_known(self, network_key: str) -> bool:
        seen = await self._limiter.peek(self._known, network_key)
        return seen.remaining < seen.limit

    async def _remember(self, network_key: str) -> None:
        await self._limiter.spend(self._known, network_key)

    async def _refund(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            await self._limiter.refund(decision)

    async def _wait(self, verifying: _Verifying, seconds: float) -> None:
        self._waiting += 1
        try:
            await asyncio.wait_for(verifying.ended.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1

    def _ended(self, keys: Sequence[str]) -> None:
        for key in keys:
            verifying = self._verifying[key]
            verifying.count -= 1
            verifying.ended.set()
            if verifying.count == 0:
                del self._verifying[key]
            else:
                verifying.ended = asyncio.Event()


def _network_key(address: str, name: str) -> str:
    return f"{address_network(address)}|{name}"


def _fingerprint(account: str) -> str:
    return hashlib.blake2b(account.strip().casefold().encode(errors="replace"), digest_size=12).hexdigest()
