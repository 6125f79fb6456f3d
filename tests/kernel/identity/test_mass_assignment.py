"""Mass assignment: a body that names every column of `accounts` changes only what its route is for.

The columns come from the database, so that a new one is tested at once. Each request is one that succeeds; the
additional fields are sent in every spelling, at the top, nested, and in the query string.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import PASSWORD

NEW_PASSWORD = "another-long-password-22"
NEVER = {"id", "uid", "created_at"}
GRABBED: dict[str, Any] = {
    "integer": 3,
    "text": "admin",
    "boolean": False,
    "uuid": "00000000-0000-4000-8000-000000000001",
    "timestamp with time zone": "2001-02-03T04:05:06Z",
}
"""What somebody would want to have there, by the type of the column; never what is there."""
EMAIL = "grabbed@club.example"
TIMES = {"last_login_at", "updated_at"}
"""Times that a login or a change may move by itself; never to where the body wants them."""
EVIL_TIME = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


async def grabbing(db: Any) -> dict[str, Any]:
    """Return every column of accounts with a value for it."""
    rows = await db.fetch(
        """
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'accounts' AND is_generated = 'NEVER'
        ORDER BY ordinal_position
        """
    )
    named = {row["column_name"]: GRABBED[row["data_type"]] for row in rows}
    assert {"id", "email", "role", "is_active", "password_hash", "suspended_at", "deleted_at"} <= named.keys()
    return {**named, "email": EMAIL, "role": "admin", "is_active": True, "signed_up": True}


def spellings(column: str) -> list[str]:
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), column)
    return list(
        dict.fromkeys([column, camel, camel[0].upper() + camel[1:], column.replace("_", "-"), column.upper()])
    )


def stuffed(body: dict[str, Any], grabbed: dict[str, Any]) -> dict[str, Any]:
    """Return `body` with everything else in every spelling, and nested under the usual names."""
    more = {name: value for column, value in grabbed.items() for name in spellings(column)}
    nested = {name: dict(grabbed) for name in ("account", "user", "data", "attributes", "$set", "__proto__")}
    return {**more, **nested, "permissions": ["accounts:manage"], "scopes_": ["*"], **body}


async def accounts(db: Any) -> dict[int, dict[str, Any]]:
    return {row["id"]: dict(row) for row in await db.fetch("SELECT * FROM accounts ORDER BY id")}


def check(before: dict[int, Any], after: dict[int, Any], allowed: dict[int, set[str]]) -> None:
    """Check that only `allowed` columns of each account differ, and that times are the server's own."""
    assert after.keys() == before.keys()
    for account_id, row in after.items():
        changed = {name for name in row if row[name] != before[account_id][name]}
        assert changed <= allowed.get(account_id, set()), (account_id, changed)
        assert EVIL_TIME not in row.values()


CASES = [
    # who, method, path, body, account -> columns that this is allowed to change
    (
        None,
        "POST",
        "/auth/login",
        {"email": "member@club.example", "password": PASSWORD},
        {1: {"last_login_at"}},
    ),
    ("member", "POST", "/auth/refresh", {"refreshToken": "…"}, {}),
    ("member", "POST", "/auth/logout", {}, {}),
    (
        "member",
        "PUT",
        "/auth/password",
        {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
        {1: {"password_hash", "updated_at"}},
    ),
    (None, "POST", "/auth/password/forgot", {"email": "member@club.example"}, {}),
    (None, "POST", "/auth/email/verification", {"email": "member@club.example"}, {}),
    ("member", "POST", "/auth/keys", {"name": "mine", "scopes": ["notes:read"]}, {}),
    ("member", "POST", "/auth/step-up", {"password": PASSWORD}, {}),
    ("member", "POST", "/auth/mfa/totp", {}, {}),
    ("member", "POST", "/account/exports", {}, {}),
    (
        "admin",
        "POST",
        "/accounts/1/suspension",
        {"reason": "spam"},
        {1: {"is_active", "suspended_at", "suspended_reason", "suspended_by", "updated_at"}},
    ),
    ("admin", "POST", "/roles", {"name": "new", "title": "New", "permissions": []}, {}),
    ("admin", "PUT", "/roles/manager/accounts/1", {}, {1: {"role", "updated_at"}}),
]


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "allowed"), CASES, ids=[f"{c[1]} {c[2]}" for c in CASES]
)
async def test_only_what_the_route_is_for(
    site: Any, who: str | None, method: str, path: str, body: dict[str, Any], allowed: dict[int, set[str]]
) -> None:
    device = await site.sign_in(who) if who else None
    http = device.http if device else site.client()
    if "refreshToken" in body:
        body = {"refreshToken": device.refresh_token}
    grabbed = await grabbing(site.db)
    before = await accounts(site.db)
    answer = await http.request(
        method, path, json=stuffed(body, grabbed), params={"role": "admin", "is_active": "true", "id": "3"}
    )
    assert answer.status_code < 300, answer.text
    after = await accounts(site.db)
    check(before, after, allowed)
    for account_id, columns in allowed.items():
        assert any(after[account_id][name] != before[account_id][name] for name in columns)
    if path.startswith("/roles/"):
        assert after[1]["role"] == "manager"
    assert after[1]["email"] == "member@club.example"


async def test_reset_and_confirmation_by_code(site: Any) -> None:
    http, email = site.client(), "member@club.example"
    grabbed = await grabbing(site.db)
    await http.post("/auth/email/verification", json={"email": email})
    before = await accounts(site.db)
    body = {"email": email, "code": await site.code_in_mail(email)}
    answer = await http.post("/auth/email/verification/confirm", json=stuffed(body, grabbed))
    assert answer.status_code < 300, answer.text
    after = await accounts(site.db)
    check(before, after, {1: {"email_verified_at", "updated_at"}})
    assert after[1]["email_verified_at"] is not None
    await site.db.execute("DELETE FROM identity_code_sends")  # the pause between two codes is over
    await http.post("/auth/password/forgot", json={"email": email})
    body = {
        "email": email,
        "code": await site.code_in_mail(email),
        "password": NEW_PASSWORD,
        "newPassword": NEW_PASSWORD,
    }
    answer = await http.post("/auth/password/reset", json=stuffed(body, grabbed))
    assert answer.status_code < 300, answer.text
    reset = await accounts(site.db)
    check(after, reset, {1: {"password_hash", "updated_at"}})
    assert reset[1]["password_hash"] != after[1]["password_hash"]


async def test_the_values_to_grab_are_not_there_already(site: Any) -> None:
    grabbed = await grabbing(site.db)
    row = (await accounts(site.db))[1]
    same = {name for name in grabbed if row[name] == grabbed[name]}
    assert same == {"is_active"}
