"""Who may try a password: failed logins are counted, successes are not, and no stranger locks an owner out.

Three budgets, taken before the password is verified and given back when it was right, so that attempts in
flight count and twenty at once get no more verifications than one after the other:

- `login-address`: by address (IPv6: /64), whatever account. Five failures, and the address waits.
- `login-pair`: by address and account. The same by default; it matters where an office's address is given
more.
- `login-account`: by account from anywhere, loose. When many addresses together have used it up, networks
where
  the account has signed in before are let through as usual, and strangers get one attempt an hour each
  (`login-stranger`): an owner on a new device has still one, a botnet a fifth or less of what it had.

An owner is therefore never refused for what other addresses did. An attempt that is refused only because
others
from the same address are still being verified waits for them for a moment, as an office at nine o'clock
would. While Redis is away these budgets are cut, not opened (`fail="closed"`). Accounts are stored as
hashes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from types import TracebackType

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

LOGIN_ADDRESS = Budget("login-address", "5/15 minutes", fail="closed")
LOGIN_PAIR = Budget("login-pair", "5/15 minutes", fail="closed")
LOGIN_ACCOUNT = Budget("login-account", "100/hour", fail="closed")
LOGIN_STRANGER = Budget("login-stranger", "1/hour", fail="closed")
LOGIN_KNOWN = Budget("login-known", "1000000/30 days")
"""No limit but a memory: a window runs where the account signed in from the network within 30 days."""

_PATIENCE_SECONDS = 1.0
_MOST_WAITING = 64


class _Verifying:
    """How many attempts of one address are being verified, and an event for the next that ends."""

    __slots__ = ("count", "ended")

    def __init__(self) -> None:
        self.count = 0
        self.ended = asyncio.Event()


class Attempt:
    """A reserved verification. Say `succeeded()` or `failed()`, or use it as `async with`.

    Leaving the `async with` block without having said anything counts as failed when it ends normally, with a
    Problem (a wrong password) or cancelled (hanging up is not a way to try for free); any other exception, or a
    Problem of ours (5xx), gives the reservation back. The first word counts.
    """

    def __init__(
        self, guard: LoginGuard, network_key: str, bucket: str, decisions: Sequence[Decision]
    ) -> None:
        self.decisions = tuple(decisions)
        self._guard = guard
        self._network_key = network_key
        self._bucket = bucket
        self._settled = False

    async def is_known(self) -> bool:
        """Whether the account has signed in from this network lately."""
        return await self._guard._is_known(self._network_key)

    async def succeeded(self) -> None:
        """The password was right: nothing counts, and the network is known from now on."""
        if self._settle():
            await self._guard._refund(self.decisions)
            await self._guard._remember(self._network_key)

    async def failed(self) -> None:
        """The password was wrong: what was reserved stays spent."""
        self._settle()

    async def abandoned(self) -> None:
        """It came to no verdict through no fault of the caller: nothing counts."""
        if self._settle():
            await self._guard._refund(self.decisions)

    def _settle(self) -> bool:
        if self._settled:
            return False
        self._settled = True
        self._guard._ended(self._bucket)
        return True

    def __del__(self) -> None:
        # Never settled: it counts as failed, and must not look as if it were being verified for ever.
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
    """Stands before password verification.

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

    async def check(self, address: str, account: str, *, known_device: bool = False) -> Attempt:
        """Reserve one verification for `account` (an e-mail or name, any case) from the client `address`.

        `known_device`: the caller proved by other means (a device cookie) that it has signed in here before.
        Raises TooManyRequests with the seconds to wait.
        """
        bucket = address_bucket(address)
        name = _fingerprint(account)
        network_key = f"{address_network(address)}|{name}"
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _PATIENCE_SECONDS
        while True:
            decisions = await self._reserve(bucket, name, network_key, known_device)
            if all(decision.allowed for decision in decisions):
                self._verifying.setdefault(bucket, _Verifying()).count += 1
                return Attempt(self, network_key, bucket, decisions)
            verifying = self._verifying.get(bucket)
            if verifying is None:
                raise TooManyRequests(
                    retry_after_seconds=max(d.reset_seconds for d in decisions if not d.allowed)
                )
            left = give_up - loop.time()
            if left <= 0 or self._waiting >= _MOST_WAITING:
                raise TooManyRequests(retry_after_seconds=1)
            await self._wait(verifying, left)

    async def _reserve(self, bucket: str, name: str, network_key: str, known_device: bool) -> list[Decision]:
        here = [(self._address, bucket), (self._pair, f"{bucket}|{name}")]
        decisions = await self._limiter.spend_all([*here, (self._account, name)])
        refused = [decision for decision in decisions if not decision.allowed]
        if len(refused) != 1 or refused[0] is not decisions[2]:
            return decisions
        if known_device or await self._is_known(network_key):
            return await self._limiter.spend_all(here)
        return await self._limiter.spend_all([*here, (self._stranger, f"{bucket}|{name}")])

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

    def _ended(self, bucket: str) -> None:
        verifying = self._verifying[bucket]
        verifying.count -= 1
        verifying.ended.set()
        if verifying.count == 0:
            del self._verifying[bucket]
        else:
            verifying.ended = asyncio.Event()


def _fingerprint(account: str) -> str:
    return hashlib.blake2b(account.strip().casefold().encode(errors="replace"), digest_size=12).hexdigest()
