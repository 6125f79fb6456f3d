"""Sessions over HTTP: the list of devices, ending one, the others and one's own, and what ends with them."""

from __future__ import annotations


async def test_signing_in_makes_a_session_with_a_device_name(site):
    device = await site.sign_in(
        "member", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    )
    assert set(device.login) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken", "user"}
    assert device.login["user"] == {
        "id": site.people["member"],
        "name": "Mia Member",
        "email": "member@club.example",
        "role": "member",
    }
    assert (device.login["expiresIn"], device.login["refreshExpiresIn"]) == (900, 604_800)
    answer = await device.http.get("/auth/sessions")
    assert answer.status_code == 200
    (session,) = answer.json()["data"]
    assert session["id"] == str(await site.session_of(device))
    assert (session["device"], session["address"], session["methods"], session["current"]) == (
        "Firefox on Linux",
        "127.0.0.1",
        ["password"],
        True,
    )
