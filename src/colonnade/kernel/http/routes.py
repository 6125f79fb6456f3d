"""Lists and checks the routes of a product: method, path, who may call it, which budgets it spends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from colonnade.kernel.http.forms import UploadFile
from colonnade.kernel.http.guards import Allows, Anyone, SignedIn, Spends
from colonnade.kernel.http.handlers import Handler, Router, Tag, list_handlers
from colonnade.kernel.http.parameters import kinds_of
from colonnade.kernel.http.paths import PathTree, parameters_in

__all__ = ["Route", "access_of", "check_distinct", "check_routes", "route_of", "tag_texts"]

_PARAMETER = re.compile(r"\{[^}]+\}")


class Route(msgspec.Struct, frozen=True):
    """One line of the table; `access` is `anyone`, `signed in` or a permission, `name` that of its function."""

    method: str
    path: str
    access: str
    budgets: tuple[str, ...]
    name: str


def access_of(handler: Handler) -> list[Allows | Anyone | SignedIn]:
    """Return the guards that say who may call a route: one, or it is refused at the start."""
    return [guard for guard in handler.guards if isinstance(guard, Allows | Anyone | SignedIn)]


def route_of(handler: Handler) -> Route:
    """Return a handler's line in the table."""
    access = access_of(handler)
    budgets = tuple(guard.budget for guard in handler.guards if isinstance(guard, Spends))
    common = () if handler.options.get("unmetered") else ("global",)
    label = access[0].label if access else ""
    return Route(handler.method, handler.path, label, (*common, *budgets), handler.name)


def check_distinct(routes: Iterable[Handler | Router]) -> None:
    """Raise ValueError where two handlers answer one method at one address, or one tag has two texts."""
    found: dict[tuple[str, str], Handler] = {}
    handlers = list(list_handlers(routes))
    for handler in handlers:
        # Whatever their types: of two parameters at one place the first takes every address.
        shape = re.sub(r"\{[^}]*\}", "{}", handler.path)
        first = found.setdefault((handler.method, shape), handler)
        if first is not handler:
            where = f"{handler.method} {handler.path}"
            raise ValueError(f"{where} is there twice: {first.name} and {handler.name}")
    tag_texts(handlers)


def tag_texts(handlers: Iterable[Handler]) -> dict[str, str]:
    """Return each tag's name with its text, in the order of the routes. Raise ValueError for a tag with two texts."""
    found: dict[str, str] = {}
    for tag in (tag for handler in handlers for tag in handler.tags):
        about = tag.about if isinstance(tag, Tag) else ""
        known = found.setdefault(str(tag), about)
        if about and known not in ("", about):
            raise ValueError(f"the tag {tag} has two texts: {known!r} and {about!r}")
        found[str(tag)] = known or about
    return found


def check_routes(handlers: Sequence[Handler], permissions: set[str], budgets: set[str]) -> None:
    """Raise ValueError for a route with no access guard or two, with an unknown permission or budget.

    Also for a malformed path, for limits of a parameter that would not be enforced, and for a route without the global
    budget that has none of its own.
    """
    for handler in handlers:
        where = f"{handler.method} {handler.path}"
        if fault := _fault_of(handler):
            raise ValueError(f"{where}: {fault}")
        access = access_of(handler)
        if len(access) > 1:
            raise ValueError(f"{where} says twice who may call it: {', '.join(one.label for one in access)}")
        route = route_of(handler)
        if not route.access:
            raise ValueError(f"{where} does not say who may call it: add anyone(), signed_in() or allows(…)")
        if route.access not in {"anyone", "signed in"} | permissions:
            raise ValueError(f"{where} asks for the unknown permission {route.access!r}")
        if unknown := set(route.budgets) - budgets:
            raise ValueError(f"{where} spends unknown budgets: {', '.join(sorted(unknown))}")
    _check_metered(handlers)


def _fault_of(handler: Handler) -> str | None:
    """Return what is wrong with a route's path, parameters or options, or None. Raise ValueError for the path."""
    inside = parameters_in(handler.path)
    if unused := [name for name in inside if name not in {one.field for one in handler.parameters}]:
        return f"{handler.name} does not take {unused[0]}"
    for one in handler.parameters:
        if fault := one.fault():
            return fault
    names = Counter((one.place, one.name.lower()) for one in handler.parameters)
    if twice := [name for (_, name), number in names.items() if number > 1]:
        return f"two parameters are called {twice[0]}"
    if handler.options.get("response_cache") and any(one.place == "header" for one in handler.parameters):
        return "its answers are cached for everybody, so they cannot depend on a header"
    form = handler.options.get("form")
    if form is None and handler.data is not None and _has_file(handler.data):
        return "a body with a file is a form: add form=…"
    if form is not None and not (isinstance(form, type) and issubclass(form, handler.data)):
        return "its form is neither the type of data nor derived from it"
    return None


def _has_file(kind: Any) -> bool:
    fields = (
        msgspec.structs.fields(kind) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else ()
    )
    return any(UploadFile in kinds_of(field.type) for field in fields)


def _check_metered(handlers: Sequence[Handler]) -> None:
    """Raise ValueError for a route that is unmetered, or looks as if it were, and has no budget of its own.

    A fixed path below an unmetered template (`/hooks/all` below `/hooks/{name:str}`) looks so.
    """
    unmetered: PathTree[Handler] = PathTree()
    for handler in handlers:
        if handler.options.get("unmetered"):
            unmetered.add(handler.method, handler.path, handler)
    for handler in handlers:
        route = route_of(handler)
        found, _ = unmetered.find(_PARAMETER.sub("1", handler.path))
        free = not route.budgets or "global" in route.budgets
        if free and found is not None and handler.method in found.by_method:
            raise ValueError(f"{route.method} {route.path} is unmetered: it needs its own budget")
