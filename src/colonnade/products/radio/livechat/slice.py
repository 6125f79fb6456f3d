"""The live chat of listeners, its guests and its moderation, over HTTP and Socket.IO."""

from __future__ import annotations

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.http import GuestTokens
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice
from colonnade.kernel.realtime import SocketLimits, SocketSetup
from colonnade.kernel.search import upkeep
from colonnade.products.radio.livechat import queries
from colonnade.products.radio.livechat.actions.guests import TOKEN_KIND
from colonnade.products.radio.livechat.jobs import JOBS
from colonnade.products.radio.livechat.queries import guests
from colonnade.products.radio.livechat.queries.searching import MESSAGES
from colonnade.products.radio.livechat.queries.settings import SETTINGS_OF
from colonnade.products.radio.livechat.routes import ROUTES
from colonnade.products.radio.livechat.schemas import (
    MESSAGE_FLAGGED,
    MESSAGE_REMOVED,
    MESSAGE_REVIEWED,
    MESSAGE_WAITS,
    NEW_MESSAGE,
    SETTINGS_CHANGED,
    USER_JOINED,
    USER_LEFT,
    SessionBlocked,
    SessionEnded,
)
from colonnade.products.radio.livechat.schemas.confirming import LivechatSettings
from colonnade.products.radio.livechat.seed import seed_livechat
from colonnade.products.radio.livechat.socket import CHAT, identify, person_of

__all__ = ["SLICE"]

SLICE = Slice(
    name="livechat",
    routes=[ROUTES],
    sockets=SocketSetup(
        routes=[CHAT],
        authenticate=identify,
        raises=[SessionBlocked, SessionEnded, Unauthorized],
        person=person_of,
        paths=("/socket.io", "/livechat/ws"),
        # Higher than the budget of messages, which must be the one that applies.
        limits=SocketLimits(messages_per_minute=300),
    ),
    sends=[
        NEW_MESSAGE,
        MESSAGE_WAITS,
        MESSAGE_REMOVED,
        MESSAGE_REVIEWED,
        MESSAGE_FLAGGED,
        SETTINGS_CHANGED,
        USER_JOINED,
        USER_LEFT,
    ],
    jobs=[*JOBS, upkeep(MESSAGES), upkeep(guests.CORPUS)],
    settings=LivechatSettings,
    guests=GuestTokens(b"x-chat-token", TOKEN_KIND),
    budgets=[
        # By address: a congregation of 200 behind one Wi-Fi comes in, and a machine gets no more guests than that.
        Budget("chat-sessions", "300/hour"),
        # Mails to addresses that nobody has confirmed; each address gets three in a quarter of an hour besides.
        Budget("chat-confirmations", "10/hour"),
        Budget("chat", "100/minute"),
        Budget("chat-flags", "30/hour"),
        # A listener's: windows that reconnect over a bad line join again and again.
        Budget("chat-joins", "30/minute", exact=False),
        Budget("chat-leaves", "30/minute", exact=False),
    ],
    personal_data=[
        PersonalData("chat_messages", rows_of(queries.MESSAGES_OF)),
        PersonalData("chat_decisions", rows_of(queries.DECISIONS_OF)),
        PersonalData("chat_blocks", rows_of(guests.BLOCKS_OF)),
        PersonalData("chat_settings", rows_of(SETTINGS_OF)),
    ],
    seed=seed_livechat,
)
