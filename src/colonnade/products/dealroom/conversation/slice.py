"""A flow over messages and the assistant: writing and deleting a message."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.conversation.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="conversation",
    routes=[ROUTES],
)
