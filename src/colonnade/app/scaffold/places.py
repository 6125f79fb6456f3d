"""Where a product's modules and tests are: in Colonnade's own checkout, or in a project of its own.

What counts is the current folder alone: nothing is written or changed elsewhere, such as in an installed package.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import colonnade.products
from colonnade.app.scaffold.errors import Refused

__all__ = ["Place", "find_product", "in_checkout", "place_of_new_product"]


@dataclass(frozen=True)
class Place:
    """`package` as one imports it; `code` and `tests` are folders. `root` is where commands are to be run.

    `outside`: in a project of its own, whose packages are importable from `source`.
    """

    package: str
    root: Path
    code: Path
    tests: Path
    source: Path
    outside: bool

    @property
    def migrations(self) -> Path:
        return self.code / "migrations"


def in_checkout() -> bool:
    """Return whether the current folder is the root of the checkout that this Colonnade runs from."""
    products = Path.cwd() / "src" / "colonnade" / "products"
    return products.is_dir() and products.resolve() == Path(colonnade.products.__path__[0]).resolve()


def _checked_out(name: str) -> Place:
    root = Path.cwd()
    return Place(
        package=f"colonnade.products.{name}",
        root=root,
        code=root / "src" / "colonnade" / "products" / name,
        tests=root / "tests" / "products" / name,
        source=root / "src",
        outside=False,
    )


def _project(root: Path, name: str) -> Place:
    source = root / "src"
    return Place(
        package=name, root=root, code=source / name, tests=root / "tests", source=source, outside=True
    )


def place_of_new_product(name: str) -> Place:
    """Return the place of a new product: in the checkout, or in a new folder `name`. Raise Refused where it exists."""
    place = _checked_out(name) if in_checkout() else _project(Path.cwd() / name, name)
    for folder in (place.code, place.tests) if not place.outside else (place.root,):
        if folder.exists():
            raise Refused(f"{folder.relative_to(Path.cwd())} exists already; nothing is overwritten.")
    return place


def find_product(name: str) -> Place:
    """Return the place of the product `name`. Raise Refused unless the current folder holds it."""
    place = _checked_out(name) if in_checkout() else _project(Path.cwd(), name)
    if not (place.code / "product.py").is_file():
        raise Refused(
            f"There is no {(place.code / 'product.py').relative_to(Path.cwd())} here. Run this in the folder of the "
            f"project that holds the product, or write one: colonnade new product {name}"
        )
    return place
