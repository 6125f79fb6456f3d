"""Staff administration through HTTP: for admins, and never without one."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.access import VerificationNeeded
from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails
from colonnade.kernel.testing import count_statements

PASSWORD = "kata-sandi-baru-77"
NEW = {"email": "baru@test.id", "name": "Orang Baru", "password": PASSWORD, "role": "penyiar"}
FIELDS = {"id", "name", "email", "role", "is_active", "last_login_at", "created_at", "updated_at"}


async def _rows(radio):
    rows = await radio.services.db.fetch("SELECT email, name, role, is_active FROM accounts ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_new_account_can_sign_in(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    made = await admin.post("/staff", json=NEW)
    assert made.status_code == 201
    assert made.json()["message"] == "Staff account created"
    account = made.json()["data"]
    assert set(account) >= FIELDS
    assert "password" not in made.text
    assert (account["email"], account["name"], account["role"], account["is_active"], account["last_login_at"]) == (
        "baru@test.id", "Orang Baru", "penyiar", True, None
    )  # fmt: skip
    assert (await admin.get(f"/staff/{account['id']}")).json()["data"] == account
    login = await visitor.post("/auth/login", json={"email": "baru@test.id", "password": PASSWORD})
    assert login.json()["data"]["user"]["role"] == "penyiar"
    assert (await admin.get(f"/staff/{account['id']}")).json()["data"]["last_login_at"] is not None


async def test_editor_is_the_default_role(radio):
    admin = await radio.http("admin")
    made = await admin.post("/staff", json={**NEW, "role": ""})
    assert made.json()["data"]["role"] == "editor"


async def test_a_long_password_of_any_script_works(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    for number, password in enumerate(
        (
            "密码 yang sangat panjang " + "".join(map(chr, range(0x4E00, 0x4E50))),
            "😀 kunci rumah kita 😇 hijau",
            " spasi di depan dan belakang ",
        )
    ):
        email = f"orang{number}@test.id"
        assert (
            await admin.post("/staff", json={**NEW, "email": email, "password": password})
        ).status_code == 201
        login = {"email": email, "password": password}
        assert (await visitor.post("/auth/login", json=login)).status_code == 200


async def test_a_taken_email_is_409(radio):
    admin = await radio.http("admin")
    before = await _rows(radio)
    for email in ("editor@test.id", "EDITOR@TEST.ID"):
        taken = await admin.post("/staff", json={**NEW, "email": email})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "EMAIL_TAKEN")
        assert taken.json()["error"]["field"] == "email"
    assert await _rows(radio) == before


async def test_one_email_many_at_once(radio):
    admin = await radio.http("admin")
    answers = await asyncio.gather(*(admin.post("/staff", json=NEW) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await _rows(radio)) == 4


@pytest.mark.parametrize(
    ("changes", "fields"),
    [({"email": "x"}, {"email"}), ({"name": "x"}, {"name"}), ({"name": "x" * 256}, {"name"}),
     ({"role": "raja"}, {"role"}), ({"password": "1234567"}, {"password"}), ({"password": "x" * 1025}, {"password"}),
     ({"email": None}, {"email"}), ({"email": "a@b.id\nc"}, {"email"}),
     ({"role": 5, "name": 5, "email": 5, "password": 5}, {"role", "name", "email", "password"})],
)  # fmt: skip
async def test_bad_input(radio, changes, fields):
    before = await _rows(radio)
    answer = await (await radio.http("admin")).post("/staff", json={**NEW, **changes})
    assert answer.status_code == 422
    assert set(answer.json()["error"]["details"]) == fields
    assert await _rows(radio) == before


async def test_the_list(radio):
    admin = await radio.http("admin")
    for number in range(5):
        await radio.add_account(f"a{number}@test.id", f"Nama {number}", "penyiar")
    await admin.get("/staff")
    with count_statements(radio.services.db) as statements:
        answer = await admin.get("/staff?limit=3&page=2")
    assert statements.count == 3  # the session as well
    assert [account["email"] for account in answer.json()["data"]] == [
        "a0@test.id",
        "a1@test.id",
        "a2@test.id",
    ]
    assert answer.json()["pagination"] == {
        "page": 2, "limit": 3, "total": 8, "totalPages": 3, "hasNext": True, "hasPrev": True
    }  # fmt: skip
    assert "password" not in answer.text
    assert (await admin.get("/staff?page=99")).json()["data"] == []
    for query in ("page=0", "limit=51", "limit=x"):
        assert (await admin.get(f"/staff?{query}")).status_code == 422


async def test_changes(radio):
    admin = await radio.http("admin")
    penyiar = radio.staff["penyiar"]
    changed = await admin.patch(f"/staff/{penyiar}", json={"name": "Yohanes S.", "role": "editor"})
    assert (changed.status_code, changed.json()["message"]) == (200, "Staff account updated")
    assert (changed.json()["data"]["name"], changed.json()["data"]["role"]) == ("Yohanes S.", "editor")
    assert (await admin.patch(f"/staff/{penyiar}", json={})).json()["data"]["role"] == "editor"
    unchanged = await admin.patch(f"/staff/{penyiar}", json={"email": "lain@test.id", "password": "x" * 9})
    assert unchanged.json()["data"]["email"] == "penyiar@test.id"
    for values in ({"role": "raja"}, {"is_active": "ya"}, {"name": "x"}, {"is_active": None}):
        wrong = await admin.patch(f"/staff/{penyiar}", json=values)
        assert wrong.status_code == 422
        assert set(wrong.json()["error"]["details"]) == set(values)
    for value in ("99", "0", "-1", "abc", "2147483648"):
        assert (await admin.patch(f"/staff/{value}", json={"name": "Siapa"})).status_code == 404
        assert (await admin.get(f"/staff/{value}")).status_code == 404


async def test_the_last_admin_stays(radio):
    admin = await radio.http("admin")
    before = await _rows(radio)
    for values in (
        {"role": "editor"},
        {"is_active": False},
        {"role": "penyiar", "is_active": False, "name": "Lain"},
    ):
        refused = await admin.patch(f"/staff/{radio.staff['admin']}", json=values)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LAST_ADMIN")
        assert await _rows(radio) == before
    assert (await admin.get("/auth/me")).status_code == 200
    assert (
        await admin.patch(f"/staff/{radio.staff['admin']}", json={"name": "Ibu Maria"})
    ).status_code == 200


async def test_new_rights_need_a_recent_proof(radio):
    admin = await radio.http("admin")
    penyiar = radio.staff["penyiar"]
    await radio.services.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    before = await _rows(radio)
    for answer in (
        await admin.post("/staff", json=NEW),
        await admin.patch(f"/staff/{penyiar}", json={"role": "admin"}),
        await admin.patch(f"/staff/{penyiar}", json={"is_active": True}),
        await admin.patch(f"/staff/{penyiar}", json={"is_active": False}),
        await admin.patch(f"/staff/{penyiar}", json={"name": "Bukan Saya"}),
        await admin.put(f"/roles/editor/accounts/{penyiar}"),
        await admin.delete(f"/staff/{penyiar}/second-factors"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert await _rows(radio) == before
    await radio.work()
    assert await list_dev_mails(radio.services.db, limit=10) == []
    assert (await admin.post("/auth/step-up", json={"password": radio.password})).status_code == 200
    assert (await admin.post("/staff", json=NEW)).status_code == 201
    assert (await admin.patch(f"/staff/{penyiar}", json={"is_active": False})).status_code == 200


async def test_an_open_session_gets_at_no_account_below_the_guards_either(radio):
    admin = await radio.http("admin")
    token = admin.headers["authorization"].partition(" ")[2]
    services = radio.services
    caller = await services.authenticator.authenticate(token)
    await services.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    before = await _rows(radio)
    new = {"email": "baru@test.id", "name": "Baru", "role": "penyiar", "password_hash": None}
    changes = (
        lambda tx: services.accounts.create(tx, caller, **new),
        lambda tx: services.accounts.change(tx, caller, radio.staff["penyiar"], email="dicuri@test.id"),
        lambda tx: services.accounts.change(tx, caller, radio.staff["admin"], role="admin"),
        lambda tx: services.accounts.suspend(tx, caller, radio.staff["penyiar"], "Alasan"),
        lambda tx: services.accounts.erase(tx, radio.staff["penyiar"], caller=caller),
    )
    for change in changes:
        with pytest.raises(VerificationNeeded):
            async with services.db.transaction(caller) as tx:
                await change(tx)
    assert await _rows(radio) == before


async def test_people_are_told_what_an_administrator_changes(radio):
    admin = await radio.http("admin")
    penyiar = radio.staff["penyiar"]
    for change, said in (
        ({"name": "Yohanes S."}, None),
        ({"role": "penyiar"}, None),
        ({"role": "editor"}, "mengubah peran akun Anda"),
        ({"is_active": False}, "menonaktifkan akun Anda"),
        ({"is_active": True}, "mengaktifkan kembali akun Anda"),
    ):
        db = radio.services.db
        await db.execute("TRUNCATE dev_mailbox")
        assert (await admin.patch(f"/staff/{penyiar}", json=change)).status_code == 200
        await radio.work()
        mails = [await fetch_dev_mail(db, mail.id) for mail in await list_dev_mails(db, limit=10)]
        assert ["penyiar@test.id" in mail.recipient and str(said) in mail.text for mail in mails] == (
            [True] if said else []
        )


async def test_an_inactive_admin_does_not_count(radio):
    admin = await radio.http("admin")
    other = await radio.add_account("admin2@test.id", "Admin Dua", "admin")
    assert (await admin.patch(f"/staff/{other}", json={"is_active": False})).status_code == 200
    refused = await admin.patch(f"/staff/{radio.staff['admin']}", json={"role": "editor"})
    assert refused.json()["error"]["code"] == "LAST_ADMIN"
    assert (await admin.patch(f"/staff/{other}", json={"is_active": True})).status_code == 200
    assert (await admin.patch(f"/staff/{radio.staff['admin']}", json={"role": "editor"})).status_code == 200


@pytest.mark.parametrize("values", [{"role": "editor"}, {"is_active": False}])
async def test_two_admins_demote_each_other_at_once(radio, values):
    for _ in range(5):
        await radio.begin()
        other = await radio.add_account("admin2@test.id", "Admin Dua", "admin")
        first, second = await radio.http("admin"), await radio.http(other)
        answers = await asyncio.gather(
            first.patch(f"/staff/{other}", json=values),
            second.patch(f"/staff/{radio.staff['admin']}", json=values),
        )
        assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 403], [200, 409])
        admins = [row for row in await _rows(radio) if row[2] == "admin" and row[3]]
        assert len(admins) == 1


async def test_many_admins_step_down_at_once(radio):
    others = [await radio.add_account(f"admin{n}@test.id", f"Admin {n}", "admin") for n in range(4)]
    clients = {radio.staff["admin"]: await radio.http("admin"), **{n: await radio.http(n) for n in others}}
    answers = await asyncio.gather(
        *(client.patch(f"/staff/{account}", json={"role": "editor"}) for account, client in clients.items())
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 409]
    assert sum(row[2] == "admin" for row in await _rows(radio)) == 1


async def test_only_admins(radio):
    before = await _rows(radio)
    for role, status in ((None, 401), ("editor", 403), ("penyiar", 403)):
        client = await radio.http(role)
        for answer in (
            await client.get("/staff"), await client.get("/staff/1"), await client.post("/staff", json=NEW),
            await client.patch(f"/staff/{radio.staff.get(role, 1)}", json={"role": "admin"}),
        ):  # fmt: skip
            assert answer.status_code == status
    assert await _rows(radio) == before


async def test_what_admins_do_to_staff_is_in_the_audit_log(radio):
    admin = await radio.http("admin")
    account = (await admin.post("/staff", json=NEW)).json()["data"]
    answer = await admin.patch(f"/staff/{account['id']}", json={"name": "Nama Lain", "role": "editor"})
    await link_entries(radio.services.db)
    entries = await list_entries(radio.services.db, AuditFilters(target_kind="account"), limit=3)
    updated, renamed, created = entries
    assert (created.action, created.target.id, created.after) == ("account.created", "4", {"role": "penyiar"})
    assert (renamed.action, renamed.before, renamed.after) == ("account.renamed", None, None)
    assert (updated.action, updated.target.id, updated.actor.id, updated.actor.role) == (
        "account.role-changed", "4", "1", "admin"
    )  # fmt: skip
    assert (updated.before, updated.after) == ({"role": "penyiar"}, {"role": "editor"})
    assert (updated.address, updated.request_id) == ("127.0.0.1", answer.headers["x-request-id"])
