"""`colonnade new product|slice`: skeletons to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.common import fail, out
from colonnade.app.scaffold import Place, Refused, new_product, new_slice

__all__ = ["new"]

new = typer.Typer(help="Skeletons of products and slices.", no_args_is_help=True)

Singular = Annotated[
    str | None,
    typer.Option(
        help="What one is called, where the name's plural is irregular: children, --singular child."
    ),
]


@new.command("product")
def product(
    name: Annotated[str, typer.Argument(help="Its name: a-z, 0-9 and _.")],
    first: Annotated[
        str, typer.Option("--slice", help="Its first slice, in the plural: what it is about.")
    ] = "items",
    singular: Singular = None,
) -> None:
    """Write a product: policy, migrations, signing in, a first slice, and tests that pass.

    In the root of Colonnade's checkout it goes into src/colonnade/products, elsewhere into a project of its own: a
    new folder NAME with everything that it needs. Nothing is overwritten.
    """
    try:
        place, files = new_product(name, first=first, singular=singular)
    except Refused as refused:
        fail(str(refused), code=2)
    if place.outside:
        _tell(files, f"cd {name}", "pip install -e '.[dev]'", f"colonnade up {name}", "pytest")
    else:
        _tell(files, f"colonnade up {name}", *_checks(place))


@new.command("slice")
def slice_(
    product: Annotated[str, typer.Argument(help="The product, whose project is the current folder.")],
    name: Annotated[str, typer.Argument(help="Its name in the plural, such as line_items.")],
    singular: Singular = None,
) -> None:
    """Write a slice: table, queries, actions, routes, permissions, tests, and its line in product.py.

    Its routes are for the roles that may do everything; policy.py gives its permissions to others. Nothing is
    overwritten; product.py and policy.py are left alone where they are not written as expected.
    """
    try:
        place, files = new_slice(product, name, singular=singular)
    except Refused as refused:
        fail(str(refused), code=2)
    who_may = (
        f"{_shown(place.code / 'policy.py')} and {_shown(place.tests / 'permissions.txt')}: who else may?"
    )
    _tell(files, who_may, f"colonnade migrate {product}", *_checks(place))


def _checks(place: Place) -> list[str]:
    """Return the steps that check what was written; the checkout also reviews the words of its slices."""
    if place.outside:
        return ["pytest"]
    return [
        "tests/architecture/test_names.py: the words of the slice",
        f"make lint types test ARGS={_shown(place.tests)}",
    ]


def _tell(files: list[Path], *steps: str) -> None:
    for file in files:
        out.print(escape(_shown(file)))
    out.print("\nNext:")
    for step in steps:
        out.print(f"  {escape(step)}")


def _shown(path: Path) -> str:
    return os.path.relpath(path)
