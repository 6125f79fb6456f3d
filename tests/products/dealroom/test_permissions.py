"""Every route and every role, compared with the reviewed file `permissions.txt`; a route that is not in it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import Permissions
from colonnade.products.dealroom.product import PRODUCT

ROLES = ("visitor", "user", "admin")
REVIEWED = Permissions(
    PRODUCT,
    Path(__file__).with_name("permissions.txt"),
    guests={"link"},
)


def test_the_roles_are_the_reviewed_ones() -> None:
    assert set(REVIEWED.roles) == set(ROLES)


def test_every_route_is_reviewed_and_every_line_is_a_route() -> None:
    assert REVIEWED.complaints() == []


def test_administrators_have_every_permission() -> None:
    assert REVIEWED.ungranted() == []


@pytest.mark.parametrize("role", ROLES)
async def test_each_route_answers_each_role_as_reviewed(room: Any, role: str) -> None:
    async def client_of(name: str | None) -> httpx.AsyncClient:
        room.forget_limits()
        return await room.http(None if name is None else room.accounts["melati" if name == "user" else name])

    assert await REVIEWED.wrong_answers(role, client_of) == []


async def test_no_write_ignores_if_match(room: Any) -> None:
    assert await REVIEWED.ignored_conditions(await room.http(room.accounts["admin"])) == []


async def test_no_cache_keeps_what_somebody_signed_in_reads(room: Any) -> None:
    assert await REVIEWED.storable(room.admin) == []


async def test_rights_over_others_take_a_recent_proof(room: Any) -> None:
    async def client_of() -> tuple[httpx.AsyncClient, int, int]:
        await room.begin()
        room.forget_limits()
        return room.admin, room.accounts["admin"], room.accounts["budi"]

    changing = await REVIEWED.changes_of_rights(room.services.db, client_of, minutes=9)
    assert changing == dict.fromkeys(
        [
            "PATCH /api/v1/users/{user_id:int}",
            "PUT /api/v1/users/{user_id:int}",
            "DELETE /api/v1/users/{user_id:int}",
            "POST /api/v1/users/{account_id:int}/suspension",
            "DELETE /api/v1/users/{account_id:int}/second-factors",
        ]
    )
    old = await REVIEWED.changes_of_rights(room.services.db, client_of, minutes=11)
    assert changing.keys() <= old.keys()
    assert set(old.values()) == {"STEP_UP_REQUIRED"}
