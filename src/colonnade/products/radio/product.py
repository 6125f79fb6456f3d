"""El Shaddai FM: the backend of a radio station's website, with live chat."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.core import EncryptedColumn
from colonnade.kernel.http import SuccessEnvelope
from colonnade.kernel.identity import send_code
from colonnade.kernel.limits import Budget
from colonnade.kernel.mail import send_mail
from colonnade.kernel.product import Product
from colonnade.kernel.realtime import SocketLimits, SocketSetup
from colonnade.kernel.storage import add_thumbnails, remove_files, sweep_storage
from colonnade.products.radio.announcements.routes import ROUTES as ANNOUNCEMENTS
from colonnade.products.radio.articles.routes import ROUTES as ARTICLES
from colonnade.products.radio.auth.routes import ROUTES as AUTH
from colonnade.products.radio.categories.routes import ROUTES as CATEGORIES
from colonnade.products.radio.gallery.routes import ROUTES as GALLERY
from colonnade.products.radio.homepage.routes import ROUTES as HOMEPAGE
from colonnade.products.radio.livechat.jobs import JOBS as LIVECHAT_JOBS
from colonnade.products.radio.livechat.routes import ROUTES as LIVECHAT
from colonnade.products.radio.livechat.socket import CHAT, identify
from colonnade.products.radio.membership.routes import ROUTES as MEMBERSHIP
from colonnade.products.radio.pages.routes import ROUTES as PAGES
from colonnade.products.radio.policy import POLICY
from colonnade.products.radio.prayers.jobs import JOBS as PRAYER_JOBS
from colonnade.products.radio.prayers.routes import ROUTES as PRAYERS
from colonnade.products.radio.programs.routes import ROUTES as PROGRAMS
from colonnade.products.radio.seed import DEMO_LOGINS, seed
from colonnade.products.radio.songs.jobs import JOBS as SONG_JOBS
from colonnade.products.radio.songs.routes import ROUTES as SONGS
from colonnade.products.radio.songs.socket import SONGS as SONG_SOCKETS
from colonnade.products.radio.staff.routes import ROUTES as STAFF
from colonnade.products.radio.testimonials.routes import ROUTES as TESTIMONIALS

__all__ = ["PRODUCT"]

PRODUCT = Product(
    name="radio",
    title="El Shaddai FM",
    description="The radio station's website: articles, gallery, programme schedule, live chat, requests.",
    envelope=SuccessEnvelope(),
    policy=POLICY,
    migrations=Path(__file__).parent / "migrations",
    routes=[
        AUTH,
        STAFF,
        ARTICLES,
        CATEGORIES,
        PROGRAMS,
        HOMEPAGE,
        PAGES,
        ANNOUNCEMENTS,
        TESTIMONIALS,
        MEMBERSHIP,
        GALLERY,
        LIVECHAT,
        PRAYERS,
        SONGS,
    ],
    sockets=SocketSetup(
        routes=[CHAT, SONG_SOCKETS],
        authenticate=identify,
        paths=("/socket.io", "/livechat/ws"),
        # Messages have a budget of their own, which this must not come before.
        limits=SocketLimits(messages_per_minute=300),
    ),
    encrypted=[EncryptedColumn("prayer_requests", name) for name in ("content", "name", "contact")],
    jobs=[
        send_mail,
        send_code,
        add_thumbnails,
        remove_files,
        sweep_storage,
        *LIVECHAT_JOBS,
        *PRAYER_JOBS,
        *SONG_JOBS,
    ],
    budgets={
        "uploads": Budget("uploads", "10/hour"),
        "chat-sessions": Budget("chat-sessions", "20/hour"),
        "chat-messages": Budget("chat-messages", "100/minute"),
        "chat-flags": Budget("chat-flags", "30/hour"),
        "prayer-requests": Budget("prayer-requests", "5/hour"),
        "testimonials": Budget("testimonials", "5/hour"),
        "testimonial-edits": Budget("testimonial-edits", "30/hour"),
        "memberships": Budget("memberships", "5/hour"),
    },
    seed=seed,
    demo_logins=DEMO_LOGINS,
)
