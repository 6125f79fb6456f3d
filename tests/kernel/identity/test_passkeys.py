"""Passkeys over HTTP with an authenticator in software: real keys, real signatures, and every way to cheat."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs
from tests.kernel.identity.conftest import first_step
from tests.kernel.identity.soft_authenticator import (
    BACKED_UP,
    BACKUP_ELIGIBLE,
    USER_PRESENT,
    USER_VERIFIED,
    SoftAuthenticator,
    add_passkey,
    decode,
    encode,
)


async def register(device, authenticator: SoftAuthenticator | None = None, name: str = "Laptop"):
    """Add a passkey to the account signed in on `device`."""
    authenticator = authenticator or SoftAuthenticator()
    return authenticator, await add_passkey(device.http, authenticator, name=name)


async def begin_login(site) -> dict:
    answer = await site.client().post("/auth/passkeys/login/options")
    assert answer.status_code == 200
    return answer.json()["data"]


async def log_in(site, begun: dict, credential: dict):
    return await site.client().post(
        "/auth/passkeys/login", json={"token": begun["token"], "credential": credential}
    )


async def count_sessions(site) -> int:
    return await site.db.fetch_value("SELECT count(*) FROM account_sessions")


async def test_options_name_the_site_the_account_and_nothing_else(site):
    device = await site.sign_in("member")
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    options = begun["options"]
    assert options["rp"] == {"name": "The Club", "id": "www.club.example"}
    assert options["user"]["name"] == "member@club.example"
    assert len(decode(options["user"]["id"])) == 32
    assert len(decode(options["challenge"])) == 64
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["attestation"] == "none"
    assert begun["expiresIn"] == 300
    again = (await device.http.post("/auth/passkeys/options")).json()["data"]["options"]
    assert again["challenge"] != options["challenge"]
    assert again["user"]["id"] == options["user"]["id"]


@pytest.mark.parametrize("algorithm", [-7, -8, -257])
async def test_registering_and_signing_in_with_every_kind_of_key(site, algorithm):
    device = await site.sign_in("member")
    authenticator, added = await register(device, SoftAuthenticator(algorithm=algorithm))
    assert (added["passkey"]["name"], added["passkey"]["backedUp"], added["passkey"]["lastUsedAt"]) == (
        "Laptop",
        False,
        None,
    )
    assert len(added["recoveryCodes"]) == 10
    begun = await begin_login(site)
    assert begun["options"]["allowCredentials"] == []
    assert begun["options"]["userVerification"] == "required"
    answer = await log_in(site, begun, authenticator.get(begun["options"]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["user"]["email"] == "member@club.example"
    methods = await site.db.fetch_value(
        "SELECT methods FROM account_sessions ORDER BY created_at DESC LIMIT 1"
    )
    assert methods == ["passkey"]
    listed = (await device.http.get("/auth/passkeys")).json()["data"]
    assert len(listed) == 1
    assert listed[0]["lastUsedAt"] is not None
    stored = await site.db.fetch_row("SELECT sign_count, transports FROM account_passkeys")
    assert (stored["sign_count"], stored["transports"]) == (2, ["internal", "hybrid"])


async def test_a_bearer_that_is_over_is_no_obstacle(site):
    """Browsers send it along; that it has expired is why somebody signs in."""
    authenticator, _ = await register(await site.sign_in("member"))
    client = site.client(authorization="Bearer long.since.over")
    begun = (await client.post("/auth/passkeys/login/options")).json()["data"]
    answer = await client.post(
        "/auth/passkeys/login",
        json={"token": begun["token"], "credential": authenticator.get(begun["options"])},
    )
    assert answer.status_code == 200


async def test_a_synchronised_passkey_without_a_counter(site):
    device = await site.sign_in("member")
    flags = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE | BACKED_UP
    authenticator, added = await register(device, SoftAuthenticator(counter=None, flags=flags))
    assert added["passkey"]["backedUp"] is True
    for _ in range(2):
        begun = await begin_login(site)
        assert (await log_in(site, begun, authenticator.get(begun["options"]))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://www.club.example.evil.example"},
        {"origin": "http://www.club.example"},
        {"domain": "evil.example"},
        {"kind": "webauthn.get"},
        {"challenge": encode(b"x" * 64)},
        {"fmt": "packed"},
        {"fmt": "unheard-of"},
    ],
)
async def test_a_registration_that_does_not_fit_is_refused(site, changed):
    device = await site.sign_in("member")
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    credential = SoftAuthenticator().create(begun["options"], **changed)
    answer = await device.http.post(
        "/auth/passkeys", json={"token": begun["token"], "credential": credential}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PASSKEY_NOT_ACCEPTED")
    assert await site.db.fetch_value("SELECT count(*) FROM account_passkeys") == 0


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": 1, "rawId": 1, "type": "public-key", "response": {}},
        {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"}},
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "bm90IGpzb24", "attestationObject": "oA"},
        },
        {"id": "!!", "rawId": "!!", "type": "nonsense", "response": []},
        {"id": "a" * 20_000},
    ],
)
async def test_malformed_credentials_are_refused(site, credential):
    device = await site.sign_in("member")
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    answer = await device.http.post(
        "/auth/passkeys", json={"token": begun["token"], "credential": credential}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PASSKEY_NOT_ACCEPTED")
    begun = await begin_login(site)
    answer = await log_in(site, begun, credential)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PASSKEY_INVALID")


async def test_the_log_says_why_a_passkey_was_refused(site):
    """The answer does not: whoever forgot FRONTEND_URL finds the reason there."""
    device = await site.sign_in("member")
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    credential = SoftAuthenticator().create(begun["options"], origin="https://app.club.example")
    with capture_logs() as lines:
        await device.http.post("/auth/passkeys", json={"token": begun["token"], "credential": credential})
    (line,) = [line for line in lines if line["event"] == "passkey refused"]
    assert "https://app.club.example" in line["reason"]
    assert line["origins"] == ("https://www.club.example",)


async def test_a_ceremony_s_token_is_for_its_account_and_purpose_only(site):
    member, manager = await site.sign_in("member"), await site.sign_in("manager")
    begun = (await member.http.post("/auth/passkeys/options")).json()["data"]
    login = await begin_login(site)
    authenticator = SoftAuthenticator()
    credential = authenticator.create(begun["options"])
    for device, token in ((manager, begun["token"]), (member, login["token"]), (member, member.access_token)):
        answer = await device.http.post("/auth/passkeys", json={"token": token, "credential": credential})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PASSKEY_NOT_ACCEPTED")
    assert await site.db.fetch_value("SELECT count(*) FROM account_passkeys") == 0


async def test_a_registration_is_good_once_and_a_credential_for_one_account(site):
    member, manager = await site.sign_in("member"), await site.sign_in("manager")
    authenticator = SoftAuthenticator()
    begun = (await member.http.post("/auth/passkeys/options")).json()["data"]
    body = {"token": begun["token"], "credential": authenticator.create(begun["options"])}
    answers = await asyncio.gather(*(member.http.post("/auth/passkeys", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert await site.db.fetch_value("SELECT count(*) FROM account_passkeys") == 1
    begun = (await member.http.post("/auth/passkeys/options")).json()["data"]
    assert [one["id"] for one in begun["options"]["excludeCredentials"]] == [
        encode(authenticator.credential_id)
    ]
    begun = (await manager.http.post("/auth/passkeys/options")).json()["data"]
    body = {"token": begun["token"], "credential": authenticator.create(begun["options"])}
    answer = await manager.http.post("/auth/passkeys", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PASSKEY_TAKEN")


async def test_twenty_passkeys_and_no_more(site):
    device = await site.sign_in("member")
    await site.db.execute(
        """
        INSERT INTO account_passkeys (account_id, name, credential_id, public_key, sign_count, backed_up)
        SELECT $1, 'Key', int4send(n), '\\x00', 0, false FROM generate_series(1, 19) n
        """,
        site.people["member"],
    )
    await register(device)
    begun = (await device.http.post("/auth/passkeys/options")).json()["data"]
    body = {"token": begun["token"], "credential": SoftAuthenticator().create(begun["options"])}
    answer = await device.http.post("/auth/passkeys", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PASSKEY_LIMIT")


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example"},
        {"domain": "evil.example"},
        {"kind": "webauthn.create"},
        {"challenge": encode(b"x" * 64)},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
        {"handle": b"somebody else's handle"},
    ],
)
async def test_a_login_that_does_not_fit_is_refused(site, changed):
    device = await site.sign_in("member")
    authenticator, _ = await register(device)
    begun = await begin_login(site)
    answer = await log_in(site, begun, authenticator.get(begun["options"], **changed))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PASSKEY_INVALID")
    assert await count_sessions(site) == 1


async def test_a_login_wants_the_user_verified_and_a_credential_it_knows(site):
    device = await site.sign_in("member")
    present_only, _ = await register(device, SoftAuthenticator(flags=USER_PRESENT))
    begun = await begin_login(site)
    answer = await log_in(site, begun, present_only.get(begun["options"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PASSKEY_INVALID")
    stranger = SoftAuthenticator(domain="www.club.example")
    answer = await log_in(site, begun, stranger.get(begun["options"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PASSKEY_INVALID")
    # Another key under a known id.
    forged = SoftAuthenticator(domain="www.club.example", credential_id=present_only.credential_id)
    answer = await log_in(site, begun, forged.get(begun["options"]))
    assert answer.status_code == 401
    assert await count_sessions(site) == 1


async def test_an_answer_is_good_once_and_a_copied_authenticator_is_noticed(site):
    device = await site.sign_in("member")
    authenticator, _ = await register(device, SoftAuthenticator(counter=10))
    begun = await begin_login(site)
    credential = authenticator.get(begun["options"])
    answers = await asyncio.gather(*(log_in(site, begun, credential) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 401, 409}
    assert [answer.status_code for answer in answers].count(200) == 1
    assert await count_sessions(site) == 2
    replay = await log_in(site, begun, credential)
    assert replay.status_code in (401, 409)
    # The copy has signed less often than the original.
    authenticator.counter = 10
    begun = await begin_login(site)
    answer = await log_in(site, begun, authenticator.get(begun["options"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "PASSKEY_INVALID")
    assert await site.db.fetch_value("SELECT sign_count FROM account_passkeys") == 12


async def test_a_deactivated_account_s_passkey_opens_nothing(site):
    device = await site.sign_in("member")
    authenticator, _ = await register(device)
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = $1", site.people["member"])
    begun = await begin_login(site)
    answer = await log_in(site, begun, authenticator.get(begun["options"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_CREDENTIALS")


async def test_a_passkey_as_the_second_step(site):
    device = await site.sign_in("member")
    authenticator, _ = await register(device, SoftAuthenticator(flags=USER_PRESENT))
    other, _ = await register(await site.sign_in("manager"))
    step = await first_step(site)
    assert step["methods"] == ["passkey", "recovery"]
    begun = (
        await site.client().post("/auth/mfa/passkey/options", json={"mfaToken": step["mfaToken"]})
    ).json()["data"]
    assert [one["id"] for one in begun["options"]["allowCredentials"]] == [
        encode(authenticator.credential_id)
    ]

    async def verify(credential: dict, token: str = begun["token"]):
        body = {"mfaToken": step["mfaToken"], "passkey": {"token": token, "credential": credential}}
        return await site.client().post("/auth/mfa/verify", json=body)

    refused = await verify(other.get(begun["options"]))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    login = await begin_login(site)
    refused = await verify(authenticator.get(login["options"]), login["token"])
    assert refused.status_code == 400
    answer = await verify(authenticator.get(begun["options"]))
    assert answer.status_code == 200, answer.text
    methods = await site.db.fetch_value(
        "SELECT methods FROM account_sessions ORDER BY created_at DESC LIMIT 1"
    )
    assert methods == ["password", "passkey"]


async def test_removing_the_last_passkey_ends_the_second_step(site, required_role):
    device = await site.sign_in("member")
    _, added = await register(device)
    manager = await site.sign_in("manager")
    passkey = f"/auth/passkeys/{added['passkey']['id']}"
    assert (await manager.http.delete(passkey)).status_code == 404
    assert "mfaToken" in await first_step(site)
    required_role("member")
    refused = await device.http.delete(passkey)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LAST_SECOND_FACTOR")
    required_role("nobody")
    assert (await device.http.delete(passkey)).status_code == 204
    assert "accessToken" in await first_step(site)
    assert (await device.http.get("/auth/passkeys")).json()["data"] == []


async def test_adding_and_removing_need_a_fresh_proof(site):
    device = await site.sign_in("member")
    _, added = await register(device)
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '10 minutes 1 second'")
    for answer in (
        await device.http.post("/auth/passkeys/options"),
        await device.http.delete(f"/auth/passkeys/{added['passkey']['id']}"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert await site.db.fetch_value("SELECT count(*) FROM account_passkeys") == 1
