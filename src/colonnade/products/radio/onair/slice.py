"""Which presenter has which request. Out of scope: the list that is handed over (`desk`)."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketSetup
from colonnade.products.radio.onair.jobs import JOBS
from colonnade.products.radio.onair.schemas import REQUEST_ROUTED
from colonnade.products.radio.onair.socket import ONAIR

__all__ = ["SLICE"]

SLICE = Slice(
    name="onair",
    sockets=SocketSetup(routes=[ONAIR]),
    sends=[REQUEST_ROUTED],
    jobs=JOBS,
)
