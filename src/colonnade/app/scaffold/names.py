"""What products and slices may be called, and the forms of a slice's name.

A slice is called in the plural, as its folder, table and routes are. Its singular is made by a few rules that anybody
can foresee (`singular_of`); where they miss, the command is told (`--singular`).
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass

from colonnade.app.scaffold.errors import Refused
from colonnade.kernel.core.product_names import check_product_name

__all__ = ["LONGEST_SLICE", "POSTGRES_WORDS", "SliceNames", "check_product", "name_slice", "singular_of"]

LONGEST_SLICE = 20
"""With more characters lines of the skeleton would have to be wrapped in another way."""

_NAME = re.compile(r"[a-z](?:_?[a-z0-9])+")
_MODULES = {
    "product", "policy", "migrations", "shared", "auth", "slice", "routes", "socket", "graph", "jobs", "seed",
    "actions", "clients", "queries", "rules", "schemas",
}  # fmt: skip
POSTGRES_WORDS = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary",
    "both", "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in",
    "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like",
    "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or",
    "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
    "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to", "trailing",
    "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
}  # fmt: skip
"""Words that PostgreSQL takes for no table's name (those that pg_get_keywords calls R or T)."""


@dataclass(frozen=True)
class SliceNames:
    """A slice's name as code, addresses and sentences have it; `plural` is that of the folder."""

    plural: str
    singular: str

    @property
    def constant(self) -> str:
        """Return the name for product.py: `LINE_ITEMS`."""
        return self.plural.upper()

    @property
    def struct(self) -> str:
        """Return the name of the Struct: `LineItem`."""
        return "".join(part.capitalize() for part in self.singular.split("_"))

    @property
    def slug(self) -> str:
        """Return the name in addresses, permissions and tags: `line-items`."""
        return self.plural.replace("_", "-")

    @property
    def text(self) -> str:
        """Return one of them as sentences say it: `line item`."""
        return self.singular.replace("_", " ")

    @property
    def texts(self) -> str:
        """Return several of them as sentences say it: `line items`."""
        return self.plural.replace("_", " ")


def singular_of(plural: str) -> str:
    """Return one of `plural`: stories → story, boxes → box, dresses → dress, cars → car; others stay as they are."""
    for ending, instead in (("ies", "y"), ("xes", "x"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh")):
        if plural.endswith(ending) and len(plural) > len(ending) + 1:
            return plural.removesuffix(ending) + instead
    if plural.endswith("s") and not plural.endswith(("ss", "us", "is")):
        return plural.removesuffix("s")
    return plural


def name_slice(plural: str, singular: str | None, *, used: Collection[str]) -> SliceNames:
    """Return the forms of a slice's name. Raise Refused; `used` are the names that the skeleton's own code has."""
    names = SliceNames(plural, singular or singular_of(plural))
    for name in (names.plural, names.singular):
        _check_slice(name)
    if names.plural in _MODULES:
        raise Refused(f"A slice cannot be called {plural}: a product or a slice has a module of that name.")
    if names.plural in POSTGRES_WORDS:
        raise Refused(
            f"A slice cannot be called {plural}: PostgreSQL takes no table of that name. Use the plural."
        )
    for name in (names.plural, names.singular, names.struct, names.constant):
        if name in used or hasattr(builtins, name):
            raise Refused(
                f"A slice cannot be called {plural}: its code would use {name} for two things. "
                f"Choose another name, such as site_{plural}, or another --singular."
            )
    return names


def _check_slice(name: str) -> None:
    if len(name) > LONGEST_SLICE or not _NAME.fullmatch(name):
        raise Refused(
            f"{name!r} cannot name a slice: use 2 to {LONGEST_SLICE} of a-z, 0-9 and single _ between them, starting "
            "with a letter."
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Refused(f"A slice cannot be called {name}: it is a word of Python's.")


def check_product(name: str) -> None:
    """Raise Refused unless a product, and so a package of Python, can be called `name`."""
    try:
        check_product_name(name)
    except ValueError as error:
        text = str(error)
        raise Refused(f"{text[0].upper()}{text[1:]}.") from None
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Refused(f"No product can be called {name}: it is a word of Python's.")
