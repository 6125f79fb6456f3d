"""Response headers that tell clients their budgets: `RateLimit-Policy`, `RateLimit`, `Retry-After`.

Format: draft-ietf-httpapi-ratelimit-headers-10 (structured fields; q quota, w window in seconds, r remaining,
t seconds until the reset). Partition keys (`pk`) are left out: they would reveal how clients are distinguished.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.limits.budgets import Decision

__all__ = ["limit_headers", "limit_lines"]


def limit_headers(decisions: Sequence[Decision]) -> list[tuple[bytes, bytes]]:
    """Return the headers of the budgets that a request spent from, with `Retry-After` if one of them refused."""
    if len(decisions) == 1:
        one = decisions[0]
        headers = [one.budget.policy_header, (b"ratelimit", _state(one))]
    elif decisions:
        headers = [
            (b"ratelimit-policy", b", ".join([decision.budget.policy for decision in decisions])),
            (b"ratelimit", b", ".join([_state(decision) for decision in decisions])),
        ]
    else:
        return []
    waits = [decision.reset_seconds for decision in decisions if not decision.allowed]
    if waits:
        headers.append((b"retry-after", b"%d" % max(1, *waits)))
    return headers


def limit_lines(decisions: Sequence[Decision]) -> bytes:
    """Return the same headers as lines of an HTTP/1.1 head, without `Retry-After`: an error brings its own."""
    if len(decisions) == 1:
        one = decisions[0]
        return b"ratelimit-policy: %b\r\nratelimit: %b\r\n" % (one.budget.policy, _state(one))
    return b"".join([b"%b: %b\r\n" % pair for pair in limit_headers(decisions)[:2]])


def _state(decision: Decision) -> bytes:
    return f"{decision.budget.label};r={decision.remaining};t={decision.reset_seconds}".encode()
