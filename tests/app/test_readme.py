"""The README's table of identity agrees with the products' routes: no flow that is not served, none left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colonnade.app.catalog import load_product
from colonnade.kernel.http import list_routes

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
PRODUCTS = ("radio", "dealroom")
KERNEL = ("colonnade.kernel.identity", "colonnade.kernel.exports", "colonnade.kernel.audit")
NONE = "–"

Route = tuple[str, str]


def _plain(path: str) -> str:
    """Return a path in which every parameter is `{}`."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _rows() -> list[list[str]]:
    section = README.partition("\n## Identity\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert head == ["flow", *PRODUCTS, "sequence"]
    return rows


def _paths(cell: str) -> list[str]:
    return [_plain(path) for path in re.findall(r"`(/[^`\s]*)`", cell)]


def _calls(cell: str) -> list[Route]:
    return [(method, _plain(path)) for method, path in re.findall(r"`([A-Z]+) (/[^`\s]*)", cell)]


def _routes(product: str, *, kernels: bool = False) -> set[Route]:
    """Return method and path, without the product's prefix, of its routes; with `kernels`, of the kernel's own."""
    loaded = load_product(product)
    found = {
        (route.method, route.path)
        for route in list_routes(loaded)
        if not kernels or route.name.startswith(KERNEL)
    }
    return {(method, _plain(path.removeprefix(loaded.prefix))) for method, path in found}


def _is_below(path: str, places: list[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def test_there_are_rows_and_each_names_a_product() -> None:
    rows = _rows()
    assert len(rows) == 18
    for flow, *cells, sequence in rows:
        assert all(cell == NONE or _paths(cell) for cell in cells), flow
        assert any(cell != NONE for cell in cells), flow
        assert _calls(sequence), flow


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_has_what_its_column_says_and_no_more(product: str) -> None:
    column = 1 + PRODUCTS.index(product)
    here = _routes(product)
    for row in _rows():
        named = _paths(row[column])
        for place in named:
            assert any(_is_below(path, [place]) for _, path in here), f"{product} has no {place}"
        if row[column] == NONE:
            elsewhere = [path for cell in row[1:-1] for path in _paths(cell)]
            assert [path for _, path in here if _is_below(path, elsewhere)] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_route_that_identity_gives_a_product_is_in_its_column(product: str) -> None:
    places = [path for row in _rows() for path in _paths(row[1 + PRODUCTS.index(product)])]
    given = _routes(product, kernels=True)
    assert len(given) > 40
    assert sorted(route for route in given if not _is_below(route[1], places)) == []


def test_every_call_of_a_sequence_is_a_route() -> None:
    routes = {product: _routes(product) for product in PRODUCTS}
    for row in _rows():
        product = next(name for name, cell in zip(PRODUCTS, row[1:], strict=False) if cell != NONE)
        assert [call for call in _calls(row[-1]) if call not in routes[product]] == [], product
