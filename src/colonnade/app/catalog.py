"""Finds the products, by name.

A product is a folder of `colonnade.products` with a `product.py`, or it is part of another package: one that names
it in the entry-point group `colonnade.products`, or that COLONNADE_PRODUCTS names (environment or `.env`). A product
that cannot be loaded does not affect the others: `find_unusable` returns its name and the reason.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import colonnade.products
from colonnade.app.facts import Facts, read_facts
from colonnade.app.importing import BrokenImport, import_attribute
from colonnade.kernel.core.settings import (
    Settings,
    SettingsError,
    find_setting,
    load_settings,
    read_env_file,
    setting_names,
    setting_prefix,
)
from colonnade.kernel.core.spelling import find_misspelt

if TYPE_CHECKING:
    from colonnade.kernel.product import Product

__all__ = [
    "UnusableProduct",
    "database_settings_of",
    "find_broken",
    "find_misspelt_settings",
    "find_unusable",
    "load_facts",
    "load_product",
    "product_names",
    "settings_of",
    "usable_names",
]

GROUP = "colonnade.products"
VARIABLE = "COLONNADE_PRODUCTS"


class UnusableProduct(SettingsError):
    """A product cannot be loaded; the text is one line that says why, and what to do."""


class _Reference(NamedTuple):
    """The place of a product; `remedy` completes a sentence that begins with "Mend it", by what else helps."""

    module: str
    attribute: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


class _Found(NamedTuple):
    """The products by name, and the reasons why others cannot be used, by name or reference."""

    references: Mapping[str, _Reference]
    unusable: Mapping[str, str]


def product_names() -> tuple[str, ...]:
    """Return the names of all products: our own in alphabetical order, then those of other packages.

    Products of other packages may prove unusable when they are loaded. Raise SettingsError if `.env` cannot be read.
    """
    return tuple(_find().references)


_broken: dict[str, str] = {}
"""The reason for each product that was loaded in vain, by its name."""


def find_broken() -> dict[str, str]:
    """Return the reason for each product that has proved unusable up to now, as `find_unusable`; load none."""
    return {**_find().unusable, **_broken}


def usable_names() -> tuple[str, ...]:
    """Return the names of the products that load; import all. Raise SettingsError as `product_names` does."""
    unusable = find_unusable()
    return tuple(name for name in product_names() if name not in unusable)


def find_unusable() -> dict[str, str]:
    """Return the reason for each product that cannot be loaded, by its name or `module:PRODUCT`.

    Load all products. Raise SettingsError as `product_names` does.
    """
    found = _find()
    unusable = dict(found.unusable)
    for name in found.references:
        try:
            load_product(name)
        except UnusableProduct as error:
            unusable[name] = str(error)
    return unusable


def load_facts(name: str) -> Facts:
    """Return what commands on databases ask of the product called `name`, which is loaded only if it must be.

    Raise KeyError and UnusableProduct.
    """
    reference = _find().references[name]
    facts = read_facts(reference.module, reference.attribute)
    if facts is not None and facts.name == name:
        return facts
    product = load_product(name)
    return Facts(product.name, product.title, product.migrations, product.defaults)


def load_product(name: str) -> Product:
    """Return the product called `name`. Raise KeyError and UnusableProduct."""
    try:
        return _load(name)
    except UnusableProduct as error:
        _broken[name] = str(error)
        raise


def _load(name: str) -> Product:
    from colonnade.kernel.product import Product

    reference = _find().references[name]
    try:
        found = import_attribute(reference.module, reference.attribute)
    except BrokenImport as error:
        raise UnusableProduct(
            f"The product {name} ({reference}) cannot be loaded: {error}. Mend it{reference.remedy}."
        ) from error
    # Of the object itself nothing is asked, not even its `__class__`, before it is known to be a product.
    if not issubclass(type(found), Product):
        raise UnusableProduct(
            f"{reference}, named as the product {name}, is no Product. Mend it{reference.remedy}."
        )
    assert isinstance(found, Product)
    if found.name != name:
        raise UnusableProduct(
            f"{reference} is named as the product {name} and calls itself {found.name}: give it one name."
        )
    return found


def settings_of(name: str, **overrides: Any) -> Settings:
    """Return the settings of the product called `name`, with its own defaults. Raise KeyError and SettingsError."""
    from colonnade.kernel.product import load_product_settings

    return load_product_settings(load_product(name), **overrides)


def database_settings_of(product: Facts) -> Settings:
    """Return the settings of a product without those of its slices. Raise SettingsError."""
    return load_settings(product.name, defaults=product.defaults)


def find_misspelt_settings(
    environ: Mapping[str, str] | None = None, *, loaded: Sequence[str] | None = None
) -> list[tuple[str, str, str]]:
    """Return the place of each misspelt setting (`.env` or `environment`), its name and the nearest known one.

    Other programs share the environment: only names with a product's prefix are checked there. With `loaded` the
    names of a command's products, which it has loaded, the others' slices are loaded only to make sure of what looks
    misspelt without them. Raise SettingsError.
    """
    if loaded is not None:
        kernels = {name for product in product_names() for name in setting_names(product)}
        slices = {name for product in loaded for name in _setting_names(product)}
        if not list(_misspelt(environ, product_names(), kernels | slices)):
            return []
    products = usable_names()
    known = {name for product in products for name in _setting_names(product)}
    return list(_misspelt(environ, products, known))


def _misspelt(
    environ: Mapping[str, str] | None, products: Sequence[str], known: Set[str]
) -> Iterator[tuple[str, str, str]]:
    prefixes = tuple(setting_prefix(product) for product in products)
    own = [name for name in (os.environ if environ is None else environ) if name.startswith(prefixes)]
    for place, names in ((".env", read_env_file()), ("environment", own)):
        for name, nearest in find_misspelt(names, known).items():
            yield place, name, nearest


def _setting_names(name: str) -> set[str]:
    product = load_product(name)
    slices = [each.settings for each in product.slices if each.settings is not None]
    return setting_names(name, slices=slices, budgets=product.budgets)


def _find() -> _Found:
    return _find_all(find_setting("colonnade_products") or "")


@functools.cache
def _find_all(named: str) -> _Found:
    """Find our own products, then those that installed packages declare, then those that COLONNADE_PRODUCTS names.

    The first product of a name keeps it; the same product may be named twice.
    """
    references = _own()
    unusable: dict[str, str] = {}
    for name, reference in (*_declared(), *_named(named, unusable)):
        first = references.setdefault(name, reference)
        if str(first) != str(reference):
            unusable[str(reference)] = (
                f"{reference} is left out: {first} is called {name} as well. Rename it{reference.remedy}."
            )
    return _Found(references, unusable)


def _own() -> dict[str, _Reference]:
    files = [file for folder in colonnade.products.__path__ for file in Path(folder).glob("*/product.py")]
    return {
        name: _Reference(f"colonnade.products.{name}.product", "PRODUCT")
        for name in sorted(file.parent.name for file in files)
    }


def _declared() -> Iterator[tuple[str, _Reference]]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        package = point.dist.name if point.dist is not None else point.module
        yield point.name, _Reference(point.module, point.attr, f", or uninstall the package {package}")


def _named(value: str, unusable: dict[str, str]) -> Iterator[tuple[str, _Reference]]:
    """Load the products that COLONNADE_PRODUCTS names, since only they know their names, and yield them."""
    named = [text for part in value.split(",") if (text := part.strip())]
    if not named:
        return
    from colonnade.kernel.product import Product

    remedy = f", or take it out of {VARIABLE}"
    for text in named:
        module, colon, attribute = text.partition(":")
        if not colon or not attribute.isidentifier():
            unusable[text] = f"{VARIABLE}: {text} is not written package.module:PRODUCT."
            continue
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # last, so that nothing there shadows an installed package
        try:
            product = import_attribute(module, attribute)
        except BrokenImport as error:
            unusable[text] = f"{VARIABLE}: {text} cannot be loaded: {error}. Mend it{remedy}."
            continue
        if issubclass(type(product), Product):
            assert isinstance(product, Product)
            yield product.name, _Reference(module, attribute, remedy)
        else:
            unusable[text] = f"{VARIABLE}: {text} is no Product."
