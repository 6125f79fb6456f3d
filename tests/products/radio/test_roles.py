"""Roles made at run time: what they open, and that nobody climbs by them."""

from __future__ import annotations

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
