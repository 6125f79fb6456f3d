"""What several commands share: consoles, products by name, settings, and errors as one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console

from colonnade.app.compose import PRODUCTS, load_product
from colonnade.kernel.core.settings import Settings, SettingsError, load_settings
from colonnade.kernel.product import Product

__all__ = ["err", "fail", "find_products", "one_line_errors", "out", "read_settings"]

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """End with one line on standard error."""
    err.print(f"[bold red]error:[/] {message}", highlight=False)
    raise typer.Exit(code)


def find_products(names: Sequence[str]) -> list[Product]:
    """The products called so; all of them when there are no names."""
    unknown = [name for name in names if name not in PRODUCTS]
    if unknown:
        fail(f"There is no product {unknown[0]!r}. There are: {', '.join(PRODUCTS)}.", code=2)
    return [load_product(name) for name in (names or PRODUCTS)]


def read_settings(product: str | None = None) -> Settings:
    """The settings, or the end of the command with a line that names what is wrong."""
    try:
        return load_settings(product)
    except SettingsError as error:
        fail(f"settings: {error}")


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn the errors that a user can mend into one line and exit code 1."""
    from colonnade.app.preparation import PreparationError

    try:
        yield
    except (PreparationError, SettingsError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
