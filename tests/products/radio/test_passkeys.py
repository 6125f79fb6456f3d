"""Staff sign in with passkeys: the radio's mounting of what the kernel's own tests try in every way."""

from __future__ import annotations

from tests.kernel.identity.soft_authenticator import SoftAuthenticator, add_passkey, use_passkey

ORIGIN = "http://localhost:3000"


async def test_a_passkey_opens_the_account_by_itself_and_is_asked_for_beside_the_password(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    authenticator = SoftAuthenticator(origin=ORIGIN)
    added = await add_passkey(editor, authenticator)
    assert (added["passkey"]["name"], len(added["recoveryCodes"])) == ("Laptop", 10)
    assert authenticator.domain == "localhost"
    (listed,) = (await editor.get("/auth/passkeys")).json()["data"]
    assert listed["id"] == added["passkey"]["id"]

    login = await use_passkey(visitor, authenticator)
    assert login.status_code == 200
    session = login.json()["data"]
    assert session["user"] == {"id": 2, "name": "Rina Editor", "email": "editor@test.id", "role": "editor"}
    me = await visitor.get("/auth/me", headers={"Authorization": f"Bearer {session['accessToken']}"})
    assert me.json()["data"]["email"] == "editor@test.id"

    body = {"email": "editor@test.id", "password": radio.password}
    step = (await visitor.post("/auth/login", json=body)).json()["data"]
    assert (step["mfaRequired"], step["methods"]) == (True, ["passkey", "recovery"])
    begun = (await visitor.post("/auth/mfa/passkey/options", json={"mfaToken": step["mfaToken"]})).json()[
        "data"
    ]
    proof = {"token": begun["token"], "credential": authenticator.get(begun["options"])}
    done = await visitor.post("/auth/mfa/verify", json={"mfaToken": step["mfaToken"], "passkey": proof})
    assert (done.status_code, done.json()["data"]["user"]["id"]) == (200, 2)


async def test_a_passkey_that_was_removed_opens_nothing(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    authenticator = SoftAuthenticator(origin=ORIGIN)
    added = await add_passkey(editor, authenticator)
    penyiar = await radio.http("penyiar")
    assert (await penyiar.delete(f"/auth/passkeys/{added['passkey']['id']}")).status_code == 404
    assert (await editor.delete(f"/auth/passkeys/{added['passkey']['id']}")).status_code == 204
    refused = await use_passkey(visitor, authenticator)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "PASSKEY_INVALID")
    assert (
        await radio.services.db.fetch_value(
            "SELECT count(*) FROM account_sessions WHERE methods = '{passkey}'"
        )
        == 0
    )
