"""Every text that a product takes is of a field type of the kernel, which cleans it before it judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

import colonnade
from colonnade.app.catalog import load_product, product_names
from colonnade.kernel.core.texts import fields_of, is_struct
from colonnade.kernel.core.texts.kinds import FieldType
from colonnade.kernel.http.handlers import list_handlers

SOURCE = Path(colonnade.__file__).parent

AS_SENT = re.compile(r"token|password|code$|credential|secret|scopes|permissions|email$|room|sessionid$")
"""Fields that are compared with what is stored: cleaned, they would be others. The e-mail of a login is one of them."""


def test_no_slice_brings_a_pattern_of_its_own() -> None:
    """A form is declared by a `Token`, which says its rule; msgspec's pattern would say nothing."""
    found = [
        str(path.relative_to(SOURCE))
        for folder in ("products", "kernel/identity")
        for path in sorted((SOURCE / folder).rglob("*.py"))
        if re.search(r"Meta\([^)]*\bpattern=", path.read_text())
    ]
    assert found == []


def bodies_of(product: str) -> Iterator[Any]:
    """Return the types of everything that a product's routes and socket events take."""
    loaded = load_product(product)
    for handler in list_handlers(loaded.routes):
        yield from (each for each in (handler.data, handler.options.get("form")) if each is not None)
    for routes in loaded.sockets.routes if loaded.sockets is not None else ():
        yield from (route.payload_type for route in routes.events.values())


def plain_texts(type_: Any, place: str, within: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Return the places in a type that take any text, HTML apart: that is cleaned by its own rules."""
    if is_struct(type_):
        if type_ not in within:
            for field in fields_of(type_):
                yield from plain_texts(field.type, f"{place}.{field.encode_name}", within | {type_})
        return
    extras = [each.extra for each in getattr(type_, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
    if any(extra and "html" in extra for extra in extras) or isinstance(type_, FieldType):
        return
    if type_ is str:
        yield place
    for part in get_args(type_):
        yield from plain_texts(part, place, within)


@pytest.mark.parametrize("product", product_names())
def test_every_text_that_is_taken_is_cleaned(product: str) -> None:
    found = {
        place
        for body in bodies_of(product)
        for place in plain_texts(body, getattr(body, "__name__", str(body)))
        if not AS_SENT.search(place.rpartition(".")[2].lower())
    }
    assert found == set()


class Inner(msgspec.Struct):
    words: list[str]


class Body(msgspec.Struct):
    title: str
    inner: Inner | None = None


def test_a_text_without_a_type_is_found() -> None:
    assert set(plain_texts(Body, "Body")) == {"Body.title", "Body.inner.words"}
