"""Finds roles that MFA_REQUIRED_ROLES names and nobody has: a misspelt one would leave its accounts without a factor.

A role that was made at run time is known to the database alone, and may be deleted at any time: an unknown role is a
warning, which does not keep a server from starting.
"""

from __future__ import annotations

import os

from colonnade.app.catalog import load_product, usable_names
from colonnade.kernel.core.settings import Settings, read_env_file, setting_prefix
from colonnade.kernel.db import Database
from colonnade.kernel.identity.roles.queries import list_custom_roles
from colonnade.kernel.product import Product

__all__ = ["find_unknown_roles"]

SETTING = "MFA_REQUIRED_ROLES"


async def find_unknown_roles(product: Product, settings: Settings, dsn: str) -> str | None:
    """Return a sentence without full stop about the unknown roles that a product's settings name, or None.

    One setting may serve several products: their roles count too, unless it is written for this product alone. `dsn` is
    the product's database, migrated. Raise what a query raises.
    """
    own = setting_prefix(product.name) + SETTING
    alone = bool(os.environ.get(own) or read_env_file().get(own))
    known = set(product.policy.roles)
    if not alone and not known.issuperset(settings.mfa_required_roles):  # or the others need not be loaded
        known.update(role for name in usable_names() for role in load_product(name).policy.roles)
    unknown = sorted(set(settings.mfa_required_roles) - known)
    if unknown and product.policy.custom_roles:
        db = Database(dsn)
        try:
            unknown = sorted(set(unknown) - {role.name for role in await list_custom_roles(db)})
        finally:
            await db.close()
    if not unknown:
        return None
    there = ", ".join(sorted(product.policy.roles))
    return f"{own if alone else SETTING} names {', '.join(unknown)}, and {product.title} has no such role: {there}"
