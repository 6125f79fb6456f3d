"""Demonstration data: a shop owner with three customers; written once into an empty database, slice by slice."""

from __future__ import annotations

from colonnade.kernel.identity import insert_account
from colonnade.kernel.product import DemoLogin, Services
from colonnade.products.dealroom.messages.seed import seed_messages
from colonnade.products.dealroom.sellers.seed import seed_sellers
from colonnade.products.dealroom.sessions.seed import seed_sessions
from colonnade.products.dealroom.users.seed import NAMES, seed_profiles
from colonnade.products.dealroom.vendors.seed import seed_vendors

__all__ = ["DEMO_LOGINS", "seed"]

DEMO_LOGINS = (
    DemoLogin("admin", "admin@dealroom.test", "admin-dealroom"),
    DemoLogin("user", "melati@dealroom.test", "melati-dealroom"),
)


async def seed(services: Services) -> None:
    """Write the demonstration data unless there are accounts already."""
    hashes = {login.role: await services.hasher.hash(login.password) for login in DEMO_LOGINS}
    async with services.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(4711)")
        if await tx.fetch_value("SELECT EXISTS (SELECT FROM accounts)"):
            return
        accounts: dict[str, int] = {}
        for login in DEMO_LOGINS:
            name, password_hash = NAMES[login.role], hashes[login.role]
            account = await insert_account(
                tx, email=login.email, name=name, role=login.role, password_hash=password_hash
            )
            accounts[login.role] = account.id
        await seed_profiles(tx, accounts)
        await seed_sessions(tx, accounts)
        await seed_vendors(tx, accounts)
        await seed_sellers(tx, accounts)
        await seed_messages(tx, accounts)
