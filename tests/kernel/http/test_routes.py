"""Routes that are refused at the start, because their signatures promise what would not be enforced."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import pytest

from colonnade.kernel.http import (
    Ok,
    PageNumber,
    QueryParameter,
    anyone,
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
