"""Pages of the list of sessions: requested by number, never beyond the limit."""

from __future__ import annotations

from typing import Any

import pytest

SESSIONS = "/api/v1/sessions"


async def test_a_page_is_counted_and_the_whole_list_is_not(room: Any) -> None:
    sessions = [await room.session(title=f"Sesi {number}") for number in range(3)]
    whole = (await room.melati.get(SESSIONS)).json()
    assert [item["id"] for item in whole["data"]] == sessions[::-1]
    assert set(whole) == {"status", "results", "data"}
    page = (await room.melati.get(f"{SESSIONS}?page=2&limit=2")).json()
    assert [item["id"] for item in page["data"]] == [sessions[0]]
    assert page["pagination"] == {
        "page": 2,
        "limit": 2,
        "total": 3,
        "totalPages": 2,
        "hasNext": False,
        "hasPrev": True,
    }


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("page=0", {"page": "Page must be at least 1"}),
        ("page=-5", {"page": "Page must be at least 1"}),
        ("page=1000001", {"page": "Page must be at most 1000000"}),
        ("limit=0", {"limit": "Limit must be at least 1"}),
        ("limit=51", {"limit": "Limit must be at most 50"}),
        ("cursor=*&limit=-1", {"limit": "Limit must be at least 1"}),
    ],
)
async def test_pages_that_cannot_be(room: Any, query: str, errors: dict[str, str]) -> None:
    answer = await room.melati.get(f"{SESSIONS}?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["errors"] == errors
