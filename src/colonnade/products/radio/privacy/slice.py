"""What people without an account left here: a flow over chat, songs, prayers, testimonials and registrations.

It stands before them in the product: chat sessions are found by song requests, which forget them when they are erased.
"""

from __future__ import annotations

from colonnade.kernel.privacy import LeftData
from colonnade.kernel.product import Slice
from colonnade.products.radio.privacy import actions
from colonnade.products.radio.privacy.routes import ROUTES

__all__ = ["SLICE"]

SLICE = Slice(
    name="privacy",
    routes=[ROUTES],
    left_data=[
        LeftData("chat_sessions", actions.find_sessions, actions.erase_sessions, tables=("song_requests",))
    ],
)
