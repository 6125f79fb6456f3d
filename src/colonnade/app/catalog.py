"""The products that there are, by name. Loads none before it is asked for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from colonnade.kernel.core.settings import (
    Settings,
    load_settings,
    read_env_file,
    setting_names,
    setting_prefix,
)
from colonnade.kernel.core.spelling import find_misspelt

if TYPE_CHECKING:
    from colonnade.kernel.product import Product

__all__ = ["PRODUCTS", "find_misspelt_settings", "load_product", "settings_of"]

PRODUCTS = ("radio", "dealroom")


def load_product(name: str) -> Product:
    """The product called `name`; raises KeyError."""
    if name not in PRODUCTS:
        raise KeyError(name)
    product: Product = importlib.import_module(f"colonnade.products.{name}.product").PRODUCT
    return product


def settings_of(name: str, **overrides: Any) -> Settings:
    """The settings of the product called `name`, with its own defaults; raises KeyError and SettingsError."""
    return load_settings(name, defaults=load_product(name).defaults, **overrides)


def find_misspelt_settings(environ: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, str]]:
    """Yield where a misspelt setting stands (`.env` or `environment`), its name and the nearest known one.

    The environment belongs to everybody: there only names with a product's prefix are looked at. Raises
    SettingsError.
    """
    known = {name for product in PRODUCTS for name in setting_names(product)}
    prefixes = tuple(setting_prefix(product) for product in PRODUCTS)
    own = [name for name in (os.environ if environ is None else environ) if name.startswith(prefixes)]
    for place, names in ((".env", read_env_file()), ("environment", own)):
        for name, nearest in find_misspelt(names, known).items():
            yield place, name, nearest
