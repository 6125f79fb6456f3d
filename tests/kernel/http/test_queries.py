"""Query parameters, offset pages and keyset cursors."""

from __future__ import annotations

import base64

import pytest


async def test_pages(lab):
    await lab.add(*(f"thing {number}" for number in range(5)))
    client = await lab.http()
    answer = (await client.get("/things?limit=2&page=2")).json()
    assert [thing["name"] for thing in answer["data"]] == ["thing 2", "thing 3"]
    assert answer["pagination"] == {
        "page": 2, "limit": 2, "total": 5, "totalPages": 3, "hasNext": True, "hasPrev": True
    }  # fmt: skip
    assert set(answer) == {"success", "data", "pagination"}
    last = (await client.get("/things?limit=2&page=3")).json()["pagination"]
    assert (last["hasNext"], last["hasPrev"]) == (False, True)


async def test_a_page_beyond_the_end_is_empty(lab):
    await lab.add("one")
    client = await lab.http()
    for page in (2, 1_000_000):
        answer = await client.get(f"/things?page={page}")
        assert answer.status_code == 200
        assert answer.json()["data"] == []
        assert answer.json()["pagination"] == {
            "page": page, "limit": 10, "total": 1, "totalPages": 1, "hasNext": False, "hasPrev": True
        }  # fmt: skip


async def test_an_empty_list(lab):
    answer = (await (await lab.http()).get("/things")).json()
    assert answer["pagination"] == {
        "page": 1, "limit": 10, "total": 0, "totalPages": 0, "hasNext": False, "hasPrev": False
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("page=0", "page", "Page must be at least 1"),
        ("page=-1", "page", "Page must be at least 1"),
        ("page=1000001", "page", "Page must be at most 1000000"),
        ("page=99999999999999999999999", "page", "Page must be at most 1000000"),
        ("page=abc", "page", "Page must be a whole number"),
        ("page=1.5", "page", "Page must be a whole number"),
        ("limit=51", "limit", "Limit must be at most 50"),
        ("limit=0", "limit", "Limit must be at least 1"),
        ("kind=blue", "kind", "Kind must be red or green"),
        ("sortBy=secret", "sortBy", "Sort by must be id or name"),
        ("search=" + "x" * 21, "search", "Search must be at most 20 characters"),
    ],
)
async def test_unknown_values_are_422(lab, failure, query, field, message):
    error = failure(await (await lab.http()).get(f"/things?{query}"), 422, "VALIDATION_ERROR")
    assert error["details"] == {field: message}
    assert error["field"] == field


async def test_null_is_a_word_and_nothing_else(lab, failure):
    await lab.add("null", "one")
    client = await lab.http()
    for query in ("kind=null", "kind=NULL", "page=1&kind=null"):
        error = failure(await client.get(f"/things?{query}"), 422, "VALIDATION_ERROR")
        assert set(error["details"]) == {"kind"}
    assert [thing["name"] for thing in (await client.get("/things?search=null")).json()["data"]] == ["null"]


async def test_every_parameter_at_fault_is_named(lab, failure):
    answer = await (await lab.http()).get("/things?page=0&limit=x&kind=blue&sortBy=no")
    assert set(failure(answer, 422, "VALIDATION_ERROR")["details"]) == {"page", "limit", "kind", "sortBy"}


async def test_what_is_missing_is_named_with_what_is_wrong(lab, failure):
    client = await lab.http()
    error = failure(await client.get("/needs?secondDay=tomorrow"), 422, "VALIDATION_ERROR")
    assert error["details"] == {
        "first": "First is required",
        "secondDay": "Second day must be a date (YYYY-MM-DD), such as 2026-12-25",
    }
    error = failure(await client.get("/needs"), 422, "VALIDATION_ERROR")
    assert error["details"] == {"first": "First is required", "secondDay": "Second day is required"}


async def test_a_repeated_parameter_is_a_list_or_the_last_one(lab, failure):
    client = await lab.http()
    query = "first=1&first=2&secondDay=2026-12-25&numbers=3&numbers=4"
    assert (await client.get(f"/needs?{query}")).json()["data"] == [2, "2026-12-25", [3, 4]]
    error = failure(await client.get(f"/needs?{query}&numbers=x"), 422, "VALIDATION_ERROR")
    assert error["details"] == {"numbers": "Numbers must be a whole number"}


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-25",
        "%202026-12-25+",
        "%EF%BC%92%EF%BC%90%EF%BC%92%EF%BC%96-12-25",
        "2026%E2%88%9212%E2%88%9225",
    ],
)
async def test_a_day_is_read_as_people_write_it(lab, written):
    answer = await (await lab.http()).get(f"/needs?first=1&secondDay={written}")
    assert answer.json()["data"] == [1, "2026-12-25", None]


async def test_names_and_values_are_percent_decoded(lab):
    client = await lab.http()
    answer = await client.get("/needs?f%69rst=%31&second%44ay=2026%2D12%2D25")
    assert answer.json()["data"] == [1, "2026-12-25", None]


async def test_empty_parameters_count_as_absent(lab):
    await lab.add("one", "two")
    client = await lab.http()
    answer = await client.get("/things?page=&limit=&kind=&search=&sortBy=")
    assert answer.status_code == 200
    assert answer.content == (await client.get("/things")).content
    answer = await client.get("/things?page=&limit=1&search=")
    assert answer.json()["pagination"]["limit"] == 1


async def test_a_value_that_ends_in_an_equals_sign_is_not_empty(lab):
    await lab.add("a=", "b", "1+1=")
    client = await lab.http()
    assert [thing["name"] for thing in (await client.get("/things?search=a=")).json()["data"]] == ["a="]
    answer = await client.get("/things?kind=&search=a=&page=")
    assert [thing["name"] for thing in answer.json()["data"]] == ["a="]


async def test_the_limits_themselves_are_allowed(lab):
    client = await lab.http()
    assert (await client.get("/things?limit=50")).status_code == 200
    assert (await client.get("/things?search=" + "x" * 20)).status_code == 200


async def test_keyset_pages(lab):
    await lab.add("one", "two", "three")
    client = await lab.http()
    first = (await client.get("/feed")).json()
    assert [thing["name"] for thing in first["data"]] == ["one", "two"]
    second = (await client.get("/feed", params={"cursor": first["nextCursor"]})).json()
    assert [thing["name"] for thing in second["data"]] == ["three"]
    assert second["nextCursor"] is None


def _cursor(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", "a" * 5000, "é", _cursor(b"[]"), _cursor(b"[1,2]"), _cursor(b'["1"]'), _cursor(b"{}"), _cursor(b"1"),
     _cursor(b"[1"), _cursor(b"[null]"), _cursor(b"\xff"), _cursor(b"[1.5]"), _cursor(b"[99999999999999999999]"),
     _cursor(b"[true]")],
)  # fmt: skip
async def test_a_cursor_we_did_not_make_is_422(lab, failure, cursor):
    answer = await (await lab.http()).get("/feed", params={"cursor": cursor})
    error = failure(answer, 422, "VALIDATION_ERROR")
    if "cursor" in error.get("details", {}):
        assert error["details"] == {"cursor": "Cursor is not one that this list gave out"}
