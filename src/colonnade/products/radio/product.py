"""El Shaddai FM: the backend of a radio station's website, with live chat."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.http import SuccessEnvelope
from colonnade.kernel.limits import Budget
from colonnade.kernel.mail import send_mail
from colonnade.kernel.product import Product
from colonnade.products.radio.announcements.routes import ROUTES as ANNOUNCEMENTS
from colonnade.products.radio.articles.routes import ROUTES as ARTICLES
from colonnade.products.radio.auth.routes import ROUTES as AUTH
from colonnade.products.radio.categories.routes import ROUTES as CATEGORIES
from colonnade.products.radio.membership.routes import ROUTES as MEMBERSHIP
from colonnade.products.radio.pages.routes import ROUTES as PAGES
from colonnade.products.radio.policy import POLICY
from colonnade.products.radio.programs.routes import ROUTES as PROGRAMS
from colonnade.products.radio.seed import DEMO_LOGINS, seed
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
    routes=[AUTH, STAFF, ARTICLES, CATEGORIES, PROGRAMS, PAGES, ANNOUNCEMENTS, TESTIMONIALS, MEMBERSHIP],
    sockets=None,
    jobs=[send_mail],
    budgets={
        "uploads": Budget("uploads", "10/hour"),
        "chat-sessions": Budget("chat-sessions", "20/hour"),
        "testimonials": Budget("testimonials", "5/hour"),
        "testimonial-edits": Budget("testimonial-edits", "30/hour"),
        "memberships": Budget("memberships", "5/hour"),
    },
    seed=seed,
    demo_logins=DEMO_LOGINS,
)
