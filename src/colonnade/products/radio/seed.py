"""Demonstration data in Indonesian; written once into an empty database, in development only.

Each slice keeps its own part in its `seed.py`; this module has the staff and the order.
"""

from __future__ import annotations

from colonnade.kernel.identity import insert_account
from colonnade.kernel.product import DemoLogin, Services
from colonnade.products.radio.announcements.seed import seed_announcements
from colonnade.products.radio.articles.seed import seed_articles
from colonnade.products.radio.gallery.seed import seed_gallery
from colonnade.products.radio.livechat.seed import seed_livechat
from colonnade.products.radio.membership.seed import seed_registrations
from colonnade.products.radio.pages.seed import seed_pages
from colonnade.products.radio.prayers.seed import seed_prayers
from colonnade.products.radio.programs.seed import seed_programs
from colonnade.products.radio.songs.seed import seed_songs
from colonnade.products.radio.testimonials.seed import seed_testimonials

__all__ = ["DEMO_LOGINS", "seed"]

DEMO_LOGINS = (
    DemoLogin("admin", "admin@elshaddaifm.id", "admin-elshaddai"),
    DemoLogin("editor", "editor@elshaddaifm.id", "editor-elshaddai"),
    DemoLogin("penyiar", "penyiar@elshaddaifm.id", "penyiar-elshaddai"),
)
_NAMES = {"admin": "Maria Simanjuntak", "editor": "Rina Hutapea", "penyiar": "Yohanes Situmorang"}


async def seed(services: Services) -> None:
    """Write the demonstration data unless there are accounts already."""
    hashes = {login.role: await services.hasher.hash(login.password) for login in DEMO_LOGINS}
    async with services.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(4711)")
        if await tx.fetch_value("SELECT EXISTS (SELECT FROM accounts)"):
            return
        staff = {}
        for login in DEMO_LOGINS:
            account = await insert_account(
                tx,
                email=login.email,
                name=_NAMES[login.role],
                role=login.role,
                password_hash=hashes[login.role],
            )
            staff[login.role] = account.id
        await seed_articles(tx, staff)
        await seed_programs(tx)
        await seed_pages(tx, staff)
        await seed_announcements(tx, staff)
        await seed_testimonials(tx, staff)
        await seed_registrations(tx)
        await seed_gallery(tx, services, staff)
        await seed_livechat(tx, staff)
        await seed_prayers(tx, services.fields, staff)
        await seed_songs(tx, staff)
