"""A flow over messages and the assistant: writing a message and taking one back."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.conversation.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="conversation",
    routes=[ROUTES],
)
