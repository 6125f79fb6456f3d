"""Sending to a channel's contacts: the pending messages of each, and a watch over all channels."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.dealroom.sending.jobs import JOBS
from colonnade.products.dealroom.sending.routes import ROUTES
from colonnade.products.dealroom.sending.schemas import DRAIN_QUEUE, UPLOAD_FILE

__all__ = ["SLICE"]

SLICE = Slice(name="sending", routes=[ROUTES], jobs=JOBS, enqueues=[DRAIN_QUEUE, UPLOAD_FILE])
