"""Warns of requests that took longer than they should, with what they spent their time on.

When everything is slow every request is: ten warnings a second are written, the next one says how many were left out.
"""

from __future__ import annotations

import time

import msgspec

from colonnade.kernel.observe.logs import get_logger
from colonnade.kernel.observe.statements import Statements

__all__ = ["SlowRequests", "slow_requests"]

MAX_WARNINGS_PER_SECOND = 10
MAX_USER_AGENT_CHARACTERS = 200

log = get_logger("colonnade.http")


class SlowRequests:
    """Writes the warnings of one process."""

    def __init__(self) -> None:
        self._second = 0
        self._written = 0
        self._left_out = 0

    def warn(
        self,
        product: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        *,
        statements: Statements | None,
        user_agent: str | None = None,
        ip: str | None = None,
        user: int | str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Log a slow request with its slowest statements; `seconds` is what the server took, without its client."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written >= MAX_WARNINGS_PER_SECOND:
            self._left_out += 1
            return
        self._written += 1
        given = {"user_agent": user_agent and user_agent[:MAX_USER_AGENT_CHARACTERS], "ip": ip, "user": user}
        more = {name: value for name, value in given.items() if value is not None}
        if self._left_out:
            more["left_out"], self._left_out = self._left_out, 0
        log.warning(
            "slow request",
            product=product,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            statements=[msgspec.to_builtins(one) for one in statements.slowest()] if statements else [],
            request_id=request_id,
            **more,
        )


slow_requests = SlowRequests()
"""The warnings of this process."""
