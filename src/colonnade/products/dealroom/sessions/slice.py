"""Chat sessions of their owner."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.dealroom.sessions.actions import erase_sessions
from colonnade.products.dealroom.sessions.queries import CORPUS, collect_sessions
from colonnade.products.dealroom.sessions.routes import ROUTES
from colonnade.products.dealroom.sessions.schemas import (
    INBOX_CHANGED,
    SESSION_DELETED,
    SESSION_READ,
    SESSION_UPDATED,
    SHOW_ACTIVITY,
)
from colonnade.products.dealroom.sessions.seed import seed_sessions

__all__ = ["SLICE"]

SLICE = Slice(
    name="sessions",
    routes=[ROUTES],
    jobs=[upkeep(CORPUS)],
    enqueues=[SHOW_ACTIVITY],
    sends=[INBOX_CHANGED, SESSION_UPDATED, SESSION_READ, SESSION_DELETED],
    personal_data=[PersonalData("sessions_of_chat", collect_sessions, erase_sessions)],
    seed=seed_sessions,
)
