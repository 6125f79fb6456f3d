"""The servers by name, and what is wanted of ours in relation to each: by CPU per request, see `verdicts`.

Load generator, server and PostgreSQL share the machine's cores, so requests per second show a part of what a server
saves. They are reported beside; they decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OURS = "colonnade"
# Our server again, asked without a token: what a signed-in read is compared with.
ANONYMOUS = "colonnade-anonymous"
PEER = "prisma"
PEER_TUNED = "prisma-tuned"
FASTIFY = "fastify"
FASTAPI = "fastapi"
LIMIT = "bare-asgi"

PEERS = (PEER, PEER_TUNED, FASTIFY, FASTAPI, LIMIT)
# What can't be reached, only approached: here the ratio is ours to theirs, elsewhere theirs to ours.
LIMITS = frozenset({ANONYMOUS, LIMIT})


@dataclass(frozen=True, slots=True)
class Target:
    """Of a peer: it takes at least `times` our CPU per request. Of a limit: we take at most `times` its CPU."""

    other: str
    times: float

    def is_reached(self, ratio: float) -> bool:
        """Return whether a ratio, as `rounds.ratio` gives it for this server, is good enough."""
        return ratio <= self.times if self.other in LIMITS else ratio >= self.times


@dataclass(frozen=True, slots=True)
class Verdict:
    """Our relation to one server in one scenario: {median, low, high} of the CPU's and the requests' ratios.

    Both are above 1 where we are better, except against a limit, where the CPU's is ours through theirs.
    """

    other: str
    cpu: Mapping[str, float]
    speed: Mapping[str, float]
    target: Target | None

    @property
    def wanted(self) -> str:
        """The target in words, empty without one."""
        if self.target is None:
            return ""
        return f"{'at most' if self.other in LIMITS else 'at least'} {self.target.times:g}x"

    @property
    def outcome(self) -> str:
        """Return `reached` or `missed`; empty without a target or figures."""
        if self.target is None or not self.cpu:
            return ""
        return "reached" if self.target.is_reached(self.cpu["median"]) else "missed"


def verdicts(scenario: Mapping[str, Any]) -> list[Verdict]:
    """Return our relation to every other server of a scenario's result, in the order of its table."""
    targets = {target["other"]: Target(**target) for target in scenario["targets"]}
    return [
        Verdict(name, ratios["server_cpu"], ratios["requests_per_second"], targets.get(name))
        for name, ratios in scenario["ratios"].items()
    ]
