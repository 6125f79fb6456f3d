"""What a failure makes of a channel."""

from __future__ import annotations

from colonnade.products.dealroom.channels.schemas import ChannelState

__all__ = ["after_refusal"]


def after_refusal(*, token: bool) -> ChannelState:
    """Return a channel's state after the provider said no: to everything (to its token), or to one thing."""
    return "disconnected" if token else "degraded"
