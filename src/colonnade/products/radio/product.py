"""El Shaddai FM: the backend of a radio station's website, with live chat."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.http import SuccessEnvelope
from colonnade.kernel.product import Product
from colonnade.products.radio.announcements.slice import SLICE as ANNOUNCEMENTS
from colonnade.products.radio.articles.slice import SLICE as ARTICLES
from colonnade.products.radio.auth.slice import SLICE as AUTH
from colonnade.products.radio.categories.slice import SLICE as CATEGORIES
from colonnade.products.radio.desk.slice import SLICE as DESK
from colonnade.products.radio.feeds.slice import SLICE as FEEDS
from colonnade.products.radio.gallery.slice import SLICE as GALLERY
from colonnade.products.radio.homepage.slice import SLICE as HOMEPAGE
from colonnade.products.radio.livechat.slice import SLICE as LIVECHAT
from colonnade.products.radio.membership.slice import SLICE as MEMBERSHIP
from colonnade.products.radio.onair.slice import SLICE as ONAIR
from colonnade.products.radio.pages.slice import SLICE as PAGES
from colonnade.products.radio.policy import POLICY
from colonnade.products.radio.prayers.slice import SLICE as PRAYERS
from colonnade.products.radio.privacy.slice import SLICE as PRIVACY
from colonnade.products.radio.programs.slice import SLICE as PROGRAMS
from colonnade.products.radio.shared.slice import SLICE as SHARED
from colonnade.products.radio.songs.slice import SLICE as SONGS
from colonnade.products.radio.staff.slice import SLICE as STAFF
from colonnade.products.radio.testimonials.slice import SLICE as TESTIMONIALS
from colonnade.products.radio.trash.slice import SLICE as TRASH

__all__ = ["PRODUCT"]

PRODUCT = Product(
    name="radio",
    title="El Shaddai FM",
    description="The radio station's website: articles, gallery, programme schedule, live chat, requests.",
    envelope=SuccessEnvelope(),
    policy=POLICY,
    migrations=Path(__file__).parent / "migrations",
    defaults={"phone_region": "ID"},
    slices=[
        AUTH,
        STAFF,
        SHARED,
        ARTICLES,
        CATEGORIES,
        FEEDS,
        PROGRAMS,
        HOMEPAGE,
        PAGES,
        ANNOUNCEMENTS,
        PRIVACY,
        TESTIMONIALS,
        MEMBERSHIP,
        GALLERY,
        LIVECHAT,
        PRAYERS,
        SONGS,
        ONAIR,
        DESK,
        TRASH,
    ],
)
