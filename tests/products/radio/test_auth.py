"""Signing in and out, one's own profile, and invalid tokens, through HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import time
from datetime import UTC, datetime, timedelta

import bcrypt
import httpx
import jwt
import pytest
from jwt.warnings import InsecureKeyLengthWarning

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails

PASSWORD = "sangat-rahasia-123"
WRONG = {"code": "INVALID_CREDENTIALS", "message": "Invalid email or password"}


@pytest.fixture
async def from_address(radio):
    """Provide `from_address("127.0.0.7")`, a visitor with that address."""
    clients = []

    def open_client(address):
        transport = httpx.AsyncHTTPTransport(local_address=address)
        clients.append(httpx.AsyncClient(base_url=radio.url, transport=transport, timeout=10))
        return clients[-1]

    yield open_client
    for client in clients:
        await client.aclose()


async def _login(client, email="editor@test.id", password=PASSWORD):
    return await client.post("/auth/login", json={"email": email, "password": password})


def _refused(answer):
    error = answer.json()["error"]
    assert answer.status_code == 401
    assert {name: error[name] for name in ("code", "message")} == WRONG
    assert set(error) == {"code", "message", "timestamp", "requestId"}
    return True


async def _sessions(radio):
    return await radio.services.db.fetch_value(
        "SELECT count(*) FROM account_sessions WHERE revoked_at IS NULL"
    )


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def test_demonstration_accounts_sign_in_to_local_visits_only(radio, monkeypatch):
    """Their passwords are public: a development server that others can reach must not open by them."""
    await radio.add_account("admin@elshaddaifm.id", "Maria", "admin")
    visitor = await radio.http()
    for host, headers in (("evil.example", {}), ("localhost", {"X-Forwarded-For": "203.0.113.9"})):
        remote = {"Host": host, **headers}
        for email in ("admin@elshaddaifm.id", "Admin@ElShaddaiFM.id"):
            data = {"email": email, "password": PASSWORD}
            refused = await visitor.post("/auth/login", json=data, headers=remote)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "DEMO_LOGIN_LOCAL_ONLY")
        assert await _sessions(radio) == 0
        own = {"email": "editor@test.id", "password": PASSWORD}
        assert (await visitor.post("/auth/login", json=own, headers=remote)).status_code == 200
        await radio.services.db.execute("TRUNCATE account_sessions CASCADE")
    assert (await _login(visitor, "admin@elshaddaifm.id")).status_code == 200
    # Without demonstration data the address is one like any other.
    monkeypatch.setitem(radio.services.settings.__dict__, "demo", False)
    data = {"email": "admin@elshaddaifm.id", "password": PASSWORD}
    answer = await visitor.post("/auth/login", json=data, headers={"Host": "evil.example"})
    assert answer.status_code == 200


@pytest.mark.parametrize("local", [True, False])
async def test_the_published_passwords_open_nothing_in_production(radio, monkeypatch, local):
    """A database that was used in development may still hold the demonstration accounts."""
    await radio.add_account("admin@elshaddaifm.id", "Maria", "admin")
    published = await radio.services.hasher.hash("admin-elshaddai")
    db = radio.services.db
    await db.execute("UPDATE accounts SET password_hash = $1 WHERE name = 'Maria'", published)
    monkeypatch.setitem(radio.services.settings.__dict__, "app_env", "production")
    visitor = await radio.http()
    headers = {"Host": "localhost" if local else "api.example.org"}
    for email in ("admin@elshaddaifm.id", "Admin@ElShaddaiFM.id"):
        data = {"email": email, "password": "admin-elshaddai"}
        refused = await visitor.post("/auth/login", json=data, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "DEMO_LOGIN_DISABLED")
    assert await _sessions(radio) == 0
    # With a password of its own the account is one like any other.
    own = await db.fetch_value("SELECT password_hash FROM accounts WHERE name <> 'Maria' LIMIT 1")
    await db.execute("UPDATE accounts SET password_hash = $1 WHERE name = 'Maria'", own)
    data = {"email": "admin@elshaddaifm.id", "password": PASSWORD}
    assert (await visitor.post("/auth/login", json=data, headers=headers)).status_code == 200


async def test_the_published_password_is_for_local_visits_without_demonstration_data_too(radio, monkeypatch):
    monkeypatch.setitem(radio.services.settings.__dict__, "demo", False)
    data = {"email": "admin@elshaddaifm.id", "password": "admin-elshaddai"}
    visitor = await radio.http()
    refused = await visitor.post("/auth/login", json=data, headers={"Host": "evil.example"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "DEMO_LOGIN_LOCAL_ONLY")


async def test_login(radio):
    client = await radio.http()
    answer = await _login(client)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["success"], body["message"]) == (True, "Login successful")
    data = body["data"]
    assert data["user"] == {
        "id": radio.staff["editor"], "name": "Rina Editor", "email": "editor@test.id", "role": "editor"
    }  # fmt: skip
    assert data["expiresIn"] == 900
    claims = jwt.decode(data["accessToken"], options={"verify_signature": False})
    assert (claims["sub"], claims["aud"], claims["role"]) == (str(radio.staff["editor"]), "radio", "editor")
    assert claims["exp"] - claims["iat"] == 900
    assert {"iss", "jti", "nbf"} <= set(claims)
    me = await client.get("/auth/me", headers=_bearer(data["accessToken"]))
    assert me.status_code == 200
    profile = me.json()["data"]
    assert {name: profile[name] for name in ("id", "name", "email", "role")} == data["user"]
    assert "articles:create" in profile["permissions"]
    assert "staff:manage" not in profile["permissions"]
    assert profile["last_login_at"] is not None
    assert "password" not in me.text
    assert await _sessions(radio) == 1


@pytest.mark.parametrize("email", ["EDITOR@test.id", "Editor@Test.ID"])
async def test_an_email_has_no_case(radio, email):
    assert (await _login(await radio.http(), email)).status_code == 200


async def test_unknown_wrong_and_deactivated_get_one_answer(radio):
    await radio.services.db.execute("UPDATE accounts SET is_active = false WHERE email = 'penyiar@test.id'")
    client = await radio.http()
    for email, password in (
        ("nobody@test.id", PASSWORD), ("editor@test.id", "salah-sekali"), ("penyiar@test.id", PASSWORD),
        ("editor@test.id", PASSWORD + " "),
    ):  # fmt: skip
        assert _refused(await _login(client, email, password))
    assert await _sessions(radio) == 0


async def test_an_account_without_a_password_cannot_sign_in(radio):
    await radio.services.db.execute("UPDATE accounts SET password_hash = NULL WHERE email = 'editor@test.id'")
    for password in (PASSWORD, "        ", "null-null"):
        assert _refused(await _login(await radio.http(), password=password))


@pytest.mark.parametrize(
    ("values", "fields"),
    [({}, {"email", "password"}), ({"email": "x", "password": "pendek"}, {"email", "password"}),
     ({"email": "a@b.id", "password": "1234567"}, {"password"}),
     ({"email": "a@b.id", "password": "x" * 1025}, {"password"}),
     ({"email": "a@b", "password": "12345678"}, {"email"}), ({"email": "a b@c.id", "password": "12345678"}, {"email"}),
     ({"email": "a@b.id\nc", "password": "12345678"}, {"email"}),
     ({"email": "", "password": ""}, {"email", "password"}),
     ({"email": ["a@b.id"], "password": {"$ne": 1}}, {"email", "password"}),
     ({"email": None, "password": None}, {"email", "password"}),
     ({"email": "x" * 250 + "@b.id", "password": "12345678"}, {"email"}),
     ({"email": "a@b.id' OR 1=1 --", "password": "12345678"}, {"email"})],
)  # fmt: skip
async def test_bad_input_is_422_and_costs_nothing(radio, values, fields):
    client = await radio.http()
    for _ in range(6):
        answer = await client.post("/auth/login", json=values)
        assert answer.status_code == 422
        assert set(answer.json()["error"]["details"]) == fields
        assert "12345678" not in answer.text
    assert (await _login(client)).status_code == 200


async def test_five_failures_close_the_account_there_and_successes_do_not_count(radio):
    client = await radio.http()
    for _ in range(7):
        assert (await _login(client)).status_code == 200
    for _ in range(5):
        assert _refused(await _login(client, password="salah-sekali"))
    for password in (PASSWORD, "salah-sekali"):
        answer = await _login(client, password=password)
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
        assert 0 < int(answer.headers["retry-after"]) <= 900
    assert (await client.get("/auth/me")).status_code == 401
    # A colleague behind the same address has nothing to do with it.
    assert (await _login(client, "admin@test.id", PASSWORD)).status_code == 200
    assert _refused(await _login(client, "nobody@test.id", "x" * 8))


async def test_an_address_that_tries_a_password_at_many_accounts_is_stopped(radio):
    client = await radio.http()
    own = {"email": "penyiar@test.id", "password": PASSWORD}
    answers = await asyncio.gather(
        *(_login(client, f"nama{number}@test.id", "salah-sekali") for number in range(40))
    )
    assert [answer.status_code for answer in answers] == [401] * 40
    for number in range(10):
        # What the attacker's own login gives back is what it took.
        assert (await client.post("/auth/login", json=own)).status_code == 200
        assert _refused(await _login(client, f"lain{number}@test.id", "salah-sekali"))
    assert (await client.post("/auth/login", json=own)).status_code == 429
    answers = await asyncio.gather(*(_login(client, f"lagi{number}@test.id", "x" * 8) for number in range(9)))
    assert [answer.status_code for answer in answers] == [429] * 9


async def test_an_owner_is_not_locked_out_by_others(radio, from_address):
    attacker = from_address("127.0.0.9")
    for _ in range(5):
        assert _refused(await _login(attacker, password="salah-sekali"))
    assert (await _login(attacker, password="salah-sekali")).status_code == 429
    owner = from_address("127.0.0.10")
    assert (await _login(owner)).status_code == 200
    for _ in range(4):
        assert _refused(await _login(owner, password="salah-sekali"))
    assert (await _login(owner)).status_code == 200
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"):
        answer = await attacker.post(
            "/auth/login",
            json={"email": "editor@test.id", "password": PASSWORD},
            headers={header: "203.0.113.77"},
        )
        assert answer.status_code == 429


async def test_twenty_wrong_ones_at_once_get_five_verifications(radio, from_address, monkeypatch):
    client = from_address("127.0.0.11")
    hasher, verified = radio.services.hasher, []
    verify = hasher.verify

    async def counting(password, hashed, **more):
        verified.append(password)
        return await verify(password, hashed, **more)

    monkeypatch.setattr(hasher, "verify", counting)
    answers = await asyncio.gather(*(_login(client, password=f"salah-sekali-{n}") for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    assert len(verified) == 5
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)


async def test_many_right_ones_at_once_all_get_in(radio, from_address):
    client = from_address("127.0.0.12")
    answers = await asyncio.gather(*(_login(client) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["data"]["accessToken"] for answer in answers}) == 8


async def test_a_bcrypt_hash_is_verified_and_becomes_argon2id(radio):
    db = radio.services.db
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await db.execute("UPDATE accounts SET password_hash = $1 WHERE email = 'editor@test.id'", old)
    client = await radio.http()
    assert _refused(await _login(client, password="salah-sekali"))
    assert await db.fetch_value("SELECT password_hash FROM accounts WHERE email = 'editor@test.id'") == old
    assert (await _login(client)).status_code == 200
    new = await db.fetch_value("SELECT password_hash FROM accounts WHERE email = 'editor@test.id'")
    assert new.startswith("$argon2id$")
    assert (await _login(client)).status_code == 200
    assert await db.fetch_value("SELECT password_hash FROM accounts WHERE email = 'editor@test.id'") == new


async def test_logout_refuses_the_token_at_once_and_only_it(radio):
    client = await radio.http()
    first, second = [(await _login(client)).json()["data"]["accessToken"] for _ in range(2)]
    answer = await client.post("/auth/logout", headers=_bearer(first))
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    for path in ("/auth/me", "/articles"):
        refused = await client.get(path, headers=_bearer(first))
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert (await client.get("/auth/me", headers=_bearer(second))).status_code == 200
    assert (await client.get("/articles")).status_code == 200


async def test_a_stale_token_does_not_stop_a_login(radio):
    client = await radio.http()
    answer = await client.post(
        "/auth/login", json={"email": "editor@test.id", "password": PASSWORD}, headers=_bearer("stale")
    )
    assert answer.status_code == 200


async def test_deactivation_and_a_lost_role_hold_at_once(radio):
    admin, editor, penyiar = [await radio.http(role) for role in ("admin", "editor", "penyiar")]
    assert (await editor.get("/auth/me")).status_code == 200
    assert (
        await admin.patch(f"/staff/{radio.staff['editor']}", json={"is_active": False})
    ).status_code == 200
    assert (await editor.get("/auth/me")).status_code == 401
    assert _refused(await _login(await radio.http()))
    assert (await admin.patch(f"/staff/{radio.staff['editor']}", json={"is_active": True})).status_code == 200
    assert (await editor.get("/auth/me")).status_code == 401
    assert (await _login(await radio.http())).status_code == 200
    assert (await admin.patch(f"/staff/{radio.staff['penyiar']}", json={"role": "editor"})).status_code == 200
    assert (await penyiar.get("/auth/me")).status_code == 401


async def test_a_role_is_the_databases_not_the_tokens(radio):
    editor = await radio.http("editor")
    await radio.services.db.execute("UPDATE accounts SET role = 'penyiar' WHERE email = 'editor@test.id'")
    draft = {"title": "Renungan", "content": "x" * 10}
    assert (await editor.post("/articles", json=draft)).status_code == 403
    await radio.services.db.execute("UPDATE accounts SET role = 'tidak-ada' WHERE email = 'editor@test.id'")
    assert (await editor.post("/articles", json=draft)).status_code == 403
    assert (await editor.get("/auth/me")).json()["data"]["permissions"] == []


async def test_profile(radio):
    editor, other = await radio.http("editor"), await radio.http("penyiar")
    before = (await editor.get("/auth/me")).json()["data"]
    changed = await editor.put(
        "/auth/me", json={"name": "Rina Baru", "role": "admin", "id": 1, "is_active": False}
    )
    assert (changed.status_code, changed.json()["message"]) == (200, "Profile updated")
    after = changed.json()["data"]
    assert after == {**before, "name": "Rina Baru", "updated_at": after["updated_at"]}
    assert (await editor.put("/auth/me", json={"name": "", "email": ""})).json()["data"][
        "name"
    ] == "Rina Baru"
    for email in ("penyiar@test.id", "PENYIAR@test.id"):
        taken = await editor.put("/auth/me", json={"email": email, "name": "Jangan"})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "EMAIL_TAKEN")
        assert taken.json()["error"]["field"] == "email"
    assert (await editor.get("/auth/me")).json()["data"]["name"] == "Rina Baru"
    for values, field in (
        ({"name": "x"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"email": "x"}, "email"),
        ({"name": None}, "name"),
    ):
        wrong = await editor.put("/auth/me", json=values)
        assert wrong.status_code == 422
        assert set(wrong.json()["error"]["details"]) == {field}
    assert (await editor.put("/auth/me", json={"name": "y" * 255})).status_code == 200
    assert (await other.get("/auth/me")).json()["data"]["name"] == "Yohanes Penyiar"
    assert (await (await radio.http()).put("/auth/me", json={"name": "Siapa"})).status_code == 401


def _b64(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_another_email_asks_a_late_session_again_and_tells_the_old_address(radio):
    db = radio.services.db
    editor = await radio.http("editor")
    await db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    # One's name, and one's address as it is, are nothing to worry about.
    assert (await editor.put("/auth/me", json={"name": "Editor Baru"})).status_code == 200
    assert (
        await editor.put("/auth/me", json={"email": "Editor@test.id", "name": "Editor"})
    ).status_code == 200
    refused = await editor.put("/auth/me", json={"email": "lain@test.id", "name": "Siapa"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert tuple(await db.fetch_row("SELECT email, name FROM accounts WHERE id = 2")) == (
        "Editor@test.id",
        "Editor",
    )
    assert (await editor.post("/auth/step-up", json={"password": PASSWORD})).status_code == 200
    changed = await editor.put("/auth/me", json={"email": "lain@test.id"})
    assert changed.json()["data"]["email"] == "lain@test.id"
    await radio.work()
    (mail,) = await list_dev_mails(db, limit=10)
    assert "Editor@test.id" in mail.recipient
    assert "alamat email akun Anda" in (await fetch_dev_mail(db, mail.id)).text
    await link_entries(db)
    (entry,) = await list_entries(db, AuditFilters(action="account.email-changed"), limit=1)
    assert (entry.actor.id, entry.target.id, entry.request_id) == ("2", "2", changed.headers["x-request-id"])


async def test_tokens_that_are_none(radio):
    client, services = await radio.http(), radio.services
    good = (await _login(client)).json()["data"]["accessToken"]
    header, claims = jwt.get_unverified_header(good), jwt.decode(good, options={"verify_signature": False})
    key = services.tokens.keys.current.private
    now = datetime.now(UTC)
    head, body, signature = good.split(".")

    def signed(changes=None, head_changes=None, with_key=key, algorithm="HS256"):
        payload = {name: value for name, value in {**claims, **(changes or {})}.items() if value is not None}
        headers = {**header, "alg": algorithm, **(head_changes or {})}
        return jwt.encode(payload, with_key, algorithm, headers=headers)

    assert (await client.get("/auth/me", headers=_bearer(signed()))).status_code == 200
    with pytest.warns(InsecureKeyLengthWarning, match="below the minimum recommended length of 64 bytes"):
        other_algorithm = signed(algorithm="HS512")
    hour = timedelta(hours=1)
    admin = str(radio.staff["admin"])
    tokens = {
        "none": f"{_b64({**header, 'alg': 'none'})}.{body}.",
        "None": f"{_b64({**header, 'alg': 'None'})}.{body}.{signature}",
        "no signature": f"{head}.{body}.",
        "another subject": signed({"sub": admin}),
        "another body": f"{head}.{_b64({**claims, 'sub': admin})}.{signature}",
        "wrong key": signed(with_key="x" * 48),
        "empty key": f"{head}.{body}." + _b64(__import__("hmac").digest(b"", f"{head}.{body}".encode(), "sha256")),
        "HS512": other_algorithm,
        "RS256 header": f"{_b64({**header, 'alg': 'RS256'})}.{body}.{signature}",
        "ES256 header": f"{_b64({**header, 'alg': 'ES256'})}.{body}.{signature}",
        "guest": signed(head_changes={"typ": "guest+jwt"}),
        "plain typ": signed(head_changes={"typ": "JWT"}),
        "refresh typ": signed(head_changes={"typ": "refresh+jwt"}),
        "other audience": signed({"aud": "shop"}),
        "many audiences": signed({"aud": ["shop", "dealroom"]}),
        "no audience": signed({"aud": None}),
        "other issuer": signed({"iss": "https://evil.id"}),
        "expired": signed({"iat": now - hour, "nbf": now - hour, "exp": now - timedelta(seconds=10)}),
        "no end": signed({"exp": None}),
        "not yet": signed({"nbf": now + hour}),
        "from the future": signed({"iat": now + hour}),
        "no session": signed({"sid": None}),
        "unknown session": signed({"sid": "00000000-0000-0000-0000-000000000000"}),
        "strange session": signed({"sid": "' OR 1=1 --"}),
        "session of another kind": signed({"sid": 5}),
        "strange subject": signed({"sub": "1 OR 1=1"}),
        "kid traversal": signed(head_changes={"kid": "../../../../dev/null"}, with_key="\0" * 32),
        "kid sql": signed(head_changes={"kid": "x' UNION SELECT 'k' --"}, with_key="k" * 32),
        "kid list": f"{_b64({**header, 'kid': ['a']})}.{body}.{signature}",
        "crit": signed(head_changes={"crit": ["x"], "x": 1}),
        "unencoded": f"{_b64({**header, 'b64': False, 'crit': ['b64']})}.{body}.{signature}",
        "header of another type": f"{_b64([])}.{body}.{signature}",
        "body of another type": f"{head}.{_b64([])}.{signature}",
        "garbage": "a.b.c", "dots": "..", "long": "x" * 15_000, "binary": f"{_b64(bytes(20))}.{_b64(bytes(20))}.",
        "five parts": "a.b.c.d.e", "guest issued": services.tokens.issue("guest", admin, hour),
    }  # fmt: skip
    for attack in ("jku", "x5u", "jwk", "x5c"):
        tokens[attack] = signed(head_changes={attack: "http://127.0.0.1:1/keys"}, with_key="y" * 48)
    for name, token in tokens.items():
        for path in ("/auth/me", "/articles"):
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401, name
            assert answer.json()["error"]["code"] == "UNAUTHORIZED", name
            assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get("/auth/me", headers=_bearer(good))).status_code == 200


async def test_a_token_is_refused_after_its_time(radio):
    services, client = radio.services, await radio.http()
    session = await services.db.fetch_value(
        "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') RETURNING id",
        radio.staff["editor"],
    )
    token = services.tokens.issue(
        "access", str(radio.staff["editor"]), timedelta(seconds=-4.0), {"sid": str(session)}
    )
    async with asyncio.timeout(5):
        while (await client.get("/auth/me", headers=_bearer(token))).status_code == 200:
            await asyncio.sleep(0.05)
    assert (await client.get("/auth/me", headers=_bearer(token))).json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.slow
async def test_an_unknown_email_takes_as_long_as_a_wrong_password(radio, from_address):
    await _login(from_address("127.0.1.1"), "warm@test.id", "salah-sekali")
    seconds = {"editor@test.id": [], "nobody@test.id": []}
    for number in range(40):
        for email, times in seconds.items():
            client = from_address(f"127.0.2.{number + 1}")
            started = time.perf_counter()
            assert _refused(await _login(client, email, "salah-sekali"))
            times.append(time.perf_counter() - started)
    known, unknown = (statistics.median(times) for times in seconds.values())
    assert abs(known - unknown) < 0.25 * max(known, unknown)
