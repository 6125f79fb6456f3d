"""Whether a password is known from a leak, asked without telling it (k-anonymity, as Have I Been Pwned has it).

The service gets the first five hex digits of the password's SHA-1 and answers with every known hash that begins
so; the comparison is made here. Off unless PASSWORD_BREACH_URL is set. A service that is slow or down never keeps
anybody from choosing a password: the check then passes, is counted as failed, and rests for half a minute.
"""

from __future__ import annotations

import asyncio
import hashlib
import time

import httpx
import structlog

from colonnade.kernel.observe import METRICS
from colonnade.kernel.outbound import AddressRefused, Outbound, OutboundFailed, is_loopback_url

__all__ = ["BreachCheck"]

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
REST_SECONDS = 30.0


def _counter(outcome: str) -> None:
    METRICS.counter(
        "password_breach_checks", "Passwords looked up in a list of leaks.", outcome=outcome
    ).add()


class BreachCheck:
    """Asks the range service at `url` (its path `/range/{prefix}`); belongs to one event loop."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._outbound = Outbound(timeout=httpx.Timeout(PATIENCE_SECONDS, connect=1.0))
        self._rest_until = float("-inf")

    async def is_breached(self, password: str) -> bool:
        """Whether the service knows the password; False when it cannot be asked."""
        if time.monotonic() < self._rest_until:
            _counter("skipped")
            return False
        # SHA-1 is what the service speaks; it protects nothing here.
        digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False)
        prefix, suffix = digest.hexdigest().upper()[:5], digest.hexdigest().upper()[5:]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._outbound.get(
                    f"{self._url}/range/{prefix}",
                    # Padding: the size of the answer must not tell which range was asked for.
                    headers={"accept": "text/plain", "add-padding": "true"},
                    loopback=is_loopback_url(self._url),
                )
            if answer.status != 200:
                raise OutboundFailed(f"it answered {answer.status}")
            found = _is_listed(answer.body, suffix)
        except (TimeoutError, OutboundFailed, AddressRefused) as error:
            self._rest_until = time.monotonic() + REST_SECONDS
            _counter("failed")
            log.warning(
                "a password could not be looked up among leaks", error=str(error) or type(error).__name__
            )
            return False
        _counter("breached" if found else "clean")
        return found

    async def close(self) -> None:
        """Disconnect."""
        await self._outbound.close()


def _is_listed(body: bytes, suffix: str) -> bool:
    """Lines are `suffix:count`; padding has the count 0. Raises OutboundFailed for anything else."""
    for line in body.decode("ascii", "replace").splitlines():
        listed, colon, count = line.strip().partition(":")
        if not colon or len(listed) != len(suffix) or not count.isdigit():
            raise OutboundFailed("the answer is not a list of hashes")
        if listed.upper() == suffix:
            return int(count) > 0
    return False
