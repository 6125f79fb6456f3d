"""Names of products: each serves as a path, a host, a database, a branch of migrations and a prefix of settings."""

from __future__ import annotations

import re

from colonnade.kernel.core.settings import Settings

__all__ = ["MAX_NAME_CHARACTERS", "check_product_name"]

MAX_NAME_CHARACTERS = 30
_NAME = re.compile(r"[a-z](?:_?[a-z0-9])+")
_TAKEN = {
    "kernel": "the kernel's own migrations",
    "postgres": "PostgreSQL's own database",
    "template0": "PostgreSQL's own database",
    "template1": "PostgreSQL's own database",
    "secrets": "a folder of COLONNADE_HOME",
    "valkey": "a folder of COLONNADE_HOME",
    "shared": "the uploads of no product",
    "health": "an address of the gateway",
}


def check_product_name(name: str) -> None:
    """Raise ValueError, with a text for people, unless `name` can name a product."""
    if len(name) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot name a product: use 2 to {MAX_NAME_CHARACTERS} of a-z, 0-9 and single _ between them, "
            "starting with a letter"
        )
    if name in _TAKEN:
        raise ValueError(f"no product can be called {name}: that is {_TAKEN[name]}")
    fields = Settings.model_fields
    for field in fields:
        # For a product `smtp`, SMTP_HOST would be both the mail server and the product's HOST.
        if field.removeprefix(f"{name}_") in fields.keys() - {field}:
            raise ValueError(f"no product can be called {name}: {field.upper()} is a setting of its own")
