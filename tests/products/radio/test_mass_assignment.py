"""Radio's routes about accounts, given every column of the table: only what a route is for changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from colonnade.kernel.testing import PASSWORD

EVIL_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
GRABBED: dict[str, Any] = {
    "integer": 1,
    "text": "admin",
    "boolean": True,
    "uuid": "00000000-0000-4000-8000-000000000001",
    "timestamp with time zone": "2001-02-03T04:05:06Z",
}


async def stuffed(radio: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Return `body` with a value for every other column of accounts, in snake and camel case."""
    rows = await radio.services.db.fetch(
        "SELECT column_name AS name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = 'accounts' AND is_generated = 'NEVER'"
    )
    columns = {row["name"]: GRABBED[row["data_type"]] for row in rows}
    assert {"id", "role", "is_active", "password_hash", "suspended_at", "email_verified_at"} <= columns.keys()
    camel = {re.sub(r"_(\w)", lambda match: match[1].upper(), name): value for name, value in columns.items()}
    own = set(body) | {"name", "email", "role", "is_active"}
    more = {name: value for name, value in {**columns, **camel}.items() if name not in own}
    return {**more, "user": columns, "account": columns, "permissions": ["staff:manage"], **body}


async def accounts(radio: Any) -> dict[int, dict[str, Any]]:
    rows = await radio.services.db.fetch("SELECT * FROM accounts ORDER BY id")
    # What is searched is derived from the others.
    return {row["id"]: {key: row[key] for key in row.keys() if key != "search"} for row in rows}  # noqa: SIM118


def changed(before: dict[int, Any], after: dict[int, Any]) -> dict[int, set[str]]:
    for row in after.values():
        assert EVIL_TIME not in row.values()
    different = {
        account_id: {name for name in row if row[name] != before[account_id][name]}
        for account_id, row in after.items()
        if account_id in before
    }
    return {account_id: names for account_id, names in different.items() if names}


@pytest.mark.parametrize("more", [{}, {"role": "admin"}, {"role": "admin", "is_active": True}])
async def test_ones_own_profile(radio: Any, more: dict[str, Any]) -> None:
    editor = await radio.http("editor")
    before = await accounts(radio)
    answer = await editor.put("/auth/me", json={**await stuffed(radio, {"name": "Rina Baru"}), **more})
    assert answer.status_code == 200
    after = await accounts(radio)
    assert changed(before, after) == {2: {"name", "updated_at"}}
    assert (after[2]["name"], after[2]["role"]) == ("Rina Baru", "editor")


async def test_login(radio: Any) -> None:
    visitor = await radio.http()
    before = await accounts(radio)
    body = await stuffed(radio, {"email": "penyiar@test.id", "password": PASSWORD})
    answer = await visitor.post("/auth/login", json={**body, "role": "admin", "is_active": True})
    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["role"] == "penyiar"
    assert changed(before, await accounts(radio)) == {3: {"last_login_at"}}


async def test_new_staff_have_what_the_form_has(radio: Any) -> None:
    admin = await radio.http("admin")
    before = await accounts(radio)
    new = {"email": "baru@test.id", "name": "Orang Baru", "password": "kata-sandi-baru-77", "role": "penyiar"}
    answer = await admin.post("/staff", json={**await stuffed(radio, new), "is_active": False})
    assert answer.status_code == 201
    after = await accounts(radio)
    assert changed(before, after) == {}
    made = after[max(after)]
    assert max(after) == 4
    assert made["password_hash"].startswith("$argon2id$")
    assert str(made["uid"]) != GRABBED["uuid"]
    kept = (
        "id",
        "uid",
        "email",
        "name",
        "role",
        "password_hash",
        "is_active",
        "signed_up",
        "created_at",
        "updated_at",
    )
    assert {name: value for name, value in made.items() if name not in kept and value is not None} == {}
    assert (made["email"], made["name"], made["role"], made["is_active"]) == (
        "baru@test.id", "Orang Baru", "penyiar", True,
    )  # fmt: skip


async def test_what_an_admin_may_change(radio: Any) -> None:
    admin = await radio.http("admin")
    before = await accounts(radio)
    body = await stuffed(radio, {"role": "penyiar"})
    answer = await admin.patch("/staff/2", json={**body, "email": "grabbed@test.id"})
    assert answer.status_code == 200
    assert changed(before, await accounts(radio)) == {2: {"role", "updated_at"}}
