"""A session's complete record: exported and verified."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.transcripts.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="transcripts",
    routes=[ROUTES],
)
