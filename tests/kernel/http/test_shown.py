"""Updates that send back what GET shows: nothing runs, and only those who may read are compared."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from colonnade.kernel.core.texts import Reading
from colonnade.kernel.http import (
    Ok,
    QueryParameter,
    allows,
    anyone,
    get,
    patch,
    recently_verified,
    signed_in,
)
from colonnade.kernel.http.shown import Shown


async def _shown(lab: Any) -> tuple[Any, str, dict[str, Any]]:
    (thing,) = await lab.add("First")
    writer = await lab.http("admin")
    path = f"/strict/{thing}"
    answer = await writer.get(path)
    lab.gate.runs = 0
    return writer, path, answer.json()["data"]


async def test_the_whole_object_is_answered_as_by_get(lab: Any) -> None:
    writer, path, shown = await _shown(lab)
    read = await writer.get(path)
    for body in (shown, dict(reversed(shown.items()))):
        answer = await writer.patch(path, json=body)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": shown})
        assert answer.headers["etag"] == read.headers["etag"]
    assert (await writer.get(path)).json()["data"] == shown


@pytest.mark.parametrize(
    ("header", "status"), [('"v1"', 200), ("*", 200), ('"v2"', 412), ("nonsense", 412), ('"v1", "v7"', 412)]
)
async def test_it_must_be_based_on_the_present_version(lab: Any, header: str, status: int) -> None:
    writer, path, shown = await _shown(lab)
    answer = await writer.patch(path, json=shown, headers={"If-Match": header})
    assert answer.status_code == status
    assert (await writer.get(path)).json()["data"] == shown


async def test_fields_of_the_server_pass_where_they_are_equal(lab: Any) -> None:
    writer, path, shown = await _shown(lab)
    changed = (await writer.patch(path, json=shown | {"name": "Second"})).json()["data"]
    assert changed == shown | {"name": "Second", "version": 2}
    changed = (await writer.patch(path, json={"id": shown["id"], "name": "Third"})).json()["data"]
    assert (changed["name"], changed["version"]) == ("Third", 3)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"version": 2}, {"version"}),
        ({"version": True}, {"version"}),
        ({"version": "1"}, {"version"}),
        ({"count": None}, {"count"}),
        ({"name": "x"}, {"name"}),
        ({"other": 1}, {"other"}),
        ({"id": 77, "count": 5, "name": 3}, {"id", "count", "name"}),
    ],
)
async def test_where_they_differ_they_are_refused_as_ever(lab: Any, more: Any, wrong: set[str]) -> None:
    writer, path, shown = await _shown(lab)
    for body in (shown | more, more):
        answer = await writer.patch(path, json=body)
        assert (answer.status_code, set(answer.json()["error"]["details"])) == (422, wrong)
    assert (await writer.get(path)).json()["data"] == shown


async def test_who_may_not_read_learns_nothing(lab: Any) -> None:
    _, path, shown = await _shown(lab)
    reader = await lab.http("reader")
    assert (await reader.get(path)).status_code == 403
    for body in (shown, shown | {"version": 2}):
        answer = await reader.patch(path, json=body)
        assert (answer.status_code, set(answer.json()["error"]["details"])) == (
            422,
            {"id", "count", "version"},
        )
    assert lab.gate.runs == 0
    assert await lab.names() == ["First"]


async def test_an_ordinary_change_reads_nothing_else(lab: Any) -> None:
    writer, path, _ = await _shown(lab)
    assert (await writer.patch(path, json={"name": "Second"})).json()["data"]["version"] == 2
    assert lab.gate.runs == 0


async def test_what_is_not_there_is_refused_like_anything(lab: Any) -> None:
    writer, _, shown = await _shown(lab)
    answer = await writer.patch("/strict/999999", json=shown)
    assert (answer.status_code, set(answer.json()["error"]["details"])) == (422, {"id", "count", "version"})
    for body in ([], "text", 5):
        answer = await writer.patch("/strict/999999", json=body)
        assert answer.status_code == 422


async def test_what_an_update_demands_is_given_to_it_as_well(lab: Any) -> None:
    (thing,) = await lab.add("First")
    writer = await lab.http("admin")
    shown = (await writer.get(f"/things/{thing}")).json()["data"]
    answer = await writer.put(f"/things/{thing}", json=shown | {"count": 7})
    assert (answer.status_code, answer.json()["data"]["version"]) == (200, shown["version"] + 1)


class Thing(msgspec.Struct):
    """A thing."""

    id: int


class Change(msgspec.Struct):
    """A change of one."""

    id: int | None = None


@patch("/things/{thing_id:int}", guards=[anyone()])
async def change_thing(thing_id: int, data: Change) -> Ok[Thing]:
    """Change it."""
    return Ok(Thing(thing_id))


@get("/things/{thing_id:int}", guards=[signed_in()])
async def show_thing(thing_id: int) -> Ok[Thing]:
    """Show it."""
    return Ok(Thing(thing_id))


@get("/things/{thing_id:int}", guards=[allows("things:read"), recently_verified()])
async def show_after_login(thing_id: int) -> Ok[Thing]:
    """Show it to whom has just signed in."""
    return Ok(Thing(thing_id))


@get("/things/{thing_id:int}", guards=[anyone()])
async def show_of_day(thing_id: int, day: Annotated[int, QueryParameter(description="Which.")]) -> Ok[Thing]:
    """Show it as it was on a day."""
    return Ok(Thing(thing_id))


@get("/things/{thing_id:int}", guards=[anyone()])
async def list_things(thing_id: int) -> Ok[list[Thing]]:
    """List its parts."""
    return Ok([Thing(thing_id)])


@pytest.mark.parametrize(
    ("read", "compared"),
    [
        (show_thing, True),
        (show_after_login, False),
        (show_of_day, False),
        (list_things, False),
        (None, False),
    ],
)
def test_reads_that_ask_for_more_than_the_caller_are_not_compared(read: Any, compared: bool) -> None:
    assert (Shown.beside(change_thing, read, Reading()) is not None) == compared
