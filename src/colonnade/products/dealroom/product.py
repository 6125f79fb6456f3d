"""Dealroom: the record behind a sales assistant: chat sessions with one vendor, many sellers and every message."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.exports import PersonalData, export_routes
from colonnade.kernel.identity import IDENTITY_DATA, api_key_routes
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Product, Slice
from colonnade.kernel.realtime import SocketLimits, SocketSetup
from colonnade.products.dealroom.assistant.jobs import JOBS as ASSISTANT_JOBS
from colonnade.products.dealroom.assistant.queries import collect_answers
from colonnade.products.dealroom.assistant.routes import ROUTES as ANSWERS
from colonnade.products.dealroom.auth.routes import ROUTES as AUTH
from colonnade.products.dealroom.channels.jobs import JOBS as CHANNEL_JOBS
from colonnade.products.dealroom.channels.queries.channels import list_channels
from colonnade.products.dealroom.channels.routes import ROUTES as CHANNELS
from colonnade.products.dealroom.channels.schemas import ACCESS_TOKEN, APP_SECRET
from colonnade.products.dealroom.conversation.routes import ROUTES as CONVERSATION
from colonnade.products.dealroom.live.socket import LIVE, identify
from colonnade.products.dealroom.messages.queries import collect_messages
from colonnade.products.dealroom.policy import POLICY
from colonnade.products.dealroom.seed import DEMO_LOGINS, seed
from colonnade.products.dealroom.sellers.routes import ROUTES as SELLERS
from colonnade.products.dealroom.sessions.actions import erase_sessions
from colonnade.products.dealroom.sessions.queries import collect_sessions
from colonnade.products.dealroom.sessions.routes import ROUTES as SESSIONS
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.shared.schemas.envelope import StatusEnvelope
from colonnade.products.dealroom.transcripts.routes import ROUTES as TRANSCRIPTS
from colonnade.products.dealroom.users.queries import collect_profile
from colonnade.products.dealroom.users.routes import ROUTES as USERS
from colonnade.products.dealroom.vendors.routes import ROUTES as VENDORS

__all__ = ["PRODUCT"]

PRODUCT = Product(
    name="dealroom",
    title="Dealroom",
    description="Chat sessions with one vendor and many sellers each: the record behind a sales assistant.",
    envelope=StatusEnvelope(),
    policy=POLICY,
    migrations=Path(__file__).parent / "migrations",
    prefix=PREFIX,
    defaults={
        # The contract's: JWT_EXPIRES_IN=24h, RATE_LIMIT_MAX per RATE_LIMIT_WINDOW, express.json's 10 kB.
        "access_token_ttl_seconds": 86_400,
        "rate_limit_global": "100/15 minutes",
        "body_limit_bytes": 10_240,
    },
    slices=[
        Slice(
            name="dealroom",
            routes=[
                AUTH,
                USERS,
                SESSIONS,
                VENDORS,
                SELLERS,
                CONVERSATION,
                ANSWERS,
                TRANSCRIPTS,
                CHANNELS,
                api_key_routes(f"{PREFIX}/auth/keys"),
                export_routes(f"{PREFIX}/account/exports"),
            ],
            sockets=SocketSetup(
                routes=[LIVE], authenticate=identify, limits=SocketLimits(messages_per_minute=300)
            ),
            jobs=[*ASSISTANT_JOBS, *CHANNEL_JOBS],
            encrypted=[ACCESS_TOKEN, APP_SECRET],
            personal_data=(
                *IDENTITY_DATA,
                PersonalData("profile", collect_profile),
                PersonalData("sessions_of_chat", collect_sessions, erase_sessions),
                PersonalData("messages", collect_messages),
                PersonalData("answers", collect_answers),
                PersonalData("channels", list_channels),
            ),
            budgets=[
                Budget("sign-ups", "30/hour"),
                Budget("uploads", "60/hour"),
                Budget("webhooks", "3000/minute", exact=False),
            ],
            seed=seed,
            demo_logins=DEMO_LOGINS,
        )
    ],
)
