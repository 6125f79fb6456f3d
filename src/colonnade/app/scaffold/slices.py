"""A new slice of a product in the current folder: modules, table, permissions, tests, its line in product.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import colonnade.kernel.db as kernel_db
from colonnade.app.catalog import UnusableProduct, load_product
from colonnade.app.scaffold.editing import add_permissions, add_slice, find_prefix, full_roles
from colonnade.app.scaffold.errors import Refused
from colonnade.app.scaffold.names import SliceNames, name_slice
from colonnade.app.scaffold.places import Place, find_product
from colonnade.app.scaffold.products import slice_files
from colonnade.app.scaffold.rendering import used_names, variables
from colonnade.app.scaffold.taken import check_not_taken, check_not_taken_in
from colonnade.app.scaffold.writing import write_changes
from colonnade.kernel.db.revisions import BadRevision, find_revisions

__all__ = ["new_slice"]

_TABLE = re.compile(r"^\s*CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)", re.IGNORECASE | re.MULTILINE)


def new_slice(product: str, plural: str, *, singular: str | None = None) -> tuple[Place, list[Path]]:
    """Write the slice `plural` of `product`; return its place and the files, new and changed. Raise Refused."""
    place = find_product(product)
    names = name_slice(plural, singular, used=used_names())
    if (place.code / plural).exists():
        raise Refused(f"{product} has a folder {plural} already; nothing is overwritten.")
    code, policy = (_read(place.code / file) for file in ("product.py", "policy.py"))
    reviewed = _read(place.tests / "permissions.txt")
    prefix = find_prefix(code)
    if prefix is None:
        prefix = _loaded_prefix(product)
    values = variables(place, product, product, names, prefix)
    changed = {
        place.code / "product.py": add_slice(code, place.package, plural, names.constant),
        place.code / "policy.py": add_permissions(policy, _permissions(names)),
        place.tests / "permissions.txt": _review(reviewed, names, prefix, full_roles(policy)),
    }
    new = slice_files(place, plural, _next_number(place, plural), values)
    check_not_taken(names)
    check_not_taken_in(product, place.code, reviewed, names, prefix)
    write_changes(new, changed)
    return place, sorted([*new, *changed])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None


def _loaded_prefix(product: str) -> str:
    """Return the prefix of a product that is no literal in product.py, by importing it. Raise Refused."""
    try:
        return load_product(product).prefix
    except KeyError:
        raise Refused(
            f"product.py does not write its prefix down, and {product} is not installed: pip install -e ."
        ) from None
    except UnusableProduct as error:
        raise Refused(str(error)) from None


def _permissions(names: SliceNames) -> dict[str, str]:
    return {
        f"{names.slug}:read": f"see {names.texts}",
        f"{names.slug}:manage": f"create, change and delete {names.texts}",
    }


def _review(reviewed: str, names: SliceNames, prefix: str, roles: Iterable[str]) -> str:
    """Return the reviewed file with the new routes, for the roles that may do everything."""
    one = f"{prefix}/{names.slug}/{{{names.singular}_id:int}}"
    routes = [
        ("GET", f"{prefix}/{names.slug}"),
        ("POST", f"{prefix}/{names.slug}"),
        ("DELETE", one),
        ("GET", one),
        ("PATCH", one),
    ]
    column = re.search(r"^[A-Z]+ +(\S+ +)", reviewed, re.MULTILINE)
    width = len(column[1]) - 1 if column else 0
    lines = [f"{method:<6} {path:<{width}} {' '.join(roles)}\n" for method, path in routes]
    return "".join([reviewed.rstrip("\n"), "\n\n", *lines])


def _next_number(place: Place, table: str) -> int:
    """Return the number of the product's next migration. Raise Refused where one makes a table of this name."""
    kernel = Path(kernel_db.__file__).parent / "migrations"
    try:
        revisions = find_revisions([("kernel", kernel), ("product", place.migrations)])
    except BadRevision as error:
        raise Refused(f"{error}.") from None
    for revision in revisions:
        if table in _TABLE.findall(revision.read()):
            raise Refused(
                f"There is a table {table} already, made by {revision.path.name}: choose another name."
            )
    return max((each.number for each in revisions if each.branch == "product"), default=0) + 1
