"""Every route and every role, compared with the reviewed file `permissions.txt`; a route that is not in it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.kernel.testing import Permissions
from colonnade.products.radio.product import PRODUCT

ROLES = ("visitor", "penyiar", "editor", "admin")
# Chat guests bring a token of their own.
REVIEWED = Permissions(
    PRODUCT,
    Path(__file__).with_name("permissions.txt"),
    guests={"listener"},
)


def test_the_roles_are_the_reviewed_ones():
    assert set(REVIEWED.roles) == set(ROLES)


def test_every_route_is_reviewed_and_every_line_is_a_route():
    assert REVIEWED.complaints() == []


def test_administrators_have_every_permission():
    assert REVIEWED.ungranted() == []


@pytest.mark.parametrize("role", ROLES)
async def test_each_route_answers_each_role_as_reviewed(radio, role):
    async def client_of(name):
        radio.forget_limits()
        return await radio.http(name)

    assert await REVIEWED.wrong_answers(role, client_of) == []


async def test_no_write_ignores_if_match(radio):
    assert await REVIEWED.ignored_conditions(await radio.http("admin")) == []


async def test_no_cache_keeps_what_somebody_signed_in_reads(radio):
    assert await REVIEWED.storable(await radio.http("admin")) == ["/.well-known/jwks.json"]


async def test_rights_over_others_take_a_recent_proof(radio):
    async def client_of():
        await radio.begin()
        radio.forget_limits()
        return await radio.http("admin"), radio.accounts["admin"], radio.accounts["editor"]

    changing = await REVIEWED.changes_of_rights(radio.services.db, client_of, minutes=9)
    assert changing == dict.fromkeys(
        [
            "POST /staff",
            "PATCH /staff/{account_id:int}",
            "DELETE /staff/{account_id:int}/second-factors",
            "PUT /roles/{name:str}/accounts/{account_id:int}",
        ]
    )
    old = await REVIEWED.changes_of_rights(radio.services.db, client_of, minutes=11)
    assert changing.keys() <= old.keys()
    assert set(old.values()) == {"STEP_UP_REQUIRED"}
