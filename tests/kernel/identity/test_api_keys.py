"""API keys over HTTP: created once, scoped, never more than their owner, rotated without a gap, revoked at once."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid

import pytest

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.testing import Refused, count_statements


async def make(device, *scopes, **more):
    """Create a key of that device's owner; return it as in the answer."""
    answer = await device.http.post("/auth/keys", json={"name": "Robot", "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def robot(site, key):
    return site.client(authorization=f"Bearer {key}")


def no_key(answer):
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    assert answer.headers["www-authenticate"] == "Bearer"
    return True


async def test_a_key_is_shown_once_and_kept_as_a_hash(site):
    device = await site.sign_in("manager")
    made = await make(device, "notes:write", "notes:read", "notes:read")
    assert set(made) == {
        "id", "name", "prefix", "scopes", "createdAt", "rotatedAt", "expiresAt", "lastUsedAt", "key",
    }  # fmt: skip
    match = re.fullmatch(r"(ck_[0-9a-f]{16})_([a-z2-7]{52})", made["key"])
    assert match
    assert made["prefix"] == match[1]
    assert made["scopes"] == ["notes:read", "notes:write"]
    (listed,) = (await device.http.get("/auth/keys")).json()["data"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    row = await site.db.fetch_row("SELECT secret_hash, k::text AS whole FROM api_keys k")
    assert row["secret_hash"] == hashlib.sha256(match[2].encode()).digest()
    assert match[2] not in row["whole"]
    life = await site.db.fetch_value("SELECT expires_at - created_at FROM api_keys")
    assert life.days == 90


async def test_a_key_is_good_wherever_a_bearer_is_within_its_scopes(site):
    manager = await site.sign_in("manager")
    made = await make(manager, "notes:read")
    client = robot(site, made["key"])
    await site.services.audit.settle()
    with count_statements(site.db) as statements:
        answer = await client.get("/notes")
        await site.services.authenticator.settle()
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert statements.count == 2
    assert (await client.get("/whoami")).json()["data"] == {
        "id": site.people["manager"],
        "role": "manager",
        "permissions": ["notes:read"],
    }
    refused = await client.post("/notes")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (await client.get("/notes")).json()["data"] == []
    socket = await site.socket(made["key"])
    assert socket.sid


async def test_a_key_never_has_more_than_its_owner_at_that_moment(site):
    manager = await site.sign_in("manager")
    client = robot(site, (await make(manager, "notes:read", "notes:write"))["key"])
    assert (await client.post("/notes")).status_code == 200
    await site.db.execute("UPDATE accounts SET role = 'member' WHERE id = $1", site.people["manager"])
    assert (await client.post("/notes")).status_code == 403
    assert (await client.get("/notes")).status_code == 200
    await site.db.execute("UPDATE accounts SET role = 'nobody' WHERE id = $1", site.people["manager"])
    assert (await client.get("/notes")).status_code == 403
    await site.db.execute("UPDATE accounts SET role = 'admin' WHERE id = $1", site.people["manager"])
    assert (await client.get("/accounts")).status_code == 403
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = $1", site.people["manager"])
    assert no_key(await client.get("/notes"))


async def test_nobody_gives_what_they_do_not_have(site):
    member = await site.sign_in("member")
    answer = await member.http.post(
        "/auth/keys", json={"name": "Robot", "scopes": ["notes:read", "notes:write"]}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SCOPE_NOT_HELD")
    assert answer.json()["error"]["details"] == {"scopes": ["notes:write"]}
    answer = await member.http.post("/auth/keys", json={"name": "Robot", "scopes": ["notes:burn"]})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"scopes": "There is no permission called notes:burn"}
    assert await site.db.fetch_value("SELECT count(*) FROM api_keys") == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["notes:read"]}, "name"),
        ({"name": "", "scopes": ["notes:read"]}, "name"),
        ({"name": "x" * 101, "scopes": ["notes:read"]}, "name"),
        ({"name": "Robot", "scopes": []}, "scopes"),
        ({"name": "Robot"}, "scopes"),
        ({"name": "Robot", "scopes": ["notes:read"], "expiresInDays": 0}, "expiresInDays"),
        ({"name": "Robot", "scopes": ["notes:read"], "expiresInDays": 366}, "expiresInDays"),
    ],
)
async def test_bad_input_is_422(site, body, field):
    device = await site.sign_in("member")
    answer = await device.http.post("/auth/keys", json=body)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["details"]) == [field]
    assert await site.db.fetch_value("SELECT count(*) FROM api_keys") == 0


async def test_a_key_does_nothing_about_the_account(site):
    """A key for reading notes must not become a key for everything, nor end or list its owner's sessions."""
    admin = await site.sign_in("admin")
    made = await make(admin, "notes:read", "notes:write", "accounts:manage")
    client = robot(site, made["key"])
    session = await site.session_of(admin)
    for method, path, body in [
        ("GET", "/auth/keys", None),
        ("POST", "/auth/keys", {"name": "More", "scopes": ["accounts:manage"]}),
        ("POST", f"/auth/keys/{made['id']}/rotate", {}),
        ("DELETE", f"/auth/keys/{made['id']}", None),
        ("GET", "/auth/sessions", None),
        ("DELETE", "/auth/sessions", None),
        ("DELETE", f"/auth/sessions/{session}", None),
        ("POST", "/auth/logout", None),
        ("GET", "/me", None),
    ]:
        answer = await client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SESSION_REQUIRED"), path
    assert (await client.get("/notes")).status_code == 200
    assert (await admin.http.get("/me")).status_code == 200
    assert await site.db.fetch_value("SELECT count(*) FROM api_keys") == 1


async def test_an_expired_key_opens_nothing(site):
    device = await site.sign_in("member")
    client = robot(site, (await make(device, "notes:read", expiresInDays=1))["key"])
    await site.db.execute("UPDATE api_keys SET expires_at = expires_at - interval '23 hours 59 minutes'")
    assert (await client.get("/notes")).status_code == 200
    await site.db.execute("UPDATE api_keys SET expires_at = expires_at - interval '1 minute'")
    assert no_key(await client.get("/notes"))


async def test_a_revoked_key_opens_nothing_and_its_sockets_close(site):
    device = await site.sign_in("member")
    made, other = await make(device, "notes:read"), await make(device, "notes:read")
    client = robot(site, made["key"])
    socket, staying = await site.socket(made["key"]), await site.socket(other["key"])
    answer = await device.http.delete(f"/auth/keys/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert no_key(await client.get("/notes"))
    async with asyncio.timeout(5):
        await socket.until_closed()
    assert staying.closed is None
    with pytest.raises(Refused):
        await site.socket(made["key"])
    listed = (await device.http.get("/auth/keys")).json()["data"]
    assert [key["id"] for key in listed] == [other["id"]]
    assert (await device.http.delete(f"/auth/keys/{made['id']}")).status_code == 404
    assert (await device.http.get("/me")).status_code == 200


async def test_keys_belong_to_their_owner(site):
    member, manager = await site.sign_in("member"), await site.sign_in("manager")
    made = await make(manager, "notes:read")
    assert (await member.http.get("/auth/keys")).json()["data"] == []
    assert (await member.http.delete(f"/auth/keys/{made['id']}")).status_code == 404
    assert (await member.http.post(f"/auth/keys/{made['id']}/rotate", json={})).status_code == 404
    assert (await member.http.delete(f"/auth/keys/{uuid.uuid4()}")).status_code == 404
    assert (await robot(site, made["key"]).get("/notes")).status_code == 200


async def test_rotation_replaces_the_secret_at_once(site):
    device = await site.sign_in("member")
    made = await make(device, "notes:read")
    answer = await device.http.post(f"/auth/keys/{made['id']}/rotate", json={})
    assert answer.status_code == 200
    new = answer.json()["data"]
    assert new["prefix"] == made["prefix"]
    assert new["key"] != made["key"]
    assert no_key(await robot(site, made["key"]).get("/notes"))
    assert (await robot(site, new["key"]).get("/notes")).status_code == 200


async def test_rotation_with_an_overlap_leaves_both_open_until_it_ends(site):
    device = await site.sign_in("member")
    made = await make(device, "notes:read")
    answer = await device.http.post(f"/auth/keys/{made['id']}/rotate", json={"overlapSeconds": 3600})
    new = answer.json()["data"]
    for key in (made["key"], new["key"]):
        assert (await robot(site, key).get("/notes")).status_code == 200
    await site.db.execute("UPDATE api_keys SET previous_until = previous_until - interval '1 hour'")
    assert no_key(await robot(site, made["key"]).get("/notes"))
    assert (await robot(site, new["key"]).get("/notes")).status_code == 200
    too_long = await device.http.post(f"/auth/keys/{made['id']}/rotate", json={"overlapSeconds": 86_401})
    assert too_long.status_code == 422


async def test_of_parallel_rotations_every_answer_that_says_yes_is_true(site):
    device = await site.sign_in("member")
    made = await make(device, "notes:read")
    clients = [site.client(authorization=f"Bearer {device.access_token}") for _ in range(6)]
    answers = await asyncio.gather(
        *(client.post(f"/auth/keys/{made['id']}/rotate", json={}) for client in clients)
    )
    good = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert len(good) >= 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    newest = max(good, key=lambda key: key["rotatedAt"])
    assert (await robot(site, newest["key"]).get("/notes")).status_code == 200


async def test_twenty_keys_and_no_more_even_at_once(site):
    device = await site.sign_in("member")
    for _ in range(18):
        await make(device, "notes:read")
    clients = [site.client(authorization=f"Bearer {device.access_token}") for _ in range(5)]
    body = {"name": "Robot", "scopes": ["notes:read"]}
    answers = await asyncio.gather(*(client.post("/auth/keys", json=body) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "TOO_MANY_API_KEYS"
    }
    assert await site.db.fetch_value("SELECT count(*) FROM api_keys") == 20


async def test_last_use_is_noted_once_a_minute(site):
    device = await site.sign_in("member")
    made = await make(device, "notes:read")
    client = robot(site, made["key"])

    async def used():
        await client.get("/notes")
        await site.services.authenticator.settle()
        return await site.db.fetch_value("SELECT last_used_at FROM api_keys")

    first = await used()
    assert first is not None
    assert await used() == first
    await site.db.execute("UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
    assert await used() > first


@pytest.mark.parametrize("change", ["secret", "prefix", "short", "long", "case", "bare", "mark", "unknown"])
async def test_what_is_no_key_is_refused(site, change):
    device = await site.sign_in("member")
    key = (await make(device, "notes:read"))["key"]
    prefix, _, secret = key.rpartition("_")
    wrong = {
        "secret": f"{prefix}_{'a' * 52}",
        "prefix": f"ck_{'0' * 16}_{secret}",
        "short": key[:-1],
        "long": key + "a",
        "case": f"{prefix}_{secret.upper()}",
        "bare": prefix,
        "mark": "ck_",
        "unknown": f"ck_{'x' * 500}",
    }[change]
    assert no_key(await robot(site, wrong).get("/notes"))
    assert no_key(await robot(site, wrong).get("/whoami"))
    assert await site.db.fetch_value("SELECT last_used_at FROM api_keys") is None


async def test_everything_about_keys_is_audited_without_their_secrets(site):
    device = await site.sign_in("member")
    made = await make(device, "notes:read")
    new = (await device.http.post(f"/auth/keys/{made['id']}/rotate", json={})).json()["data"]
    await device.http.delete(f"/auth/keys/{made['id']}")
    await link_entries(site.db)
    entries = await list_entries(site.db, AuditFilters(target_kind="api-key", target_id=made["id"]), limit=10)
    assert [entry.action for entry in entries] == ["api-key.revoked", "api-key.rotated", "api-key.created"]
    assert {(entry.actor.kind, entry.actor.id, entry.address) for entry in entries} == {
        ("account", str(site.people["member"]), "127.0.0.1")
    }
    assert entries[2].after["scopes"] == ["notes:read"]
    for key in (made["key"], new["key"]):
        assert key.rpartition("_")[2] not in str(entries)


async def test_a_key_counts_as_itself_and_an_unknown_one_as_nobody_known(site):
    def left(answer):
        return int(answer.headers["ratelimit"].partition(";r=")[2].partition(";")[0])

    device = await site.sign_in()
    key = robot(site, (await make(device, "notes:read"))["key"])
    unknown = site.client(authorization="Bearer ck_0011223344556677_" + "a" * 52)
    visitor = site.client()
    await key.get("/notes")  # until now nobody knows whose it is
    before = left(await device.http.get("/me"))
    first = left(await key.get("/notes"))
    assert (left(await key.get("/notes")), left(await device.http.get("/me"))) == (first - 1, before - 1)
    of_visitors = left(await visitor.get("/whoami"))
    wrong = await unknown.get("/notes")
    assert (wrong.status_code, left(await unknown.get("/notes"))) == (401, left(wrong) - 1)
    assert left(await visitor.get("/whoami")) == of_visitors - 1
    assert left(await key.get("/notes")) == first - 2
