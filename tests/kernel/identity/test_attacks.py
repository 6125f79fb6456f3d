"""Attacks by somebody who has a list of addresses, stolen tokens or the database's rows.

Each asserts what the attacker gets, and that the victim keeps what is theirs. Tokens, CSRF and mass assignment
have files of their own; `tests/slow/test_attacks.py` has the long form of timing and stuffing.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from pwdlib.hashers.bcrypt import BcryptHasher
from tests.kernel.identity.conftest import first_step, many
from tests.kernel.identity.test_mfa import code_at, set_up, still_clock, verify
from tests.kernel.identity.test_oauth import identities, provider, provider_server, refusal
from tests.kernel.identity.test_oauth import sign_in as sign_in_elsewhere

from colonnade.kernel.identity.queries import FIND_SIGN_IN, find_login, find_sign_in
from colonnade.kernel.limits import LOGIN_ACCOUNT

__all__ = ["provider", "provider_server", "still_clock", "timing"]

PASSWORD = "a-long-club-password-1"
WRONG = "not-the-password-of-anybody"
MEMBER = "member@club.example"
FULL_HASHING = True
"""What a hash costs shows in how long an answer takes."""

GAP_SECONDS = 0.005
"""Between the medians of accounts that exist and of some that do not; a hash alone takes 20 ms and more."""

Attack = Callable[[httpx.AsyncClient, str, str], Awaitable[httpx.Response]]


def _from(number: int) -> dict[str, str]:
    """Return the headers of client address number `number`; the club trusts its proxy to name it."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


async def log_in(client: httpx.AsyncClient, email: str, password: str, number: int = 0) -> httpx.Response:
    return await client.post(
        "/auth/login", json={"email": email, "password": password}, headers=_from(number)
    )


def poster(path: str, **body: str) -> Callable[[httpx.AsyncClient, str, int], Awaitable[httpx.Response]]:
    async def post(client: httpx.AsyncClient, email: str, number: int) -> httpx.Response:
        return await client.post(path, json={"email": email, **body}, headers=_from(number))

    return post


ASKED = {
    "login": poster("/auth/login", password=WRONG),
    "verification": poster("/auth/email/verification"),
    "verification-code": poster("/auth/email/verification/confirm", code="000000"),
    "forgot": poster("/auth/password/forgot"),
    "reset-code": poster("/auth/password/reset", code="000000", password="gudang garam di tepi laut"),
}


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """Return everything that an answer reveals: status, headers and body, without what differs between any requests."""
    body = answer.json()
    if "error" in body:
        body["error"] = {k: v for k, v in body["error"].items() if k not in {"timestamp", "requestId"}}
    headers = {k: v for k, v in answer.headers.items() if k not in {"date", "x-request-id", "content-length"}}
    for name in ("ratelimit", "x-ratelimit-reset", "ratelimit-reset", "retry-after"):
        if name in headers:
            headers[name] = "".join("#" if c.isdigit() else c for c in headers[name]).replace("##", "#")
    return answer.status_code, headers, body, len(answer.content)


async def kinds_of_accounts(site: Any) -> dict[str, str]:
    """An address of every kind of account that an attacker might tell from none, and one of none."""
    kinds = ("known", "inactive", "suspended", "deleted", "elsewhere", "imported", "verified", "unknown")
    emails = {kind: f"somebody-{kind[:4]}@club.example" for kind in kinds}
    for kind, email in emails.items():
        if kind != "unknown":
            await site.add_account(email)
    changes = {
        "inactive": "is_active = false",
        "suspended": "is_active = false, suspended_at = now(), suspended_reason = 'spam'",
        "deleted": "is_active = false, deleted_at = now(), password_hash = NULL",
        "elsewhere": "password_hash = NULL",
        "verified": "email_verified_at = now()",
    }
    for kind, change in changes.items():
        await site.db.execute(f"UPDATE accounts SET {change} WHERE email = $1", emails[kind])
    await site.db.execute(
        "UPDATE accounts SET password_hash = $2 WHERE email = $1",
        emails["imported"],
        BcryptHasher(rounds=4).hash(PASSWORD),
    )
    return emails


@pytest.mark.parametrize("attack", ASKED)
async def test_every_kind_of_account_answers_like_none(site: Any, attack: str) -> None:
    emails = await kinds_of_accounts(site)
    client = site.client()
    answers = {}
    for number, (kind, email) in enumerate(emails.items()):
        # A code lies there, for those who get one.
        if attack.endswith("-code"):
            asked = {"verification-code": "verification", "reset-code": "forgot"}[attack]
            assert (await ASKED[asked](client, email, 1000 + number)).status_code == 200
            await site.work()
        answers[kind] = told(await ASKED[attack](client, email, number))
    status = {"login": 401, "verification": 200, "forgot": 200}.get(attack, 400)
    assert answers["unknown"][0] == status
    assert {kind for kind, answer in answers.items() if answer != answers["unknown"]} == set()
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 0


async def test_the_right_password_of_a_closed_account_tells_nothing_either(site: Any) -> None:
    emails = await kinds_of_accounts(site)
    client = site.client()
    answers = [
        told(await log_in(client, emails[kind], PASSWORD, number))
        for number, kind in enumerate(("unknown", "inactive", "suspended", "deleted", "elsewhere"))
    ]
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("attack", ["login", "verification", "forgot"])
async def test_running_into_the_limit_tells_nothing(site: Any, attack: str) -> None:
    client = site.client()
    refused = {}
    for offset, email in ((0, MEMBER), (1000, "nobody@club.example")):
        answers = [await ASKED[attack](client, email, offset) for _ in range(6)]
        refused[email] = [told(answer)[:1] + told(answer)[2:] for answer in answers]
    assert refused[MEMBER] == refused["nobody@club.example"]
    assert refused[MEMBER][-1][0] == 429


@pytest.mark.parametrize("attack", ASKED)
async def test_timing_tells_nothing(site: Any, attack: str) -> None:
    """60 per arm, whose medians of a hash wander on a busy machine: a quarter of it is let through here.

    An account that costs no hash is far beyond that; tests/slow has 2,000 per arm and no such allowance.
    """
    await timing(site, attack, samples=60, allowance=0.25)


async def test_where_passwords_were_imported_an_account_takes_as_long_as_none(site: Any) -> None:
    """One in a database with a costlier one. Unhidden it would take half as long as none, or twice.

    The work itself is measured in test_hashing, and 2,000 samples in tests/slow.
    """
    await site.db.execute(
        "UPDATE accounts SET password_hash = $1 WHERE id = 2", BcryptHasher(rounds=10).hash(PASSWORD)
    )
    await timing(site, "login", samples=20, allowance=0.35, stored=BcryptHasher(rounds=8).hash(PASSWORD))


async def test_the_work_of_imported_passwords_ends_with_the_last_of_them(site: Any) -> None:
    db = site.db
    for stored, cost in (("$2b$12$", 12), ("$2y$10$", 12), ("$2b$15$", 12), ("$2b$03$", 12), ("$2b$xx$", 12)):
        await db.execute("INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, 'X', 'member', $2)",
                         f"{stored[4:6]}@club.example", stored + "x" * 53)  # fmt: skip
        assert await find_sign_in(db, "nobody@club.example") == (None, cost)
        found, same = await find_sign_in(db, MEMBER.upper())
        assert (found and found.id, same) == (1, cost)
    client = site.client()
    await db.execute("DELETE FROM accounts WHERE email = '10@club.example'")
    await db.execute(
        "UPDATE accounts SET password_hash = $1 WHERE email = '12@club.example'",
        BcryptHasher(rounds=5).hash(PASSWORD),
    )
    assert await find_sign_in(db, MEMBER) == (await find_login(db, MEMBER), 5)
    assert (await log_in(client, "12@club.example", PASSWORD)).status_code == 200
    assert await find_sign_in(db, MEMBER) == (await find_login(db, MEMBER), 0)


async def test_the_highest_cost_is_read_off_an_index(site: Any) -> None:
    await site.db.execute(
        "INSERT INTO accounts (email, name, role, password_hash) "
        "SELECT n || '@club.example', 'P', 'member', $1 FROM generate_series(1, 5000) n",
        site.password_hash,
    )
    await site.db.execute("ANALYZE accounts")
    plan = "\n".join(row[0] for row in await site.db.fetch("EXPLAIN " + FIND_SIGN_IN, MEMBER))
    assert "accounts_imported_cost_idx" in plan
    assert "Seq Scan" not in plan


async def timing(
    site: Any, attack: str, *, samples: int, allowance: float = 0.0, stored: str | None = None
) -> tuple[float, float]:
    """Return the medians (s) of `samples` requests about accounts that exist and as many about none, in alternation.

    The accounts have the hash `stored`, if one is given. The medians may differ by GAP_SECONDS, or by the share
    `allowance` of the longer one if that is more.
    """
    client = site.client()
    await site.db.execute(
        "INSERT INTO accounts (email, name, role, password_hash) "
        "SELECT 'person' || n || '@club.example', 'P', 'member', $1 FROM generate_series(0, $2::int - 1) n",
        stored or site.password_hash,
        samples,
    )
    for number in range(8):
        await ASKED[attack](client, f"warm{number}@club.example", 500_000 + number)
    seconds: dict[str, list[float]] = {"person": [], "ghosts": []}
    for number in range(samples):
        order = ("person", "ghosts") if number % 2 else ("ghosts", "person")
        for place, arm in enumerate(order):
            email = f"{arm}{number}@club.example"
            started = time.perf_counter()
            answer = await ASKED[attack](client, email, 2 * number + place)
            seconds[arm].append(time.perf_counter() - started)
            assert answer.status_code in (200, 400, 401), answer.text
    known, unknown = statistics.median(seconds["person"]), statistics.median(seconds["ghosts"])
    allowed = max(GAP_SECONDS, allowance * max(known, unknown))
    assert abs(known - unknown) < allowed, (attack, known, unknown)
    return known, unknown


@pytest.mark.parametrize("stored", ["bcrypt", "no hash at all"])
async def test_a_hash_that_is_not_looked_at_takes_as_long_as_one_that_is(site: Any, stored: str) -> None:
    """bcrypt takes 72 bytes and refuses more at once; what is no hash is refused at once whatever comes."""
    hashed = BcryptHasher(rounds=4).hash(PASSWORD) if stored == "bcrypt" else "!"
    await site.db.execute("UPDATE accounts SET password_hash = $1 WHERE id = 1", hashed)
    client, seconds = site.client(), {MEMBER: [], "nobody@club.example": []}
    for number in range(40):
        for arm, (email, times) in enumerate(seconds.items()):
            started = time.perf_counter()
            answer = await log_in(client, email, "y" * 100, 2 * number + arm)
            times.append(time.perf_counter() - started)
            assert answer.status_code == 401
    known, unknown = (statistics.median(times) for times in seconds.values())
    assert known > 0.5 * unknown, (known, unknown)


async def test_spellings_that_the_database_takes_for_one_are_counted_as_one(site: Any) -> None:
    """PostgreSQL's lower() makes an i of İ: each i in an address would be another budget of guesses."""
    await site.add_account("mimi@club.example", "Mimi")
    assert await site.db.fetch_value("SELECT lower('mİmİ@club.example') = 'mimi@club.example'")
    client = site.client()
    for number, email in enumerate(("mİmi@club.example", "miMİ@club.example", "mİmİ@club.example")):
        assert (await log_in(client, email, PASSWORD, number)).status_code == 401
    assert (await log_in(client, "MIMI@club.example", PASSWORD, 9)).status_code == 200
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 1


@pytest.mark.parametrize("email", ["v\u0130kt\u0130m@club.example", "vi\u212atim@club.example"])
async def test_a_mailbox_that_looks_alike_in_small_letters_does_not_open_the_account(
    site: Any, provider: Any, email: str
) -> None:
    """`vİktİm` and `viKtim` (Kelvin sign) are somebody else's, whom the provider rightly calls verified."""
    await site.add_account("viktim@club.example", "Viktor Victim")
    await site.db.execute("UPDATE accounts SET email_verified_at = now()")
    assert await site.db.fetch_value("SELECT lower($1) = 'viktim@club.example'", email)
    provider.user("sub-thief", email=email, email_verified=True, name="Thea Thief")
    assert refusal(await sign_in_elsewhere(site, provider, "sub-thief")) == (409, "LINK_REQUIRED")
    assert await identities(site) == []
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 0


@pytest.mark.parametrize(
    ("asked", "tried", "body"),
    [
        ("forgot", "/auth/password/reset", {"password": "gudang garam di tepi laut"}),
        ("verification", "/auth/email/verification/confirm", {}),
    ],
)
async def test_a_thousand_addresses_get_five_tries(
    site: Any, asked: str, tried: str, body: dict[str, str]
) -> None:
    """The right code is among the guesses; behind five of the network that asked, and two, it opens nothing."""
    client = site.client()
    before = await site.db.fetch_row("SELECT password_hash, email_verified_at FROM accounts WHERE id = 1")
    assert (await ASKED[asked](client, MEMBER, 1)).status_code == 200
    code = await site.code_in_mail(MEMBER)
    guesses = [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, 1000)]

    async def guess(number: int, code: str) -> int:
        answer = await client.post(tried, json={"email": MEMBER, "code": code, **body}, headers=_from(number))
        return answer.status_code

    assert [await guess(n, wrong) for n, wrong in enumerate(guesses[:5])] == [400] * 5
    rest = [*guesses[5:], code]
    statuses = await many(guess(n, wrong) for n, wrong in enumerate(rest, start=5))
    assert set(statuses) == {400}
    assert await site.db.fetch_value("SELECT array_agg(tries + other_tries) FROM identity_codes") == [7]
    after = await site.db.fetch_row("SELECT password_hash, email_verified_at FROM accounts WHERE id = 1")
    assert after == before


async def test_guessing_is_not_made_new_by_asking_again(site: Any) -> None:
    """Three codes in a quarter of an hour, five tries each: fifteen guesses, from wherever."""
    client, opened = site.client(), 0
    for round_ in range(6):
        await ASKED["forgot"](client, MEMBER, round_)
        await site.work()
        await site.db.execute(
            "UPDATE identity_code_sends SET asked_at = ARRAY("
            "SELECT m - interval '61 seconds' FROM unnest(asked_at) AS m ORDER BY m DESC)"
        )
        for number in range(10):
            before = await site.db.fetch_value("SELECT sum(tries) FROM identity_codes")
            await ASKED["reset-code"](client, MEMBER, 100 * round_ + number)
            opened += await site.db.fetch_value("SELECT sum(tries) FROM identity_codes") - before
    assert opened == 15


async def test_a_botnet_does_not_lock_the_owner_out(site: Any) -> None:
    home, abroad = 7, 8
    client = site.client()
    assert (await log_in(client, MEMBER, PASSWORD, home)).status_code == 200
    for number in range(LOGIN_ACCOUNT.limit + 20):
        await log_in(client, MEMBER, WRONG, 10_000 + number)
    # One guess for each stranger more, and none after it.
    assert [(await log_in(client, MEMBER, WRONG, 99_999)).status_code for _ in range(2)] == [401, 429]
    assert (await log_in(client, MEMBER, PASSWORD, home)).status_code == 200
    assert (await log_in(client, MEMBER, PASSWORD, abroad)).status_code == 200


async def test_a_stolen_refresh_token_buys_ten_seconds(site: Any) -> None:
    """The thief refreshes first, chains on, signs in elsewhere with what he has; the owner's next use ends it all."""
    owner, other = await site.sign_in("member"), await site.sign_in("member")
    thief = site.client()
    stolen, chain = owner.refresh_token, []
    for _ in range(3):
        answer = await thief.post("/auth/refresh", json={"refreshToken": stolen})
        chain.append(answer.json()["data"])
        stolen = chain[-1]["refreshToken"]
        await site.db.execute("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '11 seconds'")
    socket = await site.socket(chain[-1]["accessToken"])
    assert (
        await owner.http.post("/auth/refresh", json={"refreshToken": owner.refresh_token})
    ).status_code == 401
    async with asyncio.timeout(5):
        await socket.until_closed()
    for link in chain:
        bearer = {"Authorization": f"Bearer {link['accessToken']}"}
        assert (await thief.get("/me", headers=bearer)).status_code == 401
        again = await thief.post("/auth/refresh", json={"refreshToken": link["refreshToken"]})
        assert (again.status_code, again.json()["error"]["code"]) == (401, "REFRESH_TOKEN_INVALID")
    assert (await other.http.get("/me")).status_code == 200
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions WHERE revoked_at IS NULL") == 1


async def test_a_planted_session_does_not_become_the_victims(site: Any) -> None:
    """Fixation in a chain: the attacker plants his session, the victim signs in over it and changes things."""
    attacker = await site.sign_in("manager")
    cookie = {"Cookie": f"__Host-club-refresh={attacker.refresh_token}"}
    planted = cookie | {
        "Authorization": f"Bearer {attacker.access_token}",
        "Origin": "https://www.club.example",
    }
    made = await site.client().post(
        "/auth/login?transport=cookie", json={"email": MEMBER, "password": PASSWORD}, headers=planted
    )
    assert made.status_code == 200
    assert attacker.refresh_token not in made.headers["set-cookie"]
    bearer = {"Authorization": f"Bearer {made.json()['data']['accessToken']}"}
    changed = await site.client().put(
        "/auth/password",
        json={"currentPassword": PASSWORD, "newPassword": "gudang garam di tepi laut"},
        headers=bearer,
    )
    assert changed.status_code == 200
    # He is still himself, in his own session, and nowhere in the victim's list.
    assert (await attacker.http.get("/me")).json()["data"]["id"] == site.people["manager"]
    listed = (await site.client().get("/auth/sessions", headers=bearer)).json()["data"]
    assert str(await site.session_of(attacker)) not in {session["id"] for session in listed}
    mine = await attacker.http.post("/auth/refresh", json={"refreshToken": attacker.refresh_token})
    claims = site.services.tokens.verify("access", mine.json()["data"]["accessToken"])
    assert claims["sub"] == str(site.people["manager"])


async def test_a_secret_of_the_authenticator_app_does_not_work_in_another_row(site: Any) -> None:
    """Swapped between two accounts that both have one: neither secret opens either; put back, each its own."""
    secrets = {}
    for role in ("member", "manager"):
        device = await site.sign_in(role)
        secrets[role], _ = await set_up(device)
    swap = """
        UPDATE account_totp AS one SET secret = other.secret, last_step = 0 FROM account_totp AS other
        WHERE one.account_id <> other.account_id
    """
    await site.db.execute(swap)
    for role in secrets:
        token = (await first_step(site, role))["mfaToken"]
        for secret in secrets.values():
            answer = await verify(site, token, code=code_at(secret))
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    await site.db.execute(swap)
    for role, secret in secrets.items():
        token = (await first_step(site, role))["mfaToken"]
        assert (await verify(site, token, code=code_at(secret))).status_code == 200
