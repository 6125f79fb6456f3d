"""Writes a product's demonstration data: its accounts, then slice by slice, all in one transaction."""

from __future__ import annotations

from colonnade.kernel.core.providing import call
from colonnade.kernel.identity.queries import insert_account
from colonnade.kernel.product import Product, Services

__all__ = ["has_seeds", "seed_product"]

_LOCK = 4711


def has_seeds(product: Product) -> bool:
    """Return whether the product has demonstration data."""
    return bool(product.demo_logins) or any(each.seed is not None for each in product.slices)


async def seed_product(services: Services) -> bool:
    """Write the demonstration data unless there are accounts already; return whether it did.

    Raise what the slices' seeds raise; then nothing is written.
    """
    product = services.product
    hashes = [await services.passwords.hash(login.password) for login in product.demo_logins]
    async with services.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        if await tx.fetch_value("SELECT EXISTS (SELECT FROM accounts)"):
            return False
        accounts: dict[str, int] = {}
        for login, password_hash in zip(product.demo_logins, hashes, strict=True):
            account = await insert_account(
                tx, email=login.email, name=login.name, role=login.role, password_hash=password_hash
            )
            accounts[login.role] = account.id
        for each in product.slices:
            if each.seed is not None:
                await call(each.seed, services, tx, accounts)
    return True
