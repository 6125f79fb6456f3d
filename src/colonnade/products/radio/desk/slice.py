"""The desk of the staff: one moderation queue over chat, songs, prayers and testimonials, and the handing over.

A flow over several slices, whose tables it reads; deciding is theirs.
"""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketSetup
from colonnade.products.radio.desk import queries
from colonnade.products.radio.desk.jobs import JOBS
from colonnade.products.radio.desk.routes import ROUTES
from colonnade.products.radio.desk.socket import DESK

__all__ = ["SLICE"]

SLICE = Slice(
    name="desk",
    routes=[ROUTES],
    sockets=SocketSetup(routes=[DESK]),
    jobs=JOBS,
    personal_data=[PersonalData("desk_claims", rows_of(queries.CLAIMS_OF), queries.forget_claims)],
)
