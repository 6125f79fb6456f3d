"""Users: one's own account, and administration."""

from __future__ import annotations

import asyncio
from typing import Any

import pyotp

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails
from colonnade.kernel.testing import count_statements, until_waiting

API = "/api/v1"
NEW_PASSWORD = "gerbang-biru-laut-19"


async def test_administrators_list_users_and_others_do_not(room: Any) -> None:
    with count_statements(room.services.db) as statements:
        answer = await room.admin.get(f"{API}/users?limit=2")
    assert statements.count == 3  # who asks, the page, the total
    body = answer.json()
    assert [user["username"] for user in body["data"]] == ["melati", "budi"]
    assert body["results"] == 2
    assert body["pagination"] == {
        "page": 1, "limit": 2, "total": 3, "totalPages": 2, "hasNext": True, "hasPrev": False,
    }  # fmt: skip
    assert (await room.melati.get(f"{API}/users")).status_code == 403
    assert (await room.visitor.get(f"{API}/users")).status_code == 401


async def test_one_sees_and_changes_oneself_only(room: Any) -> None:
    assert (await room.melati.get(f"{API}/users/1")).json()["data"]["email"] == "melati@test.id"
    for answer in (
        await room.melati.get(f"{API}/users/2"),
        await room.melati.patch(f"{API}/users/2", json={"username": "dicuri"}),
        await room.melati.delete(f"{API}/users/2"),
        await room.melati.get(f"{API}/users/99"),
    ):
        assert answer.status_code == 404
    assert (await room.admin.get(f"{API}/users/2")).json()["data"]["username"] == "budi"
    changed = await room.melati.patch(
        f"{API}/users/1", json={"username": "melati.baru", "phoneNumber": "+62 811 7777 666"}
    )
    assert changed.json()["data"]["username"] == "melati.baru"
    assert changed.json()["data"]["phoneNumber"] == "+628117777666"


async def test_unknown_columns_and_roles_are_refused(room: Any) -> None:
    for extra in ("isActive", "id", "passwordHash", "deletedAt", "createdAt"):
        refused = await room.melati.patch(f"{API}/users/1", json={extra: 7})
        assert (refused.status_code, refused.json()["errors"]) == (422, {extra: "There is no such field"})
    refused = await room.melati.patch(f"{API}/users/1", json={"role": "admin"})
    assert refused.status_code == 403
    assert await room.services.db.fetch_value("SELECT role FROM accounts WHERE id = 1") == "user"
    taken = await room.melati.patch(f"{API}/users/1", json={"username": "Budi"})
    assert (taken.status_code, taken.json()["message"]) == (409, "User already exists")


async def test_the_whole_account_is_sent_back(room: Any) -> None:
    rows = "SELECT xmin::text, * FROM accounts ORDER BY id"
    for client, number in ((room.melati, 1), (room.admin, 1), (room.admin, 3)):
        shown = (await client.get(f"{API}/users/{number}")).json()["data"]
        before = await room.services.db.fetch(rows)
        same = await client.patch(f"{API}/users/{number}", json=shown)
        assert (same.status_code, same.json()["data"]) == (200, shown)
        for field in ("email", "role", "username", "phoneNumber"):
            same = await client.patch(f"{API}/users/{number}", json={field: shown[field]})
            assert (same.status_code, same.json()["data"]) == (200, shown), field
        assert await room.services.db.fetch(rows) == before
        renamed = {**shown, "username": f"nama-{number}"}
        changed = (await client.patch(f"{API}/users/{number}", json=renamed)).json()["data"]
        assert {name for name in shown if changed[name] != shown[name]} == {"username", "updatedAt"}
        await client.patch(f"{API}/users/{number}", json={"username": shown["username"]})
    logged = (await room.admin.get(f"{API}/audit?limit=50")).json()["data"]
    newest = [entry for entry in logged if entry["action"] == "user.updated"][:6]
    assert all(entry["before"] for entry in newest)


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(room: Any) -> None:
    other = await room.http(1)
    for body in ({"password": NEW_PASSWORD}, {"password": NEW_PASSWORD, "currentPassword": "salah-sekali"}):
        refused = await room.melati.patch(f"{API}/users/1", json=body)
        assert refused.status_code == 400
    assert (await other.get(f"{API}/users/me")).status_code == 200
    body = {"password": NEW_PASSWORD, "currentPassword": room.password}
    assert (await room.melati.patch(f"{API}/users/1", json=body)).status_code == 200
    assert (await other.get(f"{API}/users/me")).status_code == 401
    assert (await room.melati.get(f"{API}/users/me")).status_code == 200
    login = {"email": "melati@test.id", "password": NEW_PASSWORD}
    assert (await room.visitor.post(f"{API}/auth/login", json=login)).status_code == 200


async def test_another_address_needs_the_password_too(room: Any) -> None:
    refused = await room.melati.patch(f"{API}/users/1", json={"email": "lain@test.id"})
    assert refused.status_code == 400
    body = {"email": "lain@test.id", "currentPassword": room.password}
    assert (await room.melati.patch(f"{API}/users/1", json=body)).json()["data"]["email"] == "lain@test.id"
    await room.work()
    (mail,) = await list_dev_mails(room.services.db, limit=10)
    assert "melati@test.id" in mail.recipient
    # The same mailbox, written otherwise: nobody needs to be told.
    again = {"email": "Lain@test.id", "currentPassword": room.password}
    assert (await room.melati.patch(f"{API}/users/1", json=again)).status_code == 200
    await room.work()
    assert len(await list_dev_mails(room.services.db, limit=10)) == 1


async def test_with_a_second_factor_another_address_needs_a_recent_proof(room: Any) -> None:
    secret = (await room.melati.post(f"{API}/auth/mfa/totp")).json()["data"]["secret"]
    code = pyotp.TOTP(secret).now()
    assert (await room.melati.post(f"{API}/auth/mfa/totp/confirm", json={"code": code})).status_code == 200
    await room.services.db.execute(
        "UPDATE account_sessions SET created_at = now() - interval '11 minutes', verified_at = NULL"
    )
    body = {"email": "lain@test.id", "currentPassword": room.password}
    refused = await room.melati.patch(f"{API}/users/1", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "STEP_UP_REQUIRED")
    email = "SELECT email FROM accounts WHERE id = 1"
    assert await room.services.db.fetch_value(email) == "melati@test.id"


async def test_an_administrator_changes_roles_and_no_passwords(room: Any) -> None:
    assert (await room.admin.patch(f"{API}/users/2", json={"role": "admin"})).json()["data"][
        "role"
    ] == "admin"
    assert (await room.budi.get(f"{API}/users/me")).status_code == 401  # its sessions had another role
    refused = await room.admin.patch(f"{API}/users/1", json={"password": NEW_PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (403, "OWNER_ONLY")


async def test_the_last_administrator_stays(room: Any) -> None:
    for answer in (
        await room.admin.patch(f"{API}/users/3", json={"role": "user"}),
        await room.admin.delete(f"{API}/users/3"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "LAST_ADMIN")
    await room.services.db.execute("UPDATE accounts SET role = 'admin' WHERE id = 2")
    two = (room.admin.delete(f"{API}/users/3"), room.budi.delete(f"{API}/users/2"))
    assert sorted(answer.status_code for answer in await asyncio.gather(*two)) == [204, 409]
    left = "SELECT count(*) FROM accounts WHERE role = 'admin' AND is_active"
    assert await room.services.db.fetch_value(left) == 1


async def test_an_administrator_who_is_one_no_more_changes_nothing(room: Any) -> None:
    await room.services.db.execute("UPDATE accounts SET role = 'admin' WHERE id = 2")
    async with room.services.db.transaction() as tx:
        await tx.execute("UPDATE accounts SET role = 'user' WHERE id = 2")
        requests = [
            asyncio.create_task(request)
            for request in (
                room.budi.patch(f"{API}/users/3", json={"role": "user"}),
                room.budi.patch(f"{API}/users/1", json={"role": "admin"}),
                room.budi.patch(f"{API}/users/1", json={"email": "dicuri@test.id"}),
                room.budi.delete(f"{API}/users/1"),
            )
        ]
        await until_waiting(room.services.db, *requests)
    assert [answer.status_code for answer in await asyncio.gather(*requests)] == [403] * 4
    rows = await room.services.db.fetch("SELECT id, role, email FROM accounts ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (1, "user", "melati@test.id"),
        (2, "user", "budi@test.id"),
        (3, "admin", "admin@test.id"),
    ]


async def test_somebody_elses_address_and_role_need_a_recent_proof(room: Any) -> None:
    await room.services.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    for body in ({"email": "lain@test.id"}, {"role": "admin"}, {"username": "melati2"}):
        refused = await room.admin.patch(f"{API}/users/1", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "STEP_UP_REQUIRED")
    suspended = await room.admin.post(f"{API}/users/1/suspension", json={"reason": "Tanpa bukti"})
    assert (suspended.status_code, suspended.json()["code"]) == (403, "STEP_UP_REQUIRED")
    row = await room.services.db.fetch_row("SELECT email, role, name, is_active FROM accounts WHERE id = 1")
    assert tuple(row) == ("melati@test.id", "user", "melati", True)
    body = {"password": room.password}
    assert (await room.admin.post(f"{API}/auth/step-up", json=body)).status_code == 200
    changed = await room.admin.patch(f"{API}/users/1", json={"email": "lain@test.id"})
    assert changed.json()["data"]["email"] == "lain@test.id"
    await room.work()
    (mail,) = await list_dev_mails(room.services.db, limit=10)
    assert "melati@test.id" in mail.recipient
    text = (await fetch_dev_mail(room.services.db, mail.id)).text
    assert "alamat email akun Anda" in text
    await link_entries(room.services.db)
    entries = await list_entries(
        room.services.db, AuditFilters(request_id=changed.headers["x-request-id"]), limit=9
    )
    (entry,) = [each for each in entries if each.action == "account.email-changed"]
    # Enough to see where the address led; the log, which nobody can change, keeps nobody's for ever.
    assert entry.before == {"address": "m…i at test.id"}
    assert entry.after == {"address": "l…n at test.id"}
    assert (entry.actor.id, entry.target.id) == ("3", "1")


async def test_deleting_oneself_takes_everything_along(room: Any) -> None:
    session = await room.session()
    await room.say(session, "Halo")
    kept = await room.session(room.budi)
    assert (await room.melati.delete(f"{API}/users/1")).status_code == 204
    assert (await room.melati.get(f"{API}/users/me")).status_code == 401
    db = room.services.db
    assert [str(row["id"]) for row in await db.fetch("SELECT id FROM chat_sessions")] == [kept]
    assert await db.fetch_value("SELECT count(*) FROM messages") == 0
    assert await db.fetch_value("SELECT count(*) FROM realtime_events WHERE room LIKE 'chat:%'") == 0
    assert await db.fetch_value("SELECT count(*) FROM profiles WHERE account_id = 1") == 0
    again = {
        "username": "melati",
        "email": "melati@test.id",
        "password": NEW_PASSWORD,
        "phoneNumber": "+628116000101",
    }
    assert (await room.visitor.post(f"{API}/users", json=again)).status_code == 201


async def test_nobody_can_take_the_address_that_a_deleted_account_gets(room: Any) -> None:
    """The addresses are of a domain that no mail has (RFC 2606), which is refused."""
    squatter = {
        "username": "squatter",
        "email": "deleted-1@deleted.invalid",
        "password": NEW_PASSWORD,
        "phoneNumber": "+628116000199",
    }
    refused = await room.visitor.post(f"{API}/users", json=squatter)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["email"])
    assert (await room.melati.delete(f"{API}/users/1")).status_code == 204
    address = await room.services.db.fetch_value("SELECT email FROM accounts WHERE id = 1")
    assert address.startswith("deleted-")
    assert address.endswith("@deleted.invalid")


async def test_deleting_needs_a_fresh_proof(room: Any) -> None:
    await room.services.db.execute("UPDATE account_sessions SET created_at = now() - interval '1 hour'")
    refused = await room.melati.delete(f"{API}/users/1")
    assert (refused.status_code, refused.json()["code"]) == (403, "STEP_UP_REQUIRED")
    step = await room.melati.post(f"{API}/auth/step-up", json={"password": room.password})
    assert step.status_code == 200
    assert (await room.melati.delete(f"{API}/users/1")).status_code == 204


async def test_a_suspended_user_is_out_at_once_and_comes_back(room: Any) -> None:
    path = f"{API}/users/1/suspension"
    assert (await room.budi.post(path, json={"reason": "Balas dendam"})).status_code == 403
    done = await room.admin.post(path, json={"reason": "Pesan massal tanpa izin"})
    assert (done.status_code, done.json()["status"]) == (200, "success")
    assert (await room.melati.get(f"{API}/users/me")).status_code == 401
    login = {"email": "melati@test.id", "password": room.password}
    assert (await room.visitor.post(f"{API}/auth/login", json=login)).status_code == 401
    assert (await room.admin.get(f"{API}/users/1")).json()["data"]["isActive"] is False
    assert (await room.admin.delete(path)).status_code == 204
    assert (await room.visitor.post(f"{API}/auth/login", json=login)).status_code == 200
