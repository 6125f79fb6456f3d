"""Live sessions over Socket.IO."""

from __future__ import annotations

from colonnade.kernel.core import Forbidden, Unauthorized
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketLimits, SocketSetup
from colonnade.products.dealroom.live.schemas import TYPING
from colonnade.products.dealroom.live.socket import LIVE, identify

__all__ = ["SLICE"]

SLICE = Slice(
    name="live",
    sockets=SocketSetup(
        routes=[LIVE],
        authenticate=identify,
        raises=[Forbidden, Unauthorized],
        limits=SocketLimits(messages_per_minute=300),
    ),
    sends=[TYPING],
    # An account's: a device that reconnects joins every session anew.
    budgets=[
        Budget("live-joins", "600/minute", exact=False),
        Budget("live-leaves", "600/minute", exact=False),
        Budget("live-typing", "120/minute", exact=False),
        Budget("live-reads", "300/minute", exact=False),
    ],
)
