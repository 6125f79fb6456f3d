"""The products that there are, by name. Loads none before it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from colonnade.kernel.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from colonnade.kernel.product import Product

__all__ = ["PRODUCTS", "load_product", "settings_of"]

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
