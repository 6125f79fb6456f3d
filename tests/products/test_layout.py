"""A product consists of slices, beside product.py, policy.py and migrations; nobody passes a bag of everything."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import TypeVar

import pytest

from colonnade.app.catalog import load_product
from colonnade.app.facts import Facts, read_facts

PRODUCTS = Path(__file__).resolve().parents[2] / "src" / "colonnade" / "products"
NAMES = sorted(path.parent.name for path in PRODUCTS.glob("*/product.py"))
T = TypeVar("T")


def declared_in(product: str, name: str, kind: type[T]) -> set[T]:
    """Return the objects of a kind that the schemas of a slice declare or import."""
    package = importlib.import_module(f"colonnade.products.{product}.{name}")
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if found.name.split(".")[4] == "schemas"
    ]
    return {value for module in modules for value in vars(module).values() if isinstance(value, kind)}


@pytest.mark.parametrize("name", NAMES)
def test_a_product_is_its_slices(name: str) -> None:
    folder = PRODUCTS / name
    assert {path.name for path in folder.glob("*.py")} == {"__init__.py", "product.py", "policy.py"}
    slices = {path.parent.name for path in folder.glob("*/slice.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert packages == slices
    listed = [each.name for each in load_product(name).slices]
    assert sorted(listed) == sorted(slices)


@pytest.mark.parametrize("name", NAMES)
def test_no_module_names_the_bag_of_services(name: str) -> None:
    naming = [
        str(path.relative_to(PRODUCTS))
        for path in (PRODUCTS / name).rglob("*.py")
        if re.search(r"\b\w*Services\b|exchange\.services\b", path.read_text())
    ]
    assert naming == []


@pytest.mark.parametrize("name", NAMES)
def test_what_its_database_needs_is_written_in_its_text(name: str) -> None:
    """`colonnade migrate` need not load it."""
    product = load_product(name)
    assert read_facts(f"colonnade.products.{name}.product", "PRODUCT") == Facts(
        product.name, product.title, product.migrations, product.defaults
    )
