"""Users sign in with passkeys: dealroom's mounting of what the kernel's own tests try in every way."""

from __future__ import annotations

from typing import Any

from tests.kernel.identity.soft_authenticator import SoftAuthenticator, add_passkey, use_passkey
from tests.products.dealroom.conftest import API


async def test_a_passkey_opens_the_account_until_it_is_removed(room: Any) -> None:
    authenticator = SoftAuthenticator(origin="http://localhost:3000")
    added = await add_passkey(room.melati, authenticator, prefix=f"{API}/auth", name="Telepon")
    assert (added["passkey"]["name"], len(added["recoveryCodes"])) == ("Telepon", 10)
    login = await use_passkey(room.visitor, authenticator, prefix=f"{API}/auth")
    assert (login.status_code, login.json()["data"]["user"]["email"]) == (200, "melati@test.id")
    bearer = {"Authorization": f"Bearer {login.json()['data']['accessToken']}"}
    me = await room.visitor.get(f"{API}/users/me", headers=bearer)
    assert me.json()["data"]["username"] == "melati"
    # Nobody else's list has it, nobody else removes it.
    path = f"{API}/auth/passkeys/{added['passkey']['id']}"
    assert (await room.budi.get(f"{API}/auth/passkeys")).json()["data"] == []
    assert (await room.budi.delete(path)).status_code == 404
    assert (await room.melati.delete(path)).status_code == 204
    refused = await use_passkey(room.visitor, authenticator, prefix=f"{API}/auth")
    assert (refused.status_code, refused.json()["code"]) == (401, "PASSKEY_INVALID")
