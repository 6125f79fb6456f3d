"""Routes that are refused at the start, because their signatures promise what would not be enforced."""

from __future__ import annotations

import dataclasses
import enum
import re
from typing import Annotated, Any

import msgspec
import pytest

from colonnade.kernel.http import (
    Cached,
    HeaderParameter,
    Ok,
    PageNumber,
    QueryParameter,
    UploadFile,
    anyone,
    delete,
    describe_product,
    get,
    list_routes,
    post,
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


class Colour(enum.Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Upload(msgspec.Struct):
    """A form."""

    file: UploadFile


class Empty(msgspec.Struct):
    """Another form."""


async def _plain(data: bytes) -> None: ...
async def _upload(data: Upload) -> None: ...
async def _with_int(n: int) -> Ok[int]: ...
async def _with_text(n: str) -> Ok[str]: ...
async def _with_header(lang: Annotated[str, HeaderParameter(name="X-Lang")]) -> Ok[str]: ...
async def _with_default(n: int = QueryParameter(ge=1)) -> Ok[int]: ...  # type: ignore[assignment]
async def _with_limits(n: Annotated[str, QueryParameter(ge=1)]) -> Ok[str]: ...
async def _with_two(
    a: Annotated[int, QueryParameter(name="n")], b: Annotated[int, QueryParameter(name="n")]
) -> Ok[int]: ...
async def _bare() -> Colour: ...
async def _with_unknown(n) -> Ok[int]: ...  # type: ignore[no-untyped-def]
async def _with_slash(n: int, /) -> Ok[int]: ...
def _no_coroutine() -> Ok[int]: ...


@pytest.mark.parametrize(
    ("declare", "function", "fault"),
    [
        (get("/x", guards=[anyone()]), _no_coroutine, "is no coroutine function (async def)"),
        (get("/x", guards=[anyone()]), _bare, "answers neither Ok, Created, Page, Response, Stream nor None"),
        (get("/x", guards=[anyone()]), _with_unknown, "does not say of which type n is"),
        (get("/x", guards=[anyone()]), _with_slash, "is called with keywords: write neither `/` nor `*`"),
        (get("/x", guards=[anyone()]), _with_default, "has limits as the default of n: write Annotated"),
        (get("/x", guards=[anyone()], status_code=204), _with_text, "cannot answer 204"),
        (post("/x", guards=[anyone()], status_code=999), _plain, "cannot answer 999"),
    ],
)
def test_a_function_that_cannot_answer_is_no_handler(declare: Any, function: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        declare(function)


@pytest.mark.parametrize(
    ("route", "fault"),
    [
        (get("/x/{n:str}", guards=[anyone()])(_with_int), "n is str in the path, and int in the handler"),
        (get("/x/{n:int}", guards=[anyone()])(_with_text), "n is int in the path, and str in the handler"),
        (get("/x/{m:int}", guards=[anyone()])(_with_int), "_with_int does not take m"),
        (get("/x", guards=[anyone()])(_with_limits), "n cannot be read: "),
        (get("/x", guards=[anyone()])(_with_two), "two parameters are called n"),
        (
            get("/x", guards=[anyone()], response_cache=Cached(("x",), 1))(_with_header),
            "its answers are cached for everybody, so they cannot depend on a header",
        ),
        (post("/x", guards=[anyone()])(_upload), "a body with a file is a form: add form=…"),
        (
            post("/x", guards=[anyone()], form=Empty)(_upload),
            "its form is neither the type of data nor derived",
        ),
    ],
)
def test_a_declaration_that_promises_too_much_does_not_start(route: Any, fault: str) -> None:
    assert fault in refusal(route)


def test_two_parameters_at_one_place_do_not_start() -> None:
    routes = [
        get("/x/{n:int}", guards=[anyone()])(_with_int),
        get("/x/{n:str}", guards=[anyone()])(_with_text),
    ]
    with pytest.raises(ValueError, match=r"GET /x/\{n:str\} is there twice: .*_with_int and .*_with_text"):
        dataclasses.replace(PRODUCT, slices=[Slice(name="refused", routes=routes)])


def test_a_cache_that_keeps_nothing_is_none() -> None:
    for tags, seconds in (((), 60), (("things",), 0), (("things",), -1)):
        with pytest.raises(ValueError, match="at least one tag and a time"):
            Cached(tags, seconds)


def test_every_kind_of_parameter_is_described() -> None:
    async def show(
        colour: Colour = Colour.RED,
        colours: list[Colour] | None = None,
        number: float = 1.5,
        numbers: list[int] | None = None,
    ) -> Ok[int]:
        """Show it."""
        return Ok(1)

    product = dataclasses.replace(
        PRODUCT, slices=[Slice(name="kinds", routes=[get("/kinds", guards=[anyone()])(show)])]
    )
    described = describe_product(product)["paths"]["/kinds"]["get"]["parameters"]
    assert {one["name"]: one["schema"] for one in described} == {
        "colour": {"type": "string", "enum": ["blue", "red"], "default": "red", "description": "A colour."},
        "colours": {
            "type": "array",
            "items": {"type": "string", "enum": ["blue", "red"], "description": "A colour."},
        },
        "number": {"type": "number", "default": 1.5},
        "numbers": {"type": "array", "items": {"type": "integer"}},
    }


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
        with pytest.raises(
            ValueError, match=f"{method} /x: .*show has data, and a {method} request has no body"
        ):
            declare("/x", guards=[anyone()])(show)
