"""A new product with a first slice, in the checkout or in a project of its own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from colonnade.app.catalog import product_names
from colonnade.app.importing import BrokenImport, import_attribute
from colonnade.app.scaffold.errors import Refused
from colonnade.app.scaffold.names import check_product, name_slice
from colonnade.app.scaffold.places import Place, place_of_new_product
from colonnade.app.scaffold.rendering import render, render_all, used_names, variables
from colonnade.app.scaffold.taken import check_not_taken
from colonnade.app.scaffold.writing import write_changes
from colonnade.kernel.product import Product
from colonnade.kernel.testing import draft_permissions

__all__ = ["new_product"]


def new_product(name: str, *, first: str = "items", singular: str | None = None) -> tuple[Place, list[Path]]:
    """Write the product `name` with the slice `first`; return its place and the files. Raise Refused."""
    check_product(name)
    if name in product_names():
        raise Refused(f"There is a product called {name} already.")
    place = place_of_new_product(name)
    if place.outside and find_spec(name) is not None:
        raise Refused(f"Python has a module called {name} already: choose another name.")
    names = name_slice(first, singular, used=used_names())
    check_not_taken(names)
    values = variables(place, name, name.replace("_", " ").title(), names)
    new = {
        **{place.code / file: text for file, text in render_all("product", values).items()},
        **{place.code / "auth" / file: text for file, text in render_all("auth", values).items()},
        **slice_files(place, names.plural, 1, values),
    }
    tests = render_all("tests", values)
    del tests["test_slice.py"]
    new |= {place.tests / file: text for file, text in tests.items()}
    if place.outside:
        project = render_all("project", values)
        project[".gitignore"] = project.pop("gitignore")
        new |= {place.root / file: text for file, text in project.items()}
    write_changes(new)
    permissions = place.tests / "permissions.txt"
    write_changes({permissions: draft_permissions(_load(place))})
    return place, sorted([*new, permissions])


def slice_files(place: Place, plural: str, number: int, values: dict[str, object]) -> dict[Path, str]:
    """Return the new files of a slice: its modules, the migration of this number, and its tests."""
    texts = render_all("slice", values)
    migration = texts.pop("migration.sql")
    return {
        **{place.code / plural / file: text for file, text in texts.items()},
        place.migrations / f"{number:04}_{plural}.sql": migration,
        place.tests / f"test_{plural}.py": render("tests/test_slice.py", values),
    }


def _load(place: Place) -> Product:
    """Import the product that has just been written, for the table of its routes. Raise Refused."""
    with _importable(place.source):
        try:
            found = import_attribute(f"{place.package}.product", "PRODUCT")
        except BrokenImport as error:
            raise Refused(f"What was written in {place.code} cannot be loaded: {error}.") from error
    assert isinstance(found, Product)
    return found


@contextmanager
def _importable(source: Path) -> Iterator[None]:
    importlib.invalidate_caches()
    sys.path.insert(0, str(source))
    try:
        yield
    finally:
        sys.path.remove(str(source))
