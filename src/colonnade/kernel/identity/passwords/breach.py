"""Looks passwords up among leaked ones without revealing them (k-anonymity, the protocol of Have I Been Pwned).

The service gets the first five hex digits of the password's SHA-1 and answers with every known hash that begins with
them; the comparison is made here. The check is off unless PASSWORD_BREACH_URL is set. A service that is slow or down
never prevents anybody from choosing a password: the check then passes, is counted as failed, and is skipped for
`PAUSE_AFTER_FAILURE_SECONDS`.
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

TIMEOUT_SECONDS = 2.0
PAUSE_AFTER_FAILURE_SECONDS = 30.0


def _counter(outcome: str) -> None:
    METRICS.counter(
        "password_breach_checks", "Passwords looked up in a list of leaks.", outcome=outcome
    ).add()


class BreachCheck:
    """Queries the range service at `url` (its path `/range/{prefix}`); belongs to one event loop."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._outbound = Outbound(timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=1.0))
        self._skip_until = float("-inf")

    async def is_breached(self, password: str) -> bool:
        """Return whether the service knows the password; False if it does not answer."""
        if time.monotonic() < self._skip_until:
            _counter("skipped")
            return False
        # The protocol uses SHA-1; it protects nothing here.
        digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False)
        prefix, suffix = digest.hexdigest().upper()[:5], digest.hexdigest().upper()[5:]
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._outbound.get(
                    f"{self._url}/range/{prefix}",
                    # Padding: the size of the answer must not reveal the range.
                    headers={"accept": "text/plain", "add-padding": "true"},
                    loopback=is_loopback_url(self._url),
                )
            if answer.status != 200:
                raise OutboundFailed(f"status {answer.status}")
            found = _is_listed(answer.body, suffix)
        except (TimeoutError, OutboundFailed, AddressRefused) as error:
            self._skip_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            _counter("failed")
            log.warning("breach check failed", error=str(error) or type(error).__name__)
            return False
        _counter("breached" if found else "clean")
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._outbound.close()


def _is_listed(body: bytes, suffix: str) -> bool:
    """Return whether the answer lists the suffix with a count above 0 (padding has the count 0).

    Raise OutboundFailed unless every line up to it is `suffix:count`.
    """
    for line in body.decode("ascii", "replace").splitlines():
        listed, colon, count = line.strip().partition(":")
        if not colon or len(listed) != len(suffix) or not count.isdigit():
            raise OutboundFailed("the answer is not a list of hashes")
        if listed.upper() == suffix:
            return int(count) > 0
    return False
