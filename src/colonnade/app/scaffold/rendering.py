"""Texts of the files in `templates/`, for a product and a slice."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from colonnade.app.scaffold.editing import write_import
from colonnade.app.scaffold.names import SliceNames
from colonnade.app.scaffold.places import Place

__all__ = ["render", "render_all", "used_names", "variables"]

TEMPLATES = Path(__file__).parent / "templates"
_EXAMPLE = SliceNames("examples_of_it", "example_of_it")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - what is written is code
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the text of one file of `templates/`, which is named without its last ending."""
    return _environment().get_template(f"{template}.jinja").render(values)


def render_all(folder: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of all files of a folder of `templates/`, by their names."""
    names = sorted(path.name.removesuffix(".jinja") for path in (TEMPLATES / folder).glob("*.jinja"))
    return {name: render(f"{folder}/{name}", values) for name in names}


def variables(place: Place, product: str, title: str, names: SliceNames, prefix: str = "") -> dict[str, Any]:
    """Return the variables of the templates. `prefix` stands in front of the product's addresses."""
    major, minor = version("colonnade").split(".")[:2]
    modules = sorted(
        [
            ("auth.slice", "SLICE", "AUTH"),
            (f"{names.plural}.slice", "SLICE", names.constant),
            ("policy", "POLICY", ""),
        ]
    )
    return {
        "product": product,
        "title": title,
        "host": product.replace("_", "-"),
        "package": place.package,
        "outside": place.outside,
        "requirement": f"colonnade>={major}.{minor},<{int(major) + 1}",
        "prefix": prefix,
        # Between imports of the kernel and of the product: in the checkout they are one section.
        "gap": "\n" if place.outside else "",
        "imports": [
            write_import(f"{place.package}.{module}", name, alias) for module, name, alias in modules
        ],
        "thing": names.singular,
        "things": names.plural,
        "Thing": names.struct,
        "slug": names.slug,
        "text": names.text,
        "texts": names.texts,
        "Text": names.text[0].upper() + names.text[1:],
        "Texts": names.texts[0].upper() + names.texts[1:],
        "a": "an" if names.text[0] in "aeiou" else "a",
        "A": "An" if names.text[0] in "aeiou" else "A",
    }


@functools.cache
def used_names() -> frozenset[str]:
    """Return the names that every slice's code uses: a slice called so would hide one of them."""
    place = Place("package", Path(), Path(), Path(), Path(), outside=True)
    texts = render_all("slice", variables(place, "product", "Product", _EXAMPLE))
    nodes = [
        node for file, text in texts.items() if file.endswith(".py") for node in ast.walk(ast.parse(text))
    ]
    return frozenset(name for node in nodes for name in _names_in(node)) - {
        # Fields of a class stand in its own room.
        field.target.id
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def _names_in(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            return [name]
        case ast.alias(name=name, asname=alias):
            return [alias or name]
        case _:
            return []
