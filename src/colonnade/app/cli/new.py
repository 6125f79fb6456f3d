"""`colonnade new product|slice`: skeletons to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.common import fail, out
from colonnade.app.scaffold import Refused, new_product, new_slice

__all__ = ["new"]

new = typer.Typer(help="Skeletons of products and slices.", no_args_is_help=True)

Singular = Annotated[
    str | None,
    typer.Option(help="One of them, where it is not the name without its last s: --singular child."),
]


@new.command("product")
def product(
    name: Annotated[str, typer.Argument(help="Its name: a-z, 0-9 and _, such as bookshop.")],
    first: Annotated[
        str, typer.Option("--slice", help="Its first slice, in the plural: what it is about.")
    ] = "items",
    singular: Singular = None,
) -> None:
    """Write a product: policy, migrations, signing in, a first slice, tests that pass.

    In the root of Colonnade's checkout it goes into src/colonnade/products, elsewhere into a project of its own: a
    new folder with everything that it needs. Nothing is overwritten.
    """
    try:
        place, files = new_product(name, first=first, singular=singular)
    except Refused as refused:
        fail(str(refused), code=2)
    _list(files)
    if place.outside:
        _say_next(f"cd {name}", "pip install -e '.[dev]'", f"colonnade up {name}", "pytest")
    else:
        _say_next(
            f"colonnade up {name}",
            f"make lint types test PRODUCT={name}",
            "name its slices in tests/architecture/test_names.py",
        )


@new.command("slice")
def slice_(
    product: Annotated[str, typer.Argument(help="The product, whose folder is here.")],
    name: Annotated[str, typer.Argument(help="Its name in the plural, such as song_requests.")],
    singular: Singular = None,
) -> None:
    """Write a slice: table, queries, actions, routes, permissions, tests, and its line in product.py.

    Its routes are for the roles that may everything; policy.py gives its permissions to others. Nothing is
    overwritten; what of product.py and policy.py is written in an unexpected way is left alone.
    """
    try:
        place, files = new_slice(product, name, singular=singular)
    except Refused as refused:
        fail(str(refused), code=2)
    _list(files)
    shown = os.path.relpath(place.code)
    _say_next(
        f"say in {shown}/policy.py and {os.path.relpath(place.tests)}/permissions.txt who else may",
        f"colonnade migrate {product}",
        "pytest" if place.outside else f"make lint types test PRODUCT={product}",
    )


def _list(files: list[Path]) -> None:
    for file in files:
        out.print(escape(os.path.relpath(file)))


def _say_next(*steps: str) -> None:
    out.print("\nNext:")
    for step in steps:
        out.print(f"  {escape(step)}")
