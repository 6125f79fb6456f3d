"""One-time codes over HTTP: single use, tries and sends for each who asks, and nothing reveals who has an account."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD, many

from colonnade.kernel.core import TooManyRequests
from colonnade.kernel.identity import CodeInvalid, check_code, confirm_email, redeem_code, request_code
from colonnade.kernel.identity.codes.schemas import MANY_MISSES, EmailProof
from colonnade.kernel.testing import collide

FULL_HASHING = True
"""What a hash costs shows in how long an answer takes."""

MEMBER = "member@club.example"
NOBODY = "nobody@club.example"
SENT = {
    "success": True,
    "data": None,
    "message": "If there is an account with this address, a code is on its way.",
}


async def ask(client: httpx.AsyncClient, email: str = MEMBER, **headers: str) -> httpx.Response:
    return await client.post("/auth/email/verification", json={"email": email}, headers=headers)


async def confirm(
    client: httpx.AsyncClient, code: str, email: str = MEMBER, **headers: str
) -> httpx.Response:
    return await client.post(
        "/auth/email/verification/confirm", json={"email": email, "code": code}, headers=headers
    )


async def verified_at(site: Any, who: str = "member") -> Any:
    return await site.db.fetch_value("SELECT email_verified_at FROM accounts WHERE id = $1", site.people[who])


async def later(site: Any, minutes: float) -> None:
    """Let `minutes` pass for codes and sends."""
    await site.db.execute(
        "UPDATE identity_codes SET expires_at = expires_at - make_interval(secs => $1)", minutes * 60
    )
    await site.db.execute(
        "UPDATE identity_code_sends SET asked_at = ARRAY("
        "SELECT moment - make_interval(secs => $1) FROM unnest(asked_at) WITH ORDINALITY AS m (moment, place) "
        "ORDER BY place)",
        minutes * 60,
    )


async def spent(site: Any) -> list[tuple[int, int]]:
    """Return the tries of each code: by who asked for it, by others."""
    return [tuple(row) for row in await site.db.fetch("SELECT tries, other_tries FROM identity_codes")]


def other_than(code: str, number: int = 1) -> str:
    return f"{(int(code) + number) % 1_000_000:06}"


async def test_a_code_verifies_the_address_once(site: Any) -> None:
    client = site.client(accept_language="en")
    assert (answer := await ask(client)).status_code == 200
    assert answer.json() == SENT
    mails = await site.mails(MEMBER)
    assert [mail.subject for mail in mails] == ["The Club: confirm your e-mail address"]
    code = await site.code_in_mail(MEMBER)
    assert code in (mails[0].html or "")
    assert await verified_at(site) is None

    assert (answer := await confirm(client, code)).status_code == 200
    assert answer.json() == {"success": True, "data": None, "message": "The address is verified."}
    first = await verified_at(site)
    assert first is not None

    again = await confirm(client, code)
    assert (again.status_code, again.json()["error"]["code"]) == (400, "CODE_INVALID")
    assert await verified_at(site) == first


async def test_mail_in_the_language_of_the_browser(site: Any) -> None:
    assert (await ask(site.client(accept_language="fr, id;q=0.5"))).status_code == 200
    assert [mail.subject for mail in await site.mails(MEMBER)] == ["The Club: konfirmasi alamat surel Anda"]


async def test_mails_to_an_unconfirmed_address_have_nothing_that_its_account_chose(site: Any) -> None:
    name = "Klik Evil.Example"
    await site.db.execute("UPDATE accounts SET name = $1 WHERE lower(email) = $2", name, MEMBER)
    forgot = {"email": MEMBER}

    async def notify() -> None:
        assert (await site.client().post("/auth/password/forgot", json=forgot)).status_code == 200
        async with site.db.transaction() as tx:
            await site.services.notices.tell(tx, site.people["member"], "totp-added", None)

    await ask(site.client())
    await later(site, 20)
    await notify()
    await later(site, 20)
    unconfirmed = await site.mails(MEMBER)
    assert len(unconfirmed) == 3
    assert "Evil" not in str(unconfirmed)
    assert {mail.text.splitlines()[0] for mail in unconfirmed} == {"Halo,"}
    # Once confirmed, the owner is greeted, which a stranger's mail could not.
    await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE lower(email) = $1", MEMBER)
    await notify()
    confirmed = (await site.mails(MEMBER))[3:]
    assert {mail.text.splitlines()[0] for mail in confirmed} == {f"Halo {name},"}
    assert {mail.recipient for mail in confirmed} == {f'"{name}" <{MEMBER}>'}


async def test_a_verified_address_gets_no_mail_and_the_same_answer(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    answer = await ask(site.client())
    assert (answer.status_code, answer.json()) == (200, SENT)
    assert await site.mails(MEMBER) == []


async def test_the_code_is_nowhere_at_rest(site: Any) -> None:
    await ask(site.client())
    queued = await site.db.fetch_value("SELECT payload FROM job_queue WHERE name = 'identity.send_code'")
    assert b"member@club.example" in queued
    code = await site.code_in_mail(MEMBER)
    row = await site.db.fetch_row("SELECT * FROM identity_codes")
    assert len(row["code_hash"]) == 32
    assert code not in str(dict(row))
    assert MEMBER.encode() not in row["subject"]


async def test_of_two_parallel_submits_one_wins(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    answers = await asyncio.gather(*(confirm(client, code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


async def test_strangers_have_two_tries_and_leave_the_owner_five(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    answers = await many(
        confirm(
            client,
            other_than(code, number),
            **{"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"},
        )
        for number in range(1, 1001)
    )
    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["error"]["code"] for answer in answers} == {"CODE_INVALID"}
    assert await spent(site) == [(0, 2)]
    stranger = await confirm(client, code, **{"X-Forwarded-For": "10.200.0.1"})
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (400, "CODE_INVALID")
    assert await verified_at(site) is None
    assert (await confirm(client, code)).status_code == 200


async def test_who_asked_has_five_tries(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    for number in range(1, 8):
        assert (await confirm(client, other_than(code, number))).status_code == 400
    assert await spent(site) == [(5, 0)]
    assert (await confirm(client, code)).status_code == 400
    assert await verified_at(site) is None


async def test_a_code_that_a_telephone_asked_for_is_typed_at_a_desk(site: Any) -> None:
    client = site.client()
    await ask(client, **{"X-Forwarded-For": "10.1.0.1"})
    code = await site.code_in_mail(MEMBER)
    desk = {"X-Forwarded-For": "10.2.0.1"}
    assert (await confirm(client, other_than(code), **desk)).status_code == 400
    assert (await confirm(client, code, **desk)).status_code == 200


async def test_a_stranger_who_asks_leaves_the_owner_code_and_requests(site: Any) -> None:
    client, stranger = site.client(), {"X-Forwarded-For": "10.66.0.1"}
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    for _ in range(3):
        assert (await ask(client, **stranger)).status_code == 200
        await later(site, 1)
    assert (await ask(client, **stranger)).status_code == 429
    await site.work()
    assert (await ask(client)).status_code == 200
    await site.work()
    assert await site.db.fetch_value("SELECT count(*) FROM identity_codes") == 2
    for number in range(20):
        assert (await confirm(client, other_than(code, number + 1), **stranger)).status_code == 400
    assert (await confirm(client, await site.code_in_mail(MEMBER))).status_code == 200


@pytest.mark.parametrize("email", [MEMBER, NOBODY])
async def test_strangers_have_ten_mails_an_hour_and_the_owners_network_more(site: Any, email: str) -> None:
    client = site.client()
    statuses = [
        (await ask(client, email, **{"X-Forwarded-For": f"10.3.{n}.1"})).status_code for n in range(12)
    ]
    assert statuses == [200] * 10 + [429] * 2
    wait = (await ask(client, email, **{"X-Forwarded-For": "10.3.99.1"})).headers["Retry-After"]
    assert 3590 <= int(wait) <= 3600
    assert len(await site.mails(email)) == (10 if email == MEMBER else 0)
    home = {"X-Forwarded-For": "10.4.0.1"}
    body = {"email": email, "password": PASSWORD}
    known = (await client.post("/auth/login", json=body, headers=home)).status_code == 200
    assert known is (email == MEMBER)
    assert (await ask(client, email, **{"X-Forwarded-For": "10.4.0.2"})).status_code == (
        200 if known else 429
    )


@pytest.mark.parametrize(("misses", "digits"), [(MANY_MISSES - 1, 6), (MANY_MISSES, 12)])
async def test_after_many_wrong_tries_codes_are_long(site: Any, misses: int, digits: int) -> None:
    """However often somebody tries: a long code is not guessed."""
    client, counted = site.client(), 0
    while counted < misses:
        await ask(client)
        await site.work()
        await site.db.execute("DELETE FROM identity_code_sends")
        for _ in range(min(5, misses - counted)):
            assert (await confirm(client, "000000")).status_code == 400
            counted += 1
    assert await site.db.fetch_value("SELECT misses FROM identity_code_misses") == misses
    await ask(client)
    mail = (await site.mails(MEMBER))[-1]
    (code,) = re.findall(r"(?<![0-9#])[0-9]{6,}", mail.text)
    assert len(code) == digits
    assert (await confirm(client, code[:6] if digits == 12 else other_than(code))).status_code == 400
    assert (await confirm(client, code)).status_code == 200
    await site.db.execute("UPDATE accounts SET email_verified_at = NULL")
    await site.db.execute("UPDATE identity_code_misses SET updated_at = now() - interval '30 days'")
    await site.db.execute("DELETE FROM identity_code_sends")
    await ask(client)
    assert len(await site.code_in_mail(MEMBER)) == 6


async def test_the_fifth_try_may_be_the_right_one(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    for number in range(1, 5):
        assert (await confirm(client, other_than(code, number))).status_code == 400
    assert (await confirm(client, code)).status_code == 200


async def test_a_code_lives_ten_minutes(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    await later(site, 10)
    answer = await confirm(client, code)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "CODE_INVALID")
    assert await verified_at(site) is None

    await later(site, -0.1)
    assert (await confirm(client, code)).status_code == 200


async def test_a_new_code_replaces_the_one_before(site: Any) -> None:
    client = site.client()
    await ask(client)
    first = await site.code_in_mail(MEMBER)
    await later(site, 1)
    await ask(client)
    second = await site.code_in_mail(MEMBER)
    if first != second:
        assert (await confirm(client, first)).status_code == 400
    assert (await confirm(client, second)).status_code == 200


@pytest.mark.parametrize("email", [MEMBER, NOBODY])
async def test_three_sends_in_fifteen_minutes_a_minute_apart(site: Any, email: str) -> None:
    addresses = iter(range(1, 100))

    async def once_more() -> tuple[int, str | None]:
        answer = await ask(site.client(), email, **{"X-Forwarded-For": f"10.1.0.{next(addresses)}"})
        return answer.status_code, answer.headers.get("Retry-After")

    assert await once_more() == (200, None)
    status, wait = await once_more()
    assert status == 429
    assert 58 <= int(wait or 0) <= 60
    await later(site, 1)
    assert await once_more() == (200, None)
    await later(site, 1)
    assert await once_more() == (200, None)
    await later(site, 1)
    status, wait = await once_more()
    assert status == 429
    assert 12 * 60 - 5 <= int(wait or 0) <= 12 * 60
    assert len(await site.mails(email)) == (3 if email == MEMBER else 0)
    await later(site, 12)
    assert await once_more() == (200, None)
    assert (await once_more())[0] == 429


async def test_parallel_requests_send_one_mail(site: Any) -> None:
    client = site.client()
    spellings = [MEMBER, MEMBER.upper(), "Member@Club.example"]
    answers = await asyncio.gather(*(ask(client, spellings[number % 3]) for number in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [429] * 11
    assert len(await site.mails(MEMBER)) == 1


async def test_one_address_cannot_ask_for_many_accounts(site: Any) -> None:
    client = site.client()
    answers = [await ask(client, f"guess{number}@club.example") for number in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert (await ask(client, MEMBER, **{"X-Forwarded-For": "10.9.9.9"})).status_code == 200


async def test_right_codes_spend_nothing_of_the_address(site: Any) -> None:
    client = site.client()
    for _ in range(59):
        await confirm(client, "000000", "nobody@club.example")
    for _ in range(2):
        await ask(client)
        await site.db.execute("DELETE FROM identity_code_sends")
        code = await site.code_in_mail(MEMBER)
        assert (await confirm(client, code)).status_code == 200
        await site.db.execute("UPDATE accounts SET email_verified_at = NULL")
    assert (await confirm(client, "000000", "nobody@club.example")).status_code == 400
    assert (await confirm(client, "000000", "nobody@club.example")).status_code == 429


async def test_codes_are_bound_to_purpose_and_account(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    new = {"email": MEMBER, "code": code, "password": "gudang garam di tepi laut"}
    assert (await client.post("/auth/password/reset", json=new)).status_code == 400
    assert (await confirm(client, code, "manager@club.example")).status_code == 400
    assert (await confirm(client, code)).status_code == 200


async def test_a_code_ends_with_the_address_it_went_to(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    await site.db.execute("UPDATE accounts SET email = 'moved@club.example' WHERE id = 1")
    assert (await confirm(client, code)).status_code == 400
    await site.add_account(MEMBER)
    assert (await confirm(client, code)).status_code == 400
    assert await site.db.fetch_value("SELECT count(*) FROM accounts WHERE email_verified_at IS NOT NULL") == 0


async def test_inactive_accounts_get_no_mail(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = 1")
    assert (await ask(site.client())).json() == SENT
    assert await site.mails(MEMBER) == []


async def test_what_fails_after_the_code_leaves_it_usable(site: Any) -> None:
    client = site.client()
    await ask(client)
    code = await site.code_in_mail(MEMBER)
    settings = site.services.settings

    async def fail() -> None:
        async with redeem_code(
            site.db, settings, email=MEMBER, purpose="verify-email", code=code, asker="127.0.0.1"
        ) as redeemed:
            assert redeemed.account_id == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await site.db.fetch_value("SELECT tries FROM identity_codes") == 1
    assert (await confirm(client, code)).status_code == 200


async def test_strangers_cannot_use_up_the_owners_codes(site: Any) -> None:
    client = site.client()
    for _ in range(3):
        assert (await ask(client)).status_code == 200
        await later(site, 1)
    assert (await ask(client)).status_code == 429
    await site.work()

    async def step_up() -> None:
        async with site.db.transaction() as tx:
            await request_code(
                tx, site.services.settings, email=MEMBER, purpose="step-up", language="en", asker=1
            )

    await step_up()
    with pytest.raises(TooManyRequests):
        await step_up()
    mail = (await site.mails(MEMBER))[-1]
    assert mail.subject == "The Club: confirm that it is you"
    code = await site.code_in_mail(MEMBER)
    settings = site.services.settings
    checked = await check_code(site.db, settings, email=MEMBER, purpose="step-up", code=code, asker=1)
    assert checked.account_id == 1
    with pytest.raises(CodeInvalid):
        await check_code(site.db, settings, email=MEMBER, purpose="step-up", code=other_than(code), asker=1)


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "١٢٣٤٥٦", "123 456", "", "12345\n6"])
async def test_what_is_no_code_is_refused_before_it_counts(site: Any, code: str) -> None:
    client = site.client()
    await ask(client)
    await site.work()
    assert (await confirm(client, code)).status_code == 422
    assert await site.db.fetch_value("SELECT tries FROM identity_codes") == 0


async def test_answers_and_work_are_the_same_for_unknown_addresses(site: Any) -> None:
    """The same answers, the same number of statements, and a shortest time that differs by less than 5 ms.

    The shortest of many: others use the machine as well.
    """
    client = site.client()
    statements: dict[str, list[int]] = {"known": [], "unknown": []}
    asked: dict[str, list[float]] = {"known": [], "unknown": []}
    tried: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(60):
        await site.add_account(f"person{number}@club.example")
    for number in range(60):
        for arm in ("known", "unknown") if number % 2 else ("unknown", "known"):
            email = f"person{number}@club.example" if arm == "known" else f"ghost{number}@club.example"
            address = {"X-Forwarded-For": f"10.2.{number}.{1 if arm == 'known' else 2}"}
            before = site.db.statements
            started = time.perf_counter()
            answer = await ask(client, email, **address)
            asked[arm].append(time.perf_counter() - started)
            statements[arm].append(site.db.statements - before)
            assert (answer.status_code, answer.json()) == (200, SENT)
    await site.work()
    for number in range(60):
        for arm in ("known", "unknown") if number % 2 else ("unknown", "known"):
            email = f"person{number}@club.example" if arm == "known" else f"ghost{number}@club.example"
            address = {"X-Forwarded-For": f"10.3.{number}.{1 if arm == 'known' else 2}"}
            started = time.perf_counter()
            answer = await confirm(client, "000000", email, **address)
            tried[arm].append(time.perf_counter() - started)
            # A right guess has a chance of one in a million.
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "CODE_INVALID")
    assert statements["known"] == statements["unknown"]
    assert await site.db.fetch_value("SELECT array_agg(DISTINCT other_tries) FROM identity_codes") == [1]
    for times in (asked, tried):
        assert abs(min(times["known"]) - min(times["unknown"])) < 0.005


async def test_confirmations_that_meet_wait_for_each_other_only_once(site: Any) -> None:
    """They may be a click twice, while a session begins, which refers to the account."""
    member = site.people["member"]

    async def confirm_once() -> EmailProof:
        async with site.db.transaction() as tx:
            return await confirm_email(tx, member)

    proofs = await collide(site.db, "accounts.name", member, confirm_once)
    assert [proof.unverified for proof in proofs].count(True) == 1
    assert await verified_at(site) is not None
