"""The state of a channel after a failure."""

from __future__ import annotations

from colonnade.products.dealroom.channels.schemas import ChannelState

__all__ = ["after_refusal"]


def after_refusal(*, token: bool) -> ChannelState:
    """Return a channel's state after the provider has refused its token, or a single call."""
    return "disconnected" if token else "degraded"
