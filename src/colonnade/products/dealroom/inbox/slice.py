"""The inbox, a flow over sessions, channels' contacts and answers: what an owner is to look at next.

Out of scope: telling of changes, which follows each of them (`sessions.actions.note_change`).
"""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.inbox.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="inbox",
    routes=[ROUTES],
)
