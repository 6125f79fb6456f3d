"""Roles made at run time: what they open, and that nobody escalates with them."""

from __future__ import annotations

import asyncio

NIGHT = {"name": "night-editor", "title": "Night editor", "permissions": ["articles:create", "songs:read"]}


def _refusal(answer):
    return answer.status_code, answer.json()["error"]["code"]


async def _give(radio, account_id, role):
    admin = await radio.http("admin")
    answer = await admin.put(f"/roles/{role['name']}/accounts/{account_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_role_opens_what_it_names(radio):
    admin, penyiar = await radio.http("admin"), await radio.http("penyiar")
    made = await admin.post("/roles", json=NIGHT)
    assert (made.status_code, made.json()["data"]["permissions"]) == (201, ["articles:create", "songs:read"])
    given = await _give(radio, 3, NIGHT)
    assert (given["id"], given["role"]) == (3, "night-editor")
    assert (await penyiar.get("/auth/me")).status_code == 401  # signed out: another role begins anew
    penyiar = await radio.http("penyiar")
    me = (await penyiar.get("/auth/me")).json()["data"]
    assert (me["role"], me["permissions"]) == ("night-editor", ["articles:create", "songs:read"])
    article = {"title": "Malam ini", "content": "<p>Isi.</p>"}
    assert (await penyiar.post("/articles", json=article)).status_code == 201
    assert (await penyiar.get("/services/song_request")).status_code == 200
    assert _refusal(await penyiar.get("/membership/registrations")) == (403, "FORBIDDEN")
    # What is taken from the role is taken at once.
    narrowed = await admin.patch("/roles/night-editor", json={"permissions": ["songs:read"]})
    assert narrowed.status_code == 200
    assert _refusal(await penyiar.post("/articles", json={**article, "title": "Lagi"})) == (403, "FORBIDDEN")
    listed = (await admin.get("/roles")).json()["data"]
    assert {role["name"]: role["accounts"] for role in listed["roles"]} == {
        "admin": 1, "editor": 1, "penyiar": 0, "night-editor": 1
    }  # fmt: skip
    assert _refusal(await admin.delete("/roles/night-editor")) == (409, "ROLE_IN_USE")


async def test_who_manages_staff_does_not_make_administrators(radio):
    admin = await radio.http("admin")
    office = {"name": "office", "title": "Office", "permissions": ["staff:manage"]}
    assert (await admin.post("/roles", json=office)).status_code == 201
    await _give(radio, 3, office)
    clerk = await radio.http("penyiar")
    new = {"email": "baru@test.id", "name": "Orang Baru", "password": "kata-sandi-baru-77"}
    assert _refusal(await clerk.post("/staff", json={**new, "role": "admin"})) == (403, "PERMISSION_NOT_HELD")
    assert _refusal(await clerk.post("/staff", json={**new, "role": "editor"})) == (
        403,
        "PERMISSION_NOT_HELD",
    )
    assert _refusal(await clerk.patch("/staff/3", json={"role": "admin"})) == (403, "PERMISSION_NOT_HELD")
    assert _refusal(await clerk.patch("/staff/1", json={"is_active": False})) == (403, "FORBIDDEN")
    assert _refusal(await clerk.patch("/staff/2", json={"role": "penyiar"})) == (403, "FORBIDDEN")
    assert (await clerk.patch("/staff/3", json={"name": "Juru Tulis"})).status_code == 200
    rows = await radio.services.db.fetch("SELECT role, is_active FROM accounts ORDER BY id")
    assert [tuple(row) for row in rows] == [("admin", True), ("editor", True), ("office", True)]


async def test_an_administrator_is_left_whoever_gives_the_roles(radio):
    admin = await radio.http("admin")
    permissions = (await admin.get("/auth/me")).json()["data"]["permissions"]
    everything = {"name": "everything", "title": "Everything", "permissions": permissions}
    assert (await admin.post("/roles", json=everything)).status_code == 201
    await _give(radio, 3, everything)
    deputy = await radio.http("penyiar")
    assert _refusal(await deputy.put("/roles/editor/accounts/1")) == (409, "LAST_ADMIN")
    assert _refusal(await deputy.patch("/staff/1", json={"role": "editor"})) == (409, "LAST_ADMIN")
    assert await radio.services.db.fetch_value("SELECT role FROM accounts WHERE id = 1") == "admin"
    await radio.services.db.execute("UPDATE accounts SET role = 'admin' WHERE id = 2")
    assert (await deputy.put("/roles/editor/accounts/1")).status_code == 200


async def test_of_two_administrators_who_demote_each_other_one_stays(radio):
    db = radio.services.db
    for _ in range(4):
        await db.execute("UPDATE accounts SET role = 'admin', is_active = true")
        first, second = await radio.http(1), await radio.http(2)
        answers = await asyncio.gather(
            first.patch("/staff/2", json={"role": "editor"}),
            second.patch("/staff/1", json={"role": "editor"}),
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes[0] == 200
        assert codes[1] in (401, 403)
        roles = [row["role"] for row in await db.fetch("SELECT role FROM accounts WHERE id < 3 ORDER BY id")]
        assert sorted(roles) == ["admin", "editor"]
