"""The refresh token in a cookie: how it is set, that only our own pages can use it, and that it is removed."""

from __future__ import annotations

import re

import pytest

ORIGIN = "https://www.club.example"
LOGIN = {"email": "member@club.example", "password": "a-long-club-password-1"}
COOKIE = re.compile(
    r"__Host-club-refresh=(rt_[A-Za-z0-9_-]{43}); Path=/; Max-Age=(\d+); Secure; HttpOnly; SameSite=Strict"
)
DROPPED = "__Host-club-refresh=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"


async def sign_in(site):
    """Sign in and return the token in the cookie."""
    answer = await site.client(origin=ORIGIN).post("/auth/login?transport=cookie", json=LOGIN)
    assert answer.status_code == 200, answer.text
    match = COOKIE.fullmatch(answer.headers["set-cookie"])
    assert match
    assert match[2] == "604800"
    assert "refreshToken" not in answer.json()["data"]
    assert match[1] not in answer.text
    return match[1], answer.json()["data"]["accessToken"]


def with_cookie(token, **more):
    return {"Cookie": f"other=1; __Host-club-refresh={token}; __Host-radio-refresh=rt_x", **more}


async def untouched(site):
    row = await site.db.fetch_row("SELECT count(*), count(rotated_at) AS used FROM refresh_tokens")
    return tuple(row) == (1, 0)


async def test_a_cookie_is_rotated_like_a_token_in_the_body(site):
    token, _ = await sign_in(site)
    answer = await site.client(origin=ORIGIN).post("/auth/refresh", json={}, headers=with_cookie(token))
    assert answer.status_code == 200
    match = COOKIE.fullmatch(answer.headers["set-cookie"])
    assert match
    assert match[1] != token
    assert set(answer.json()["data"]) == {"accessToken", "expiresIn", "refreshExpiresIn"}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_the_products_own_origin_is_ours(site):
    token, _ = await sign_in(site)
    answer = await site.client(origin=site.url).post("/auth/refresh", json={}, headers=with_cookie(token))
    assert answer.status_code == 200


async def test_https_only_refuses_the_products_own_pages_by_plain_http(site, monkeypatch):
    token, _ = await sign_in(site)
    assert site.url.startswith("http://")
    monkeypatch.setitem(site.services.settings.__dict__, "https_only", True)
    answer = await site.client(origin=site.url).post("/auth/refresh", json={}, headers=with_cookie(token))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CROSS_SITE_REQUEST")
    assert await untouched(site)
    https = "https" + site.url.removeprefix("http")
    answer = await site.client(origin=https).post("/auth/refresh", json={}, headers=with_cookie(token))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://www.club.example.evil.example",
        "https://evil-www.club.example",
        "http://www.club.example",
        "https://www.club.example:8443",
        "https://club.example",
        "null",
        "http://[",
        "*",
        "",
        None,
    ],
)
async def test_a_foreign_or_missing_origin_is_refused(site, origin):
    token, _ = await sign_in(site)
    headers = with_cookie(token) if origin is None else with_cookie(token, Origin=origin)
    answer = await site.client().post("/auth/refresh", json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CROSS_SITE_REQUEST")
    assert "set-cookie" not in answer.headers
    assert await untouched(site)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
    ],
)
async def test_what_a_form_can_send_is_refused(site, kind):
    token, _ = await sign_in(site)
    for origin, refused in ((ORIGIN, 415), ("https://evil.example", 403)):
        headers = with_cookie(token, Origin=origin, **{"Content-Type": kind})
        answer = await site.client().post("/auth/refresh", content=b"{}", headers=headers)
        assert answer.status_code in (refused, 415)
        assert "set-cookie" not in answer.headers
    assert await untouched(site)


async def test_no_body_and_no_content_type_is_refused(site):
    token, _ = await sign_in(site)
    answer = await site.client(origin=ORIGIN).post("/auth/refresh", headers=with_cookie(token))
    assert answer.status_code in (400, 415)
    assert await untouched(site)


async def test_a_foreign_page_cannot_sign_a_browser_in(site):
    """Login CSRF: the victim would go on in the attacker's account."""
    for headers in ({"Origin": "https://evil.example"}, {}):
        answer = await site.client(**headers).post("/auth/login?transport=cookie", json=LOGIN)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CROSS_SITE_REQUEST")
        assert "set-cookie" not in answer.headers
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 0


async def test_no_get_uses_the_cookie(site):
    token, _ = await sign_in(site)
    client = site.client(origin=ORIGIN)
    assert (await client.get("/auth/refresh", headers=with_cookie(token))).status_code == 405
    assert (await client.get("/me", headers=with_cookie(token))).status_code == 401
    assert (await client.get("/whoami", headers=with_cookie(token))).json()["data"] is None
    assert await untouched(site)


async def test_a_token_in_the_body_needs_no_origin_and_sets_no_cookie(site):
    device = await site.sign_in("member")
    answer = await site.client().post("/auth/refresh", json={"refreshToken": device.refresh_token})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_a_token_in_the_body_wins_over_the_cookie(site):
    token, _ = await sign_in(site)
    answer = await site.client().post(
        "/auth/refresh", json={"refreshToken": "rt_x"}, headers=with_cookie(token)
    )
    assert answer.status_code == 401
    assert await untouched(site)


async def test_a_cookie_sent_twice_is_none(site):
    token, _ = await sign_in(site)
    headers = {"Cookie": f"__Host-club-refresh={token}; __Host-club-refresh={token}"}
    answer = await site.client(origin=ORIGIN).post("/auth/refresh", json={}, headers=headers)
    assert answer.status_code == 401
    assert await untouched(site)


async def test_a_cookie_that_opens_nothing_is_dropped(site):
    await sign_in(site)
    answer = await site.client(origin=ORIGIN).post("/auth/refresh", json={}, headers=with_cookie("rt_old"))
    assert answer.status_code == 401
    assert answer.headers["set-cookie"] == DROPPED
    without = await site.client(origin=ORIGIN).post("/auth/refresh", json={})
    assert without.status_code == 401
    assert "set-cookie" not in without.headers


async def test_logout_drops_the_cookie(site):
    token, access = await sign_in(site)
    headers = with_cookie(token, Authorization=f"Bearer {access}")
    answer = await site.client(origin=ORIGIN).post("/auth/logout", headers=headers)
    assert answer.headers["set-cookie"] == DROPPED
    refused = await site.client(origin=ORIGIN).post("/auth/refresh", json={}, headers=with_cookie(token))
    assert refused.status_code == 401


async def test_an_unknown_transport_is_422(site):
    answer = await site.client(origin=ORIGIN).post("/auth/login?transport=pigeon", json=LOGIN)
    assert answer.status_code == 422
