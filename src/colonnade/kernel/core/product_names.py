"""What a product may be called: its name is a path, a host, a database, a branch of migrations and a prefix."""

from __future__ import annotations

import re

from colonnade.kernel.core.settings import Settings

__all__ = ["LONGEST_NAME", "check_product_name"]

LONGEST_NAME = 30
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
    """Raise ValueError, with a text for people, unless a product can be called `name`."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise ValueError(
            f"a product's name has 2 to {LONGEST_NAME} of a-z, 0-9 and single _ between them, a letter first; "
            f"{name!r} is none"
        )
    if name in _TAKEN:
        raise ValueError(f"no product can be called {name}: that is {_TAKEN[name]}")
    fields = Settings.model_fields
    for field in fields:
        # SMTP_HOST would be the mail server and the product's HOST at once.
        if field.removeprefix(f"{name}_") in fields.keys() - {field}:
            raise ValueError(f"no product can be called {name}: {field.upper()} is a setting of its own")
