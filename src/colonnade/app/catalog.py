"""The products that there are, by name. Loads none before it is asked for.

A product is a folder of `colonnade.products` with a `product.py`; or of another package: one that names it in the
entry-point group `colonnade.products`, or that COLONNADE_PRODUCTS names (`package.module:PRODUCT`, several
separated by commas).
"""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import colonnade.products
from colonnade.kernel.core.settings import (
    Settings,
    SettingsError,
    read_env_file,
    setting_names,
    setting_prefix,
)
from colonnade.kernel.core.spelling import find_misspelt

if TYPE_CHECKING:
    from colonnade.kernel.product import Product

__all__ = ["find_misspelt_settings", "load_product", "product_names", "settings_of"]

GROUP = "colonnade.products"
VARIABLE = "COLONNADE_PRODUCTS"


def product_names() -> tuple[str, ...]:
    """The names of all products: our own in the order of the alphabet, then those of other packages.

    Raises SettingsError where COLONNADE_PRODUCTS cannot be read.
    """
    return tuple(_references())


def load_product(name: str) -> Product:
    """The product called `name`. Raises KeyError, and SettingsError where another package's cannot be loaded."""
    from colonnade.kernel.product import Product

    reference = _references()[name]
    module, _, attribute = reference.partition(":")
    if module.startswith("colonnade.products."):
        found: object = importlib.import_module(module).PRODUCT
    else:
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise SettingsError(f"the product {reference} cannot be loaded: {error}") from error
    if not isinstance(found, Product) or found.name != name:
        raise SettingsError(f"{reference} is no product called {name}")
    return found


def settings_of(name: str, **overrides: Any) -> Settings:
    """The settings of the product called `name`, with its own defaults; raises KeyError and SettingsError."""
    from colonnade.kernel.product import load_product_settings

    return load_product_settings(load_product(name), **overrides)


def find_misspelt_settings(environ: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, str]]:
    """Yield where a misspelt setting stands (`.env` or `environment`), its name and the nearest known one.

    The environment belongs to everybody: there only names with a product's prefix are looked at. Raises
    SettingsError.
    """
    known = {name for product in product_names() for name in _setting_names(product)}
    prefixes = tuple(setting_prefix(product) for product in product_names())
    own = [name for name in (os.environ if environ is None else environ) if name.startswith(prefixes)]
    for place, names in ((".env", read_env_file()), ("environment", own)):
        for name, nearest in find_misspelt(names, known).items():
            yield place, name, nearest


def _setting_names(name: str) -> set[str]:
    product = load_product(name)
    slices = [each.settings for each in product.slices if each.settings is not None]
    return setting_names(name, slices=slices, budgets=product.budgets)


def _references() -> dict[str, str]:
    """Where each product is, `module:attribute`, by its name."""
    return _installed() | _named(os.environ.get(VARIABLE, ""))


@functools.cache
def _installed() -> dict[str, str]:
    own = {
        info.name: f"colonnade.products.{info.name}.product:PRODUCT"
        for info in pkgutil.iter_modules(colonnade.products.__path__)
        if info.ispkg and find_spec(f"colonnade.products.{info.name}.product") is not None
    }
    other = {point.name: point.value for point in sorted(entry_points(group=GROUP))}
    return own | {name: value for name, value in other.items() if name not in own}


@functools.cache
def _named(value: str) -> dict[str, str]:
    """The products that COLONNADE_PRODUCTS names; their own names are known once they are loaded."""
    named: dict[str, str] = {}
    for reference in filter(None, (part.strip() for part in value.split(","))):
        module, colon, attribute = reference.partition(":")
        if not colon or not attribute.isidentifier():
            raise SettingsError(f"{VARIABLE}: {reference} is not written package.module:PRODUCT")
        try:
            product = getattr(importlib.import_module(module), attribute)
            named[product.name] = reference
        except (ImportError, AttributeError) as error:
            raise SettingsError(f"{VARIABLE}: {reference} cannot be loaded: {error}") from error
    return named
