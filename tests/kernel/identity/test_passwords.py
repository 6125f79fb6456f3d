"""Passwords over HTTP: which are accepted, changing one, resetting it by mail, and the check for leaks."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD, log_in

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.core import normalized
from colonnade.kernel.identity import BreachCheck
from colonnade.kernel.identity.passwords.schemas import RULES
from colonnade.kernel.observe import METRICS
from colonnade.kernel.testing import LiveServer, until_waiting

MEMBER = "member@club.example"
NEW = "gudang garam di tepi laut"
NEXT = "sepeda biru tanpa rantai"
SENT = {
    "success": True,
    "data": None,
    "message": "If there is an account with this address, a code is on its way.",
}


async def change(client: httpx.AsyncClient, current: str, new: str) -> httpx.Response:
    return await client.put("/auth/password", json={"currentPassword": current, "newPassword": new})


async def forget(client: httpx.AsyncClient, email: str = MEMBER) -> httpx.Response:
    return await client.post("/auth/password/forgot", json={"email": email})


async def reset(
    client: httpx.AsyncClient, code: str, password: str = NEW, email: str = MEMBER
) -> httpx.Response:
    return await client.post(
        "/auth/password/reset", json={"email": email, "code": code, "password": password}
    )


async def stored_hash(site: Any) -> str:
    return await site.db.fetch_value("SELECT password_hash FROM accounts WHERE id = 1")


def error_of(answer: httpx.Response) -> tuple[int, str, Any]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("details")


@pytest.fixture
async def hardened(site: Any) -> AsyncIterator[Any]:
    """Provide the club with PASSWORD_POLICY=hardened."""
    passwords = site.services.passwords
    passwords.rules = RULES["hardened"]
    yield site
    passwords.rules = RULES["default"]


async def test_change_ends_the_other_sessions_and_tells_the_owner(site: Any) -> None:
    here = await site.sign_in(accept_language="en")
    there = await site.sign_in()
    socket = await site.socket(there.access_token)
    answer = await change(here.http, PASSWORD, NEW)
    assert (answer.status_code, answer.json()["data"]) == (200, None)

    assert (await here.http.get("/me")).status_code == 200
    assert (await there.http.get("/me")).status_code == 401
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": there.refresh_token})
    assert refreshed.status_code == 401
    await socket.until_closed()
    reasons = await site.db.fetch("SELECT end_reason FROM account_sessions ORDER BY created_at")
    assert [row["end_reason"] for row in reasons] == [None, "password-changed"]

    assert (await log_in(site.client(), PASSWORD)).status_code == 401
    assert (await log_in(site.client(), NEW)).status_code == 200
    assert [mail.subject for mail in await site.mails(MEMBER)] == ["The Club: your password was changed"]


async def test_a_wrong_current_password_is_400_and_changes_nothing(site: Any) -> None:
    here, there = await site.sign_in(), await site.sign_in()
    before = await stored_hash(site)
    answer = await change(here.http, "not-my-password", NEW)
    assert error_of(answer)[:2] == (400, "WRONG_PASSWORD")
    assert "www-authenticate" not in answer.headers
    assert await stored_hash(site) == before
    assert (await there.http.get("/me")).status_code == 200
    assert (await here.http.get("/me")).status_code == 200
    assert await site.mails(MEMBER) == []


async def test_the_current_password_cannot_be_guessed_at_an_open_session(site: Any) -> None:
    here = await site.sign_in()
    answers = await asyncio.gather(*(change(here.http, f"guess number {n}", NEW) for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [400] * 5 + [429] * 7
    assert (await change(here.http, PASSWORD, NEW)).status_code == 429


async def test_nobody_changes_a_password_without_a_session(site: Any) -> None:
    assert (await change(site.client(), PASSWORD, NEW)).status_code == 401


@pytest.mark.parametrize(
    ("password", "status", "hint"),
    [
        ("1234567", 422, "8"),
        ("q7#Lm2x", 422, "8"),
        ("password", 422, "most common"),
        ("BaseBall", 422, "most common"),
        ("trustno1", 422, "most common"),
        ("aaaaaaaaaaaa", 422, "Repeated"),
        ("abababababab", 422, "Repeated"),
        ("abcdefghijkl", 422, "Repeated"),
        ("98765432", 422, "Repeated"),
        ("member@club.example", 422, "name"),
        ("Member1!", 422, "name"),
        ("mia-member", 422, "name"),
        ("theclub!1", 422, "name"),
        ("x" * 257, 422, "256"),
        ("q7#Lm2xy", 200, ""),
        ("salju di puncak", 200, ""),
        ("z9" * 64 + "!?" * 64, 200, ""),
    ],
)
async def test_what_may_be_chosen(site: Any, password: str, status: int, hint: str) -> None:
    here = await site.sign_in()
    before = await stored_hash(site)
    answer = await change(here.http, PASSWORD, password)
    assert answer.status_code == status
    if status == 422:
        assert list(answer.json()["error"]["details"]) == ["newPassword"]
        assert hint in answer.json()["error"]["details"]["newPassword"]
        assert await stored_hash(site) == before
    else:
        assert (await log_in(site.client(), password)).status_code == 200


@pytest.mark.parametrize(
    "text", ["Phở tái 2 bát", "crème brûlée", "ｐａｓｓ ｗｏｒｄ ９", "각하고 싶은 밤에"]
)
async def test_a_password_is_the_same_on_every_keyboard(site: Any, text: str) -> None:
    here = await site.sign_in()
    forms = {normalized(form, text) for form in ("NFC", "NFD", "NFKC")}
    assert len(forms) > 1
    assert (await change(here.http, PASSWORD, min(forms))).status_code == 200
    for form in forms:
        assert (await log_in(site.client(), form)).status_code == 200
        assert error_of(await change(here.http, form, form))[:2] == (422, "WEAK_PASSWORD")
    assert (await log_in(site.client(), text[:-1])).status_code == 401


async def test_characters_are_counted_as_they_are_kept(site: Any) -> None:
    here = await site.sign_in()
    answer = await change(here.http, PASSWORD, normalized("NFD", "ệấởñđéa"))
    assert error_of(answer) == (422, "WEAK_PASSWORD", {"newPassword": "Use at least 8 characters."})


async def test_hardened_asks_for_twelve_characters(hardened: Any) -> None:
    here = await hardened.sign_in()
    answer = await change(here.http, PASSWORD, "q7#Lm2xy9!a")
    assert error_of(answer) == (422, "WEAK_PASSWORD", {"newPassword": "Use at least 12 characters."})
    assert (await change(here.http, PASSWORD, "q7#Lm2xy9!ab")).status_code == 200


async def test_the_last_three_passwords_do_not_come_again(site: Any) -> None:
    here = await site.sign_in()
    used = [PASSWORD, "first new password", "second new password", "third new password"]
    for before, after in pairwise(used):
        assert (await change(here.http, before, after)).status_code == 200
    said = {"newPassword": "This password was used before. Please choose a new one."}
    for earlier in used[1:]:
        assert error_of(await change(here.http, used[-1], earlier)) == (422, "WEAK_PASSWORD", said)
    assert await site.db.fetch_value("SELECT count(*) FROM password_history WHERE account_id = 1") == 2
    assert (await change(here.http, used[-1], PASSWORD)).status_code == 200


async def test_hardened_remembers_ten(hardened: Any) -> None:
    here = await hardened.sign_in()
    used = [PASSWORD, *(f"new password number {number}" for number in range(1, 11))]
    for before, after in pairwise(used):
        assert (await change(here.http, before, after)).status_code == 200
    assert (await change(here.http, used[-1], used[1])).status_code == 422
    assert (await change(here.http, used[-1], used[0])).status_code == 200


async def test_of_two_changes_at_once_one_wins(site: Any) -> None:
    one, other = await site.sign_in(), await site.sign_in()
    answers = await asyncio.gather(change(one.http, PASSWORD, NEW), change(other.http, PASSWORD, NEXT))
    won = [answer.status_code for answer in answers].index(200)
    lost = answers[1 - won]
    # 401 when the winner had ended the other session by then.
    assert error_of(lost)[:2] in {(409, "PASSWORD_CHANGED"), (400, "WRONG_PASSWORD"), (401, "UNAUTHORIZED")}
    assert (await log_in(site.client(), (NEW, NEXT)[won])).status_code == 200
    assert (await log_in(site.client(), (NEW, NEXT)[1 - won])).status_code == 401


async def test_reset_by_mail(site: Any) -> None:
    device = await site.sign_in()
    client = site.client(accept_language="en")
    answer = await forget(client)
    assert (answer.status_code, answer.json()) == (200, SENT)
    code = await site.code_in_mail(MEMBER)
    answer = await reset(client, code)
    assert (answer.status_code, answer.json()["data"]) == (200, None)

    assert (await device.http.get("/me")).status_code == 401
    assert (await log_in(client, PASSWORD)).status_code == 401
    assert (await log_in(client, NEW)).status_code == 200
    assert error_of(await reset(client, code, NEXT))[:2] == (400, "CODE_INVALID")
    assert (await log_in(client, NEXT)).status_code == 401
    subjects = [mail.subject for mail in await site.mails(MEMBER)]
    assert subjects == ["The Club: your code for a new password", "The Club: your password was changed"]
    assert await site.db.fetch_value("SELECT email_verified_at IS NOT NULL FROM accounts WHERE id = 1")


async def test_reset_gives_an_account_without_password_one(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET password_hash = NULL WHERE id = 1")
    client = site.client()
    await forget(client)
    assert (await reset(client, await site.code_in_mail(MEMBER))).status_code == 200
    assert (await log_in(client, NEW)).status_code == 200
    assert await site.db.fetch_value("SELECT count(*) FROM password_history") == 0


async def test_of_two_resets_with_one_code_one_wins(site: Any) -> None:
    client = site.client()
    await forget(client)
    code = await site.code_in_mail(MEMBER)
    answers = await asyncio.gather(reset(client, code, NEW), reset(client, code, NEXT))
    won = [answer.status_code for answer in answers].index(200)
    assert error_of(answers[1 - won])[:2] in {(400, "CODE_INVALID"), (409, "PASSWORD_CHANGED")}
    assert (await log_in(client, (NEW, NEXT)[won])).status_code == 200
    assert (await log_in(client, (NEW, NEXT)[1 - won])).status_code == 401


async def test_a_weak_password_does_not_cost_the_code(site: Any) -> None:
    client = site.client()
    await forget(client)
    code = await site.code_in_mail(MEMBER)
    for weak in ("password", "member@club.example", "aaaaaaaaaa", "12345678", "iloveyou", "sunshine"):
        assert error_of(await reset(client, code, weak))[:2] == (422, "WEAK_PASSWORD")
    assert await site.db.fetch_value("SELECT tries FROM identity_codes") == 0
    assert error_of(await reset(client, code, PASSWORD))[:2] == (422, "WEAK_PASSWORD")
    assert (await reset(client, code)).status_code == 200


async def test_unknown_and_inactive_accounts_answer_alike(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = 2")
    client = site.client()
    for email in ("nobody@club.example", "manager@club.example"):
        answer = await forget(client, email)
        assert (answer.status_code, answer.json()) == (200, SENT)
        assert await site.mails(email) == []
        assert error_of(await reset(client, "123456", email=email))[:2] == (400, "CODE_INVALID")
    assert error_of(await reset(client, "123456"))[:2] == (400, "CODE_INVALID")


async def test_an_account_deactivated_meanwhile_is_not_reset(site: Any) -> None:
    client = site.client()
    await forget(client)
    code = await site.code_in_mail(MEMBER)
    before = await stored_hash(site)
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = 1")
    assert error_of(await reset(client, code))[:2] == (400, "CODE_INVALID")
    assert await stored_hash(site) == before


async def test_a_login_that_was_under_way_does_not_outlive_the_old_password(site: Any) -> None:
    new_hash = await site.services.hasher.hash(NEW)
    async with site.db.transaction() as tx:
        await tx.execute("UPDATE accounts SET password_hash = $1 WHERE id = 1", new_hash)
        login = asyncio.create_task(log_in(site.client(), PASSWORD))
        await until_waiting(site.db, login)
    assert error_of(await login)[:2] == (401, "INVALID_CREDENTIALS")
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 0


async def test_changes_are_audited_without_the_password(site: Any) -> None:
    device = await site.sign_in()
    await change(device.http, PASSWORD, NEW)
    client = site.client()
    await forget(client)
    await reset(client, await site.code_in_mail(MEMBER), NEXT)
    await link_entries(site.db)
    entries = await list_entries(site.db, AuditFilters(), limit=50)
    said = {
        (entry.action, entry.actor.kind, entry.target.id) for entry in entries if entry.target is not None
    }
    assert {("password.changed", "account", "1"), ("password.reset", "anonymous", "1")} <= said
    assert NEW not in str(entries)
    assert NEXT not in str(entries)


async def test_an_expired_bearer_does_not_keep_anybody_from_a_reset(site: Any) -> None:
    client = site.client(authorization="Bearer expired")
    assert (await forget(client)).status_code == 200
    assert (await reset(client, await site.code_in_mail(MEMBER))).status_code == 200


class Ranges:
    """The range service: knows some passwords, can be made to misbehave."""

    def __init__(self, *known: str) -> None:
        self.digests = [hashlib.sha1(word.encode()).hexdigest().upper() for word in known]
        self.asked: list[str] = []
        self.headers: dict[bytes, bytes] = {}
        self.status = 200
        self.hang: asyncio.Event | None = None
        self.body: bytes | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        self.headers = dict(scope["headers"])
        if self.hang is not None:
            await self.hang.wait()
        prefix = scope["path"].removeprefix("/range/")
        lines = [f"{digest[5:]}:3" for digest in self.digests if digest.startswith(prefix)]
        lines.append("0" * 35 + ":0")
        body = self.body if self.body is not None else "\r\n".join(lines).encode()
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [(b"content-type", b"text/plain")],
            }
        )
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def ranges(site: Any) -> AsyncIterator[Ranges]:
    """Provide a range service that the club asks."""
    service = Ranges(NEW)
    async with LiveServer(service) as server:
        site.services.passwords.breaches = BreachCheck(server.url)
        yield service
        if service.hang is not None:
            service.hang.set()
        await site.services.passwords.breaches.close()
        site.services.passwords.breaches = None


def checks() -> dict[str, float]:
    """Return the counter's values by outcome."""
    text = METRICS.render().decode()
    found = re.findall(r'colonnade_password_breach_checks_total\{outcome="(\w+)"\} ([0-9.]+)', text)
    return {outcome: float(count) for outcome, count in found}


async def test_a_leaked_password_is_refused_without_telling_it(site: Any, ranges: Ranges) -> None:
    here = await site.sign_in()
    before = checks()
    said = {"newPassword": "This password is known from a data leak elsewhere."}
    assert error_of(await change(here.http, PASSWORD, NEW)) == (422, "WEAK_PASSWORD", said)
    prefix = hashlib.sha1(NEW.encode()).hexdigest().upper()[:5]
    assert ranges.asked == [f"/range/{prefix}"]
    assert ranges.headers[b"add-padding"] == b"true"
    assert (await change(here.http, PASSWORD, NEXT)).status_code == 200
    after = checks()
    assert after["breached"] - before.get("breached", 0) == 1
    assert after["clean"] - before.get("clean", 0) == 1


@pytest.mark.parametrize("fault", ["status", "hang", "nonsense", "down"])
async def test_a_failing_service_keeps_nobody_from_a_password(site: Any, ranges: Ranges, fault: str) -> None:
    if fault == "status":
        ranges.status = 503
    elif fault == "hang":
        ranges.hang = asyncio.Event()
    elif fault == "nonsense":
        ranges.body = b"<html>captive portal</html>"
    else:
        site.services.passwords.breaches = BreachCheck("http://127.0.0.1:1")
    here = await site.sign_in()
    before = checks()
    assert (await change(here.http, PASSWORD, NEW)).status_code == 200
    asked = len(ranges.asked)
    assert (await change(here.http, NEW, NEXT)).status_code == 200
    after = checks()
    assert after["failed"] - before.get("failed", 0) == 1
    assert after["skipped"] - before.get("skipped", 0) == 1
    assert len(ranges.asked) == asked
