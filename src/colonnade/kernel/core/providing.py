"""Injection by type: a class declares where its object is found, and a function that needs the object names the class.

>>> @provided("storage")                                              # doctest: +SKIP
... class Storage: ...
>>> async def show(picture_id: int, storage: Storage) -> …: ...       # doctest: +SKIP

The services of a process are one object with an attribute per part (`product.Services`). Handlers of requests,
socket events and jobs, seeds and `on_start` never see it: the kernel calls them through `call`, which passes
the parts that their signatures name.

Out of scope: building the parts, their lifetimes, and parameters with more than one possible source.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar, get_type_hints

__all__ = ["Getter", "Needs", "call", "check_provided", "find_provider", "needs_of", "provided"]

T = TypeVar("T")
Getter = Callable[[Any], Any]
"""Takes the services of a process and returns one part of them."""


def provided(attribute: str) -> Callable[[type[T]], type[T]]:
    """Declare that the object of the decorated class (or of a subclass) is found at `services.<attribute>`."""
    getter = attrgetter(attribute)

    def mark(cls: type[T]) -> type[T]:
        cls.__provided__ = classmethod(lambda _cls, services: getter(services))  # type: ignore[attr-defined]
        return cls

    return mark


def find_provider(hint: Any) -> Getter | None:
    """Return the getter of the object of type `hint`, or None for a type that nothing provides.

    A class is provided if `provided` decorates it, or if it has a class method `__provided__(services)`.
    """
    getter = getattr(hint, "__provided__", None) if isinstance(hint, type) else None
    return getter if callable(getter) else None


@dataclass(frozen=True)
class Needs:
    """The parameters of a function: `own` (name and type, in order) come from its caller, the others by type."""

    own: tuple[tuple[str, Any], ...]
    provided: tuple[tuple[str, Getter], ...]


@functools.cache
def needs_of(fn: Callable[..., Any]) -> Needs:
    """Read the signature of `fn`. Raise NameError for an annotation that is imported for type checkers only."""
    hints = get_type_hints(fn, include_extras=True)
    own: list[tuple[str, Any]] = []
    given: list[tuple[str, Getter]] = []
    for name in inspect.signature(fn).parameters:
        hint = hints.get(name, Any)
        getter = find_provider(hint)
        if getter is None:
            own.append((name, hint))
        else:
            given.append((name, getter))
    return Needs(tuple(own), tuple(given))


def call(fn: Callable[..., T], services: Any, *given: Any) -> T:
    """Call `fn` with `given` for its own parameters, in order, and with parts of `services` for the others.

    A function with fewer parameters than are given gets the first of them. Raise TypeError for one with
    more.
    """
    needs = needs_of(fn)
    if len(needs.own) > len(given):
        names = ", ".join(name for name, _ in needs.own[len(given) :])
        raise TypeError(f"{fn.__qualname__}: nothing provides {names}")
    values = {name: value for (name, _), value in zip(needs.own, given, strict=False)}
    for name, getter in needs.provided:
        values[name] = getter(services)
    return fn(**values)


def check_provided(fn: Callable[..., Any], services: Any) -> None:
    """Raise TypeError if `fn` names a part that these services lack, such as the Hub of a product without sockets.

    Called when a process starts, so that no request has to fail first.
    """
    for name, getter in needs_of(fn).provided:
        if getter(services) is None:
            raise TypeError(f"{fn.__module__}.{fn.__qualname__}: this product has no {name}")
