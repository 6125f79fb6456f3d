"""Routes that are refused at the start, because their signatures promise what would not be enforced."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import pytest

from colonnade.kernel.http import (
    Ok,
    PageNumber,
    QueryParameter,
    anyone,
    delete,
    describe_product,
    get,
    list_routes,
)
from colonnade.kernel.product import Slice
from colonnade.products.radio.product import PRODUCT

After = Annotated[
    int | None, QueryParameter(name="afterNumber", ge=0, le=9, description="Only what follows.")
]


@get("/loose", guards=[anyone()])
async def list_loosely(page: PageNumber | None = None) -> Ok[int]:
    """List it."""
    return Ok(page or 1)


@get("/strict", guards=[anyone()])
async def list_strictly(after: After = None) -> Ok[int]:
    """List it."""
    return Ok(after or 0)


def test_limits_inside_a_union_do_not_start():
    product = dataclasses.replace(PRODUCT, slices=[Slice(name="loose", routes=[list_loosely])])
    with pytest.raises(ValueError, match=r"GET /loose: write page as Annotated\[… \| None, …\]"):
        list_routes(product)


def test_a_minimum_of_zero_is_described():
    document = describe_product(
        dataclasses.replace(PRODUCT, slices=[Slice(name="strict", routes=[list_strictly])])
    )
    (parameter,) = document["paths"]["/strict"]["get"]["parameters"]
    assert parameter["name"] == "afterNumber"
    assert parameter["schema"] == {"type": "integer", "minimum": 0, "maximum": 9}


def refusal(*routes: Any) -> str:
    """Return why a product with these routes does not start."""
    product = dataclasses.replace(PRODUCT, slices=[Slice(name="refused", routes=list(routes))])
    with pytest.raises(ValueError, match=" ") as refused:
        list_routes(product)
    return str(refused.value)


@pytest.mark.parametrize(
    "path", ["/x/{id}", "/x/{id:integer}", "/x/a{id:int}", "/x/{id:int", "/x/{id:int}/{id:int}"]
)
def test_a_malformed_path_does_not_start(path: str) -> None:
    @get(path, guards=[anyone()])
    async def show() -> Ok[int]:
        """Show it."""
        return Ok(1)

    assert refusal(show) == f"{path}: a parameter is written {{name:type}}, with one of int, str, uuid, path"


def test_a_handler_that_does_not_say_what_it_answers_is_none() -> None:
    async def show():  # type: ignore[no-untyped-def]
        """Show it."""

    with pytest.raises(ValueError, match=r"GET /x: .*show does not say what it answers"):
        get("/x", guards=[anyone()])(show)


def test_a_read_has_no_body() -> None:
    async def show(data: bytes) -> Ok[int]:
        """Show it."""
        return Ok(len(data))

    for declare, method in ((get, "GET"), (delete, "DELETE")):
        with pytest.raises(ValueError, match=f"{method} /x: a {method} request has no body"):
            declare("/x", guards=[anyone()])(show)
