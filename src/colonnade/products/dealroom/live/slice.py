"""Live sessions over Socket.IO."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketLimits, SocketSetup
from colonnade.products.dealroom.live.socket import LIVE, identify

__all__ = ["SLICE"]

SLICE = Slice(
    name="live",
    sockets=SocketSetup(routes=[LIVE], authenticate=identify, limits=SocketLimits(messages_per_minute=300)),
)
