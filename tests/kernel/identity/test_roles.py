"""Roles made at run time: effective at once, on every process, and never more than their administrator has."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD
from tests.kernel.identity.test_mfa import age_sessions

from colonnade.app.compose import RunningProduct, open_services
from colonnade.kernel.access import Policy
from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.core import Forbidden
from colonnade.kernel.testing import NO_TLS, LiveServer, count_statements

EDITOR = {"name": "night-editor", "title": "Night editor", "permissions": ["notes:read", "notes:write"]}


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def roles_of(db: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.fetch("SELECT * FROM access_roles ORDER BY name")]


async def last_entries(site: Any, count: int) -> list[Any]:
    await link_entries(site.db)
    return await list_entries(site.db, AuditFilters(), limit=count)


async def give(admin: Any, role: str, account_id: int) -> None:
    answer = await admin.http.put(f"/roles/{role}/accounts/{account_id}")
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def admin(site: Any) -> Any:
    return await site.sign_in("admin")


async def test_a_role_is_made_listed_changed_and_deleted(site: Any, admin: Any) -> None:
    answer = await admin.http.post(
        "/roles", json={**EDITOR, "permissions": ["notes:write", "notes:read", "notes:read"]}
    )
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert {name: made[name] for name in ("name", "title", "permissions", "builtIn", "accounts", "version")} == {
        **EDITOR, "builtIn": False, "accounts": 0, "version": 1,
    }  # fmt: skip
    await site.services.audit.settle()
    with count_statements(site.db) as statements:
        listed = (await admin.http.get("/roles")).json()["data"]
    assert statements.count == 3  # who asks, accounts by role, roles
    assert [(role["name"], role["builtIn"], role["accounts"]) for role in listed["roles"]] == [
        ("member", True, 1), ("manager", True, 1), ("admin", True, 1), ("night-editor", False, 0),
    ]  # fmt: skip
    assert listed["permissions"][0] == {"name": "notes:read", "description": "read the club's notes"}
    answer = await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:read"]})
    assert (answer.status_code, answer.json()["data"]["permissions"], answer.json()["data"]["version"]) == (
        200, ["notes:read"], 2,
    )  # fmt: skip
    assert (await admin.http.get("/roles/night-editor")).json()["data"]["title"] == "Night editor"
    assert (await admin.http.get("/roles/member")).json()["data"]["builtIn"] is True
    assert (await admin.http.delete("/roles/night-editor")).status_code == 204
    assert error_of(await admin.http.get("/roles/night-editor")) == (404, "ROLE_UNKNOWN")
    deleted, changed, created = await last_entries(site, 3)
    assert [entry.action for entry in (created, changed, deleted)] == [
        "role.created",
        "role.changed",
        "role.deleted",
    ]
    assert (changed.before, changed.after) == (
        {"permissions": ["notes:read", "notes:write"]},
        {"permissions": ["notes:read"]},
    )
    assert (changed.actor.id, changed.actor.role, changed.address) == ("3", "admin", "127.0.0.1")
    assert (changed.target.kind, changed.target.id) == ("role", "night-editor")


async def test_a_change_holds_for_the_next_request(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    device = await site.sign_in("member")
    me = (await device.http.get("/me")).json()["data"]
    assert me == {"id": 1, "role": "night-editor", "permissions": ["notes:read", "notes:write"]}
    assert (await device.http.post("/notes")).status_code == 200
    await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:read"]})
    assert error_of(await device.http.post("/notes")) == (403, "FORBIDDEN")
    assert (await device.http.get("/notes")).json()["data"] == ["note 1"]
    await admin.http.patch("/roles/night-editor", json={"permissions": []})
    assert error_of(await device.http.get("/notes")) == (403, "FORBIDDEN")
    await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:write"]})
    assert (await device.http.post("/notes")).status_code == 200


async def test_a_change_holds_at_once_on_another_process(site: Any, admin: Any) -> None:
    services = open_services(site.services.product, site.services.settings, site.db.dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    device = await site.sign_in("member")
    async with (
        LiveServer(running) as server,
        httpx.AsyncClient(base_url=server.url, headers=device.http.headers, verify=NO_TLS) as other,
    ):
        assert (await other.post("/notes")).status_code == 200
        await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:read"]})
        assert (await other.post("/notes")).status_code == 403
    await running.stop(grace_seconds=1)


async def test_sockets_of_those_who_have_the_role_reconnect(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    device, other = await site.sign_in("member"), await site.sign_in("manager")
    theirs, others = await site.socket(device.access_token), await site.socket(other.access_token)
    await admin.http.patch("/roles/night-editor", json={"title": "Editor at night"})
    await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:read"]})
    await theirs.until_closed()
    assert theirs.of("error") == [{"message": "You have been disconnected.", "code": "SESSION_ENDED"}]
    assert others.closed is None
    # The session goes on: the socket may come back, with what its caller may do now.
    again = await site.socket(device.access_token)
    assert again.closed is None


async def test_an_api_key_has_no_more_than_the_role_has_now(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    device = await site.sign_in("member")
    answer = await device.http.post(
        "/auth/keys", json={"name": "build", "scopes": ["notes:read", "notes:write"]}
    )
    key = site.client(authorization=f"Bearer {answer.json()['data']['key']}")
    assert (await key.post("/notes")).status_code == 200
    await admin.http.patch("/roles/night-editor", json={"permissions": ["notes:read"]})
    assert error_of(await key.post("/notes")) == (403, "FORBIDDEN")
    assert (await key.get("/notes")).status_code == 200


async def test_another_role_ends_the_sessions_and_the_same_one_does_not(site: Any, admin: Any) -> None:
    device = await site.sign_in("member")
    await give(admin, "member", site.people["member"])
    assert (await device.http.get("/me")).status_code == 200
    await give(admin, "manager", site.people["member"])
    assert error_of(await device.http.get("/me")) == (401, "UNAUTHORIZED")
    assert (await (await site.sign_in("member")).http.get("/me")).json()["data"]["role"] == "manager"
    entry, *_ = [each for each in await last_entries(site, 3) if each.action == "account.role-changed"]
    assert (entry.before, entry.after, entry.target.id) == ({"role": "member"}, {"role": "manager"}, "1")
    (mail,) = await site.mails("member@club.example")
    assert "mengubah peran akun Anda" in mail.text


@pytest.mark.parametrize("who", ["member", "manager", None])
async def test_only_those_with_the_permission(site: Any, admin: Any, who: str | None) -> None:
    await admin.http.post("/roles", json=EDITOR)
    before = await roles_of(site.db)
    http = (await site.sign_in(who)).http if who else site.client()
    expected = (403, "FORBIDDEN") if who else (401, "UNAUTHORIZED")
    assert error_of(await http.get("/roles")) == expected
    assert error_of(await http.post("/roles", json={**EDITOR, "name": "other"})) == expected
    assert error_of(await http.get("/roles/night-editor")) == expected
    assert error_of(await http.patch("/roles/night-editor", json={"title": "x"})) == expected
    assert error_of(await http.delete("/roles/night-editor")) == expected
    assert error_of(await http.put("/roles/admin/accounts/1")) == expected
    assert await roles_of(site.db) == before
    assert await site.db.fetch_value("SELECT role FROM accounts WHERE id = 1") == "member"


async def test_nobody_gives_or_takes_what_they_do_not_have(site: Any, admin: Any) -> None:
    """A deputy may manage roles and read notes, and nothing else."""
    await admin.http.post(
        "/roles", json={"name": "deputy", "title": "Deputy", "permissions": ["roles:manage", "notes:read"]}
    )
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "deputy", site.people["manager"])
    deputy = (await site.sign_in("manager")).http
    before = await roles_of(site.db)
    refused = (403, "PERMISSION_NOT_HELD")
    answer = await deputy.post(
        "/roles", json={"name": "mine", "title": "Mine", "permissions": ["audit:read", "notes:read"]}
    )
    assert error_of(answer) == refused
    assert answer.json()["error"]["details"] == {"permissions": ["audit:read"]}
    assert error_of(await deputy.patch("/roles/night-editor", json={"permissions": []})) == refused
    assert error_of(await deputy.delete("/roles/night-editor")) == refused
    assert error_of(await deputy.patch("/roles/deputy", json={"permissions": ["notes:write"]})) == (
        403,
        "OWN_ROLE",
    )
    assert error_of(await deputy.put("/roles/admin/accounts/1")) == refused
    assert error_of(await deputy.put("/roles/night-editor/accounts/1")) == refused
    assert (
        error_of(await deputy.put("/roles/member/accounts/3")) == refused
    )  # admin can do more than a deputy
    assert error_of(await deputy.put("/roles/admin/accounts/2")) == (403, "OWN_ROLE")
    assert await roles_of(site.db) == before
    assert await site.db.fetch("SELECT id, role FROM accounts ORDER BY id") == [
        (1, "member"),
        (2, "deputy"),
        (3, "admin"),
    ]
    answer = await deputy.post(
        "/roles", json={"name": "reader", "title": "Reader", "permissions": ["notes:read"]}
    )
    assert answer.status_code == 201
    assert (await deputy.put("/roles/reader/accounts/1")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "admin"}, 409, "ROLE_TAKEN"),
        ({"name": "night-editor"}, 409, "ROLE_TAKEN"),
        ({"name": "Night"}, 422, "VALIDATION_ERROR"),
        ({"name": "a b"}, 422, "VALIDATION_ERROR"),
        ({"name": "1a"}, 422, "VALIDATION_ERROR"),
        ({"name": "a\nb"}, 422, "VALIDATION_ERROR"),
        ({"name": "a" * 49}, 422, "VALIDATION_ERROR"),
        ({"name": ""}, 422, "VALIDATION_ERROR"),
        ({"title": "x" * 101}, 422, "VALIDATION_ERROR"),
        ({"permissions": ["notes:burn"]}, 422, "VALIDATION_ERROR"),
        ({"permissions": ["notes:*"]}, 422, "VALIDATION_ERROR"),
        ({"permissions": "notes:read"}, 422, "VALIDATION_ERROR"),
        ({"permissions": None}, 422, "VALIDATION_ERROR"),
    ],
)  # fmt: skip
async def test_what_is_no_role(site: Any, admin: Any, change: dict[str, Any], status: int, code: str) -> None:
    await admin.http.post("/roles", json=EDITOR)
    before = await roles_of(site.db)
    answer = await admin.http.post("/roles", json={**EDITOR, "name": "other", **change})
    assert error_of(answer) == (status, code)
    assert await roles_of(site.db) == before


async def test_new_rights_need_a_recent_proof(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    before = await roles_of(site.db)
    await age_sessions(site)
    for answer in (
        await admin.http.patch("/roles/night-editor", json={"permissions": ["audit:read"]}),
        await admin.http.put("/roles/admin/accounts/1"),
    ):
        assert error_of(answer) == (403, "STEP_UP_REQUIRED")
    assert await roles_of(site.db) == before
    assert await site.db.fetch_value("SELECT role FROM accounts WHERE id = 1") == "member"
    # A new role gives nobody anything, and one that nobody has takes nothing away.
    assert (await admin.http.post("/roles", json={**EDITOR, "name": "other"})).status_code == 201
    assert (await admin.http.delete("/roles/other")).status_code == 204


async def test_rights_that_are_gone_give_oneself_nothing(site: Any, admin: Any) -> None:
    wardens = {
        "name": "warden",
        "title": "Warden",
        "permissions": ["accounts:manage", "notes:read", "notes:write"],
    }
    await admin.http.post("/roles", json=wardens)
    await give(admin, "warden", 2)
    warden = await site.sign_in("manager")
    caller = await site.services.authenticator.authenticate(warden.access_token)
    narrower = {"permissions": ["notes:read"]}
    assert (await admin.http.patch("/roles/warden", json=narrower)).status_code == 200
    with pytest.raises(Forbidden):
        async with site.db.transaction(caller) as tx:
            await site.services.accounts.lock_account(tx, caller, 2, role="manager")


async def test_names_and_titles_may_be_this_long(site: Any, admin: Any) -> None:
    answer = await admin.http.post("/roles", json={"name": "a" * 48, "title": "x" * 100, "permissions": []})
    assert answer.status_code == 201


async def test_built_in_roles_and_roles_in_use_stay(site: Any, admin: Any) -> None:
    assert error_of(await admin.http.patch("/roles/member", json={"permissions": []})) == (
        409,
        "ROLE_BUILT_IN",
    )
    assert error_of(await admin.http.delete("/roles/member")) == (409, "ROLE_BUILT_IN")
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    assert error_of(await admin.http.delete("/roles/night-editor")) == (409, "ROLE_IN_USE")
    assert error_of(await admin.http.put("/roles/nobody/accounts/1")) == (404, "ROLE_UNKNOWN")
    assert error_of(await admin.http.put("/roles/member/accounts/99")) == (404, "NOT_FOUND")
    assert len(await roles_of(site.db)) == 1


async def test_a_deleted_account_keeps_no_role_in_use(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    await give(admin, "night-editor", site.people["member"])
    editor = await site.sign_in()
    assert (await admin.http.get("/roles/night-editor")).json()["data"]["accounts"] == 1
    left = await editor.http.post("/account/deletion", json={"password": PASSWORD})
    assert left.status_code == 200
    assert (await admin.http.get("/roles/night-editor")).json()["data"]["accounts"] == 0
    listed = (await admin.http.get("/roles")).json()["data"]["roles"]
    counts = {role["name"]: role["accounts"] for role in listed}
    assert counts["night-editor"] == 0
    assert (await admin.http.delete("/roles/night-editor")).status_code == 204
    assert await roles_of(site.db) == []


async def test_a_row_of_that_name_does_not_change_a_built_in_role(site: Any, admin: Any) -> None:
    insert = "INSERT INTO access_roles (name, title, permissions) VALUES ($1, 'x', $2)"
    await site.db.execute(insert, "member", ["notes:write", "accounts:manage"])
    device = await site.sign_in("member")
    assert (await device.http.get("/me")).json()["data"]["permissions"] == ["notes:read"]
    # A permission that the product does not (or no longer) have is not given either.
    await site.db.execute(insert, "old", ["notes:read", "gone:long-ago"])
    await give(admin, "old", site.people["member"])
    device = await site.sign_in("member")
    assert (await device.http.get("/me")).json()["data"]["permissions"] == ["notes:read"]


def test_a_product_that_does_not_want_custom_roles_has_none() -> None:
    policy = Policy({"a:b": ""}, {"one": {"a:b"}})
    assert policy.of("one", ["a:b"]) == {"a:b"}
    assert policy.of("two", ["a:b"]) == frozenset()
    assert Policy({"a:b": ""}, {}, custom_roles=True).of("two", ["a:b", "c:d"]) == {"a:b"}


async def test_of_two_editors_the_second_is_told(site: Any, admin: Any) -> None:
    await admin.http.post("/roles", json=EDITOR)
    tag = (await admin.http.get("/roles/night-editor")).headers["etag"]
    first, second = await asyncio.gather(
        *(
            admin.http.patch("/roles/night-editor", json={"title": title}, headers={"If-Match": tag})
            for title in ("One", "Two")
        )
    )
    assert sorted((first.status_code, second.status_code)) == [200, 412]
    role = (await admin.http.get("/roles/night-editor")).json()["data"]
    assert (role["version"], role["title"]) == (2, "One" if first.status_code == 200 else "Two")
    assert (await admin.http.delete("/roles/night-editor", headers={"If-Match": tag})).status_code == 412
    assert len(await roles_of(site.db)) == 1
    assert (await admin.http.delete("/roles/night-editor", headers={"If-Match": "2"})).status_code == 204
    assert await roles_of(site.db) == []


async def test_parallel_makers_of_one_name(site: Any, admin: Any) -> None:
    answers = await asyncio.gather(*(admin.http.post("/roles", json=EDITOR) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await roles_of(site.db)) == 1


async def test_a_role_that_is_given_while_it_is_deleted(site: Any, admin: Any) -> None:
    for _ in range(10):
        await admin.http.post("/roles", json=EDITOR)
        given, deleted = await asyncio.gather(
            admin.http.put("/roles/night-editor/accounts/1"), admin.http.delete("/roles/night-editor")
        )
        outcome = (given.status_code, deleted.status_code)
        assert outcome in ((200, 409), (404, 204))
        role = await site.db.fetch_value("SELECT role FROM accounts WHERE id = 1")
        assert (role == "night-editor") == (outcome == (200, 409))
        await give(admin, "member", site.people["member"])
        await admin.http.delete("/roles/night-editor")


async def test_two_admins_who_demote_each_other(site: Any, admin: Any) -> None:
    second_id = await site.add_account("second@club.example", role="admin")
    second = await site.sign_in("second@club.example")
    answers = await asyncio.gather(
        admin.http.put(f"/roles/member/accounts/{second_id}"), second.http.put("/roles/member/accounts/3")
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 401])
    assert await site.db.fetch_value("SELECT count(*) FROM accounts WHERE role = 'admin'") == 1


async def test_no_more_than_a_hundred(site: Any, admin: Any) -> None:
    await site.db.execute(
        "INSERT INTO access_roles (name, title, permissions) SELECT 'r' || n, 'x', '{}' FROM generate_series(1, 99) n"
    )
    assert (await admin.http.post("/roles", json=EDITOR)).status_code == 201
    assert error_of(await admin.http.post("/roles", json={**EDITOR, "name": "more"})) == (
        409,
        "TOO_MANY_ROLES",
    )
    assert len(await roles_of(site.db)) == 100
