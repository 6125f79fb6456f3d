"""Suspending accounts, deleting one's own, and exporting one's data: over HTTP, with nothing left behind."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD, log_in
from tests.kernel.identity.test_mfa import age_sessions, code_at, set_up, still_clock

from colonnade.kernel.core import Conflict, Forbidden
from colonnade.kernel.exports import PersonalData, prune_exports
from colonnade.kernel.identity import IDENTITY_DATA, LastAdmin
from colonnade.kernel.identity.queries import update_account
from colonnade.kernel.jobs import cancel_jobs, retry_jobs
from colonnade.kernel.testing import until_waiting

__all__ = ["still_clock"]

MEMBER = "member@club.example"
BLANK_ADDRESS = re.compile(r"deleted-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@deleted\.invalid")
REASON = "Spam in the guest book"

# One table for each thing that a foreign key can say about a deleted account.
TABLES = """
CREATE TABLE club_posts (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES accounts, body text);
CREATE TABLE club_likes (post_id integer, account_id integer NOT NULL REFERENCES accounts ON DELETE CASCADE);
CREATE TABLE club_visits (id integer PRIMARY KEY, account_id integer REFERENCES accounts ON DELETE SET NULL,
                          spoken_name text);
"""


@pytest.fixture
async def tables(site: Any) -> AsyncIterator[Any]:
    """Create the club's posts, likes and visits of the member (1) and the manager (2)."""
    await site.db.execute(TABLES)
    await site.db.execute("INSERT INTO club_posts VALUES (1, 1, 'Hello'), (2, 2, 'Hi')")
    await site.db.execute("INSERT INTO club_likes VALUES (2, 1), (1, 2)")
    await site.db.execute("INSERT INTO club_visits VALUES (1, 1, 'Mia'), (2, 2, 'Max')")
    yield site
    await site.db.execute("DROP TABLE club_posts, club_likes, club_visits")


@pytest.fixture
async def holdings(tables: Any) -> AsyncIterator[Any]:
    """Declare that visits are personal data of the club too."""

    async def collect(db: Any, account_id: int) -> list[dict[str, Any]]:
        rows = await db.fetch("SELECT id, spoken_name FROM club_visits WHERE account_id = $1", account_id)
        return [dict(row) for row in rows]

    async def erase(tx: Any, account_id: int) -> None:
        if await tx.fetch_value("SELECT count(*) FROM club_posts WHERE author_id = $1", account_id) > 5:
            raise Conflict("Hand over your posts first.")
        await tx.execute("UPDATE club_visits SET spoken_name = NULL WHERE account_id = $1", account_id)

    held = (*IDENTITY_DATA, PersonalData("visits", collect, erase))
    tables.services.personal_data = tables.services.accounts.personal_data = held
    yield tables
    tables.services.personal_data = tables.services.accounts.personal_data = IDENTITY_DATA


async def suspend(client: httpx.AsyncClient, account_id: int, reason: str = REASON) -> httpx.Response:
    return await client.post(f"/accounts/{account_id}/suspension", json={"reason": reason})


async def delete_account(client: httpx.AsyncClient, **body: str) -> httpx.Response:
    return await client.post("/account/deletion", json=body)


async def link_of_latest(client: httpx.AsyncClient) -> str:
    """Return the link to the newest export; the list itself has none."""
    latest = (await client.get("/account/exports")).json()["data"][0]
    assert latest["url"] is None
    url: str = (await client.get(f"/account/exports/{latest['id']}")).json()["data"]["url"]
    return url


async def account_row(site: Any, account_id: int = 1) -> dict[str, Any]:
    return dict(await site.db.fetch_row("SELECT * FROM accounts WHERE id = $1", account_id))


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_suspension_ends_everything_at_once_and_says_why(site: Any) -> None:
    admin, device = await site.sign_in("admin"), await site.sign_in()
    socket = await site.socket(device.access_token)
    answer = await suspend(admin.http, 1)
    assert answer.status_code == 200
    data = answer.json()["data"]
    moment = data.pop("suspendedAt")
    assert data == {"accountId": 1, "reason": REASON, "suspendedBy": 3}

    assert (await device.http.get("/me")).status_code == 401
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": device.refresh_token})
    assert refreshed.status_code == 401
    await socket.until_closed()
    assert error_of(await log_in(site.client())) == (401, "INVALID_CREDENTIALS")
    assert (await site.client().post("/auth/password/forgot", json={"email": MEMBER})).status_code == 200
    mails = await site.mails(MEMBER)
    assert [mail.subject for mail in mails] == ["The Club: akun Anda ditangguhkan"]
    assert REASON in mails[0].text
    shown = await admin.http.get("/accounts/1/suspension")
    assert shown.json()["data"] == {**data, "suspendedAt": moment}
    ended = await site.db.fetch_value("SELECT end_reason FROM account_sessions WHERE account_id = 1")
    assert ended == "suspended"


async def test_lifting_a_suspension(site: Any) -> None:
    admin, device = await site.sign_in("admin"), await site.sign_in()
    await suspend(admin.http, 1)
    assert (await admin.http.delete("/accounts/1/suspension")).status_code == 204
    assert (await device.http.get("/me")).status_code == 401
    assert (await log_in(site.client())).status_code == 200
    assert error_of(await admin.http.get("/accounts/1/suspension")) == (404, "NOT_FOUND")
    assert error_of(await admin.http.delete("/accounts/1/suspension")) == (409, "ACCOUNT_NOT_SUSPENDED")
    subjects = {mail.subject for mail in await site.mails(MEMBER)}
    assert subjects == {"The Club: akun Anda ditangguhkan", "The Club: akun Anda dapat digunakan kembali"}


async def test_of_two_suspensions_one_wins(site: Any) -> None:
    admin = await site.sign_in("admin")
    answers = await asyncio.gather(
        suspend(admin.http, 1, "First reason"), suspend(admin.http, 1, "Second reason")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert (await account_row(site))["suspended_reason"] == won.json()["data"]["reason"]
    assert len(await site.mails(MEMBER)) == 1


@pytest.mark.parametrize(
    ("who", "account_id", "reason", "expected"),
    [
        (None, 1, REASON, (401, "UNAUTHORIZED")),
        ("member", 2, REASON, (403, "FORBIDDEN")),
        ("manager", 1, REASON, (403, "FORBIDDEN")),
        ("admin", 3, REASON, (409, "OWN_ACCOUNT")),
        ("admin", 99, REASON, (404, "NOT_FOUND")),
        ("admin", 1, "no", (422, "VALIDATION_ERROR")),
        ("admin", 1, "x" * 1001, (422, "VALIDATION_ERROR")),
    ],
)
async def test_refused_suspensions(
    site: Any, who: str | None, account_id: int, reason: str, expected: tuple[int, str]
) -> None:
    client = (await site.sign_in(who)).http if who else site.client()
    assert error_of(await suspend(client, account_id, reason)) == expected
    assert await site.db.fetch_value("SELECT count(*) FROM accounts WHERE is_active") == 3
    assert await site.mails(MEMBER) == []


async def test_nobody_suspends_who_may_do_more(site: Any) -> None:
    insert = "INSERT INTO access_roles (name, title, permissions) VALUES ('warden', 'Warden', $1)"
    await site.db.execute(insert, ["notes:read", "accounts:manage"])
    await site.db.execute("UPDATE accounts SET role = 'warden' WHERE id = 2")
    device = await site.sign_in("manager")
    caller = await site.services.authenticator.authenticate(device.access_token)
    async with site.db.transaction(caller) as tx:
        assert (await site.services.accounts.suspend(tx, caller, 1, REASON)).account_id == 1
    with pytest.raises(Forbidden):
        async with site.db.transaction(caller) as tx:
            await site.services.accounts.suspend(tx, caller, 3, REASON)
    assert (await account_row(site, 3))["is_active"] is True


async def test_the_last_administrator_is_not_suspended(site: Any) -> None:
    await site.sign_in("admin")
    with pytest.raises(LastAdmin):
        async with site.db.transaction("cli") as tx:
            await site.services.accounts.suspend(tx, None, 3, REASON)
    assert (await account_row(site, 3))["is_active"] is True
    await site.db.execute("UPDATE accounts SET role = 'admin' WHERE id = 2")
    async with site.db.transaction("cli") as tx:
        await site.services.accounts.suspend(tx, None, 3, REASON)
    with pytest.raises(LastAdmin):
        async with site.db.transaction("cli") as tx:
            await site.services.accounts.suspend(tx, None, 2, REASON)
    assert (await account_row(site, 2))["is_active"] is True


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [
        ("UPDATE accounts SET role = 'member' WHERE id = 2", (403, "FORBIDDEN")),
        ("UPDATE accounts SET is_active = false WHERE id = 2", (401, "UNAUTHORIZED")),
        ("UPDATE account_sessions SET revoked_at = now() WHERE account_id = 2", (401, "UNAUTHORIZED")),
        ("UPDATE access_roles SET permissions = '{notes:read}' WHERE name = 'warden'", (403, "FORBIDDEN")),
    ],
)
async def test_rights_that_were_taken_meanwhile_do_not_count(
    site: Any, taken: str, refusal: tuple[int, str]
) -> None:
    insert = "INSERT INTO access_roles (name, title, permissions) VALUES ('warden', 'Warden', $1)"
    await site.db.execute(insert, ["notes:read", "accounts:manage", "roles:manage"])
    await site.db.execute("UPDATE accounts SET role = 'warden' WHERE id = 2")
    warden = (await site.sign_in("manager")).http
    role = {"name": "mine", "title": "Mine", "permissions": ["notes:read"]}
    async with site.db.transaction() as tx:
        await tx.execute("UPDATE accounts SET updated_at = now() WHERE id = 2")
        await tx.execute(taken)
        requests = [
            asyncio.create_task(warden.post("/accounts/1/suspension", json={"reason": REASON})),
            asyncio.create_task(warden.post("/roles", json=role)),
            asyncio.create_task(warden.put("/roles/warden/accounts/1")),
        ]
        await until_waiting(site.db, *requests)
    for answer in await asyncio.gather(*requests):
        assert (answer.status_code, answer.json()["error"]["code"]) == refusal
    row = await account_row(site)
    assert (row["role"], row["is_active"]) == ("member", True)
    assert await site.db.fetch_value("SELECT count(*) FROM access_roles") == 1


async def test_what_was_written_while_an_account_was_deleted_goes_too(tables: Any) -> None:
    """A request that waited for the account's row writes after the deletion; the row is still there to refer to."""
    site = tables
    async with site.db.transaction("cli") as tx:
        await site.services.accounts.erase(tx, 1, caller=None)
    await site.db.execute("INSERT INTO club_likes VALUES (2, 1)")
    await site.db.execute("INSERT INTO club_visits VALUES (3, 1, 'Mia')")
    await site.db.execute(
        "INSERT INTO account_identities (account_id, provider, subject) VALUES (1, 'oidc', 'late')"
    )
    later = "SELECT run_at - created_at FROM job_queue WHERE name = 'identity.sweep_deleted' ORDER BY run_at"
    assert [row[0] for row in await site.db.fetch(later)] == [timedelta(minutes=5), timedelta(days=1)]
    await site.db.execute("UPDATE job_queue SET run_at = now()")
    await site.work()
    assert await site.db.fetch_value("SELECT count(*) FROM club_likes WHERE account_id = 1") == 0
    assert await site.db.fetch_value("SELECT count(*) FROM club_visits WHERE account_id = 1") == 0
    assert await site.db.fetch_value("SELECT count(*) FROM account_identities") == 0
    # Of an account that is not deleted nothing is swept.
    async with site.db.transaction() as tx:
        await site.services.accounts.sweep(tx, 2)
    assert await site.db.fetch_value("SELECT count(*) FROM club_likes WHERE account_id = 2") == 1


async def test_making_an_account_active_lifts_its_suspension(site: Any) -> None:
    admin = await site.sign_in("admin")
    await suspend(admin.http, 1)
    assert (await update_account(site.db, 1, is_active=True)).is_active is True
    row = await account_row(site)
    assert (row["suspended_at"], row["suspended_reason"], row["suspended_by"]) == (None, None, None)


async def test_a_new_address_is_not_verified(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    await update_account(site.db, 1, name="Mia M.", email="MEMBER@club.example")
    assert (await account_row(site))["email_verified_at"] is not None
    await update_account(site.db, 1, email="other@club.example")
    assert (await account_row(site))["email_verified_at"] is None
    # The Kelvin sign has the lower case of K, and is another letter: another mailbox.
    await site.db.execute(
        "UPDATE accounts SET email = 'mike@club.example', email_verified_at = now() WHERE id = 1"
    )
    await update_account(site.db, 1, email="mi\N{KELVIN SIGN}e@club.example")
    assert (await account_row(site))["email_verified_at"] is None


async def test_deleting_leaves_nothing_personal_and_breaks_nothing(holdings: Any) -> None:
    site = holdings
    device, other = await site.sign_in(user_agent="Mia's own browser/1.0"), await site.sign_in()
    await site.sign_in("manager")
    socket = await site.socket(other.access_token)
    await device.http.put(
        "/auth/password", json={"currentPassword": PASSWORD, "newPassword": "salju di puncak"}
    )
    await site.client().post("/auth/email/verification", json={"email": MEMBER})
    await site.work()
    answer = await delete_account(device.http, password="salju di puncak")
    assert (answer.status_code, answer.json()["data"]) == (200, None)

    assert (await device.http.get("/me")).status_code == 401
    assert (await other.http.get("/me")).status_code == 401
    await socket.until_closed()
    assert error_of(await log_in(site.client())) == (401, "INVALID_CREDENTIALS")
    row = await account_row(site)
    assert BLANK_ADDRESS.fullmatch(row["email"])
    assert (row["name"], row["is_active"]) == ("Deleted account", False)
    kept = {
        "id",
        "uid",
        "email",
        "name",
        "role",
        "is_active",
        "signed_up",
        "created_at",
        "updated_at",
        "deleted_at",
        "search",
    }
    assert {name: value for name, value in row.items() if name not in kept and value is not None} == {}

    posts = await site.db.fetch("SELECT id, author_id FROM club_posts ORDER BY id")
    assert [tuple(post) for post in posts] == [(1, 1), (2, 2)]
    likes = await site.db.fetch("SELECT post_id, account_id FROM club_likes")
    assert [tuple(like) for like in likes] == [(1, 2)]
    visits = await site.db.fetch("SELECT id, account_id, spoken_name FROM club_visits ORDER BY id")
    assert [tuple(visit) for visit in visits] == [(1, None, None), (2, 2, "Max")]
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions WHERE account_id = 1") == 0
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions WHERE account_id = 2") == 1

    assert "The Club: akun Anda telah dihapus" in {mail.subject for mail in await site.mails(MEMBER)}
    await site.db.execute("DELETE FROM dev_mailbox")
    found = await tables_with(site, MEMBER, "Mia Member", "Mia's own browser")
    assert found == set()


async def tables_with(site: Any, *texts: str) -> set[str]:
    """Return our tables, in all schemas, in which one of the texts occurs."""
    tables = await site.db.fetch(
        "SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    found = set()
    for table in tables:
        pattern = " OR ".join(f"t::text ILIKE '%' || ${number} || '%'" for number in range(1, len(texts) + 1))
        if await site.db.fetch_value(f"SELECT count(*) FROM {table['name']} AS t WHERE {pattern}", *texts):
            found.add(table["name"])
    return found


async def test_an_address_that_others_take_does_not_keep_an_account_from_being_deleted(site: Any) -> None:
    blank = []
    for number in range(1, 5):
        await site.add_account(f"deleted-{number}@deleted.invalid", "Squatter")
    for account_id, who in enumerate(("member", "manager"), 1):
        device = await site.sign_in(who)
        assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
        blank.append((await account_row(site, account_id))["email"])
    assert blank[0] != blank[1]
    assert all(BLANK_ADDRESS.fullmatch(address) for address in blank)


async def test_the_address_of_a_deleted_account_is_free_again(site: Any) -> None:
    device = await site.sign_in()
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    again = await site.add_account(MEMBER, "Mia Again")
    assert (await log_in(site.client())).json()["data"]["user"]["id"] == again
    admin = await site.sign_in("admin")
    assert error_of(await suspend(admin.http, 1)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("body", [{"password": "not-my-password"}, {}])
async def test_deleting_needs_the_password(site: Any, body: dict[str, str]) -> None:
    device = await site.sign_in()
    before = await account_row(site)
    assert error_of(await delete_account(device.http, **body)) == (400, "WRONG_PASSWORD")
    assert await account_row(site) == before
    assert (await device.http.get("/me")).status_code == 200
    assert await site.mails(MEMBER) == []


async def test_nobody_deletes_without_a_session(site: Any) -> None:
    assert error_of(await delete_account(site.client(), password=PASSWORD)) == (401, "UNAUTHORIZED")


async def test_with_a_second_factor_the_password_alone_does_not_delete(site: Any) -> None:
    device = await site.sign_in()
    secret, _ = await set_up(device)
    await age_sessions(site)
    before = await account_row(site)
    refused = await delete_account(device.http, password=PASSWORD)
    assert error_of(refused) == (403, "STEP_UP_REQUIRED")
    assert refused.json()["error"]["details"] == {"max_age_seconds": 600}
    assert await account_row(site) == before
    assert (await device.http.post("/auth/step-up", json={"code": code_at(secret)})).status_code == 200
    # The factor beside the password, not in its place.
    assert error_of(await delete_account(device.http)) == (400, "WRONG_PASSWORD")
    assert error_of(await delete_account(device.http, password="not-mine")) == (400, "WRONG_PASSWORD")
    assert await account_row(site) == before
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    assert (await account_row(site))["deleted_at"] is not None


async def test_without_a_second_factor_the_password_deletes_from_a_late_session(site: Any) -> None:
    device = await site.sign_in()
    await age_sessions(site)
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200


async def test_without_a_password_a_late_session_has_to_step_up(site: Any) -> None:
    device = await site.sign_in()
    await site.db.execute("UPDATE accounts SET password_hash = NULL WHERE id = 1")
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    assert error_of(await delete_account(device.http)) == (403, "STEP_UP_REQUIRED")
    assert (await device.http.post("/auth/step-up/code")).status_code == 200
    code = await site.code_in_mail(MEMBER)
    assert (await device.http.post("/auth/step-up", json={"emailCode": code})).status_code == 200
    assert (await delete_account(device.http)).status_code == 200
    assert (await account_row(site))["deleted_at"] is not None


async def test_a_slice_can_refuse_and_nothing_is_gone(holdings: Any) -> None:
    site = holdings
    await site.db.execute("INSERT INTO club_posts SELECT n, 1, 'more' FROM generate_series(10, 14) AS n")
    device = await site.sign_in()
    before = await account_row(site)
    assert error_of(await delete_account(device.http, password=PASSWORD)) == (409, "CONFLICT")
    assert await account_row(site) == before
    assert (await device.http.get("/me")).status_code == 200
    assert await site.db.fetch_value("SELECT count(*) FROM club_likes WHERE account_id = 1") == 1


async def test_of_two_deletions_one_wins(site: Any) -> None:
    device = await site.sign_in()
    answers = await asyncio.gather(*(delete_account(device.http, password=PASSWORD) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert {answer.status_code for answer in answers} <= {200, 401, 404}
    assert len([mail for mail in await site.mails(MEMBER) if "dihapus" in mail.subject]) == 1


async def test_export_is_made_by_a_job_and_downloaded_by_a_signed_link(holdings: Any) -> None:
    site = holdings
    device = await site.sign_in(user_agent="curl/8.0", accept_language="en")
    answer = await device.http.post("/account/exports")
    assert answer.status_code == 201
    export = answer.json()["data"]
    assert (export["state"], export["sizeBytes"], export["url"]) == ("pending", None, None)
    again = await device.http.post("/account/exports")
    assert again.json()["data"] == export

    assert [mail.subject for mail in await site.mails(MEMBER)] == ["The Club: your data is ready"]
    shown = (await device.http.get(f"/account/exports/{export['id']}")).json()["data"]
    assert shown["state"] == "ready"
    listed = (await device.http.get("/account/exports")).json()["data"]
    assert [one["id"] for one in listed] == [export["id"]]

    file = await site.client().get(shown["url"])
    assert file.status_code == 200
    assert file.headers["content-type"] == "application/json"
    assert file.headers["content-disposition"] == 'attachment; filename="club-data.json"'
    assert "no-store" in file.headers["cache-control"]
    assert len(file.content) == shown["sizeBytes"]
    document = file.json()
    assert (document["product"], document["account_id"]) == ("club", 1)
    data = document["data"]
    assert (data["account"]["email"], data["account"]["has_password"]) == (MEMBER, True)
    assert [session["device"] for session in data["sessions"]] == ["curl"]
    assert data["visits"] == [{"id": 1, "spoken_name": "Mia"}]
    names = [
        "account",
        "sessions",
        "identities",
        "passkeys",
        "authenticator_apps",
        "api_keys",
        "exports",
        "visits",
    ]
    assert list(data) == names
    assert "argon2" not in file.text
    assert "manager@club.example" not in file.text

    key = await site.db.fetch_value("SELECT storage_key FROM personal_exports")
    assert MEMBER.encode() not in await site.services.storage.get(key)
    assert (await site.client().get(f"/uploads/{key}")).status_code == 404


async def test_links_open_one_file_for_a_while(site: Any) -> None:
    links, ids = [], []
    for who in ("member", "manager"):
        device = await site.sign_in(who)
        ids.append((await device.http.post("/account/exports")).json()["data"]["id"])
        await site.work()
        links.append((await device.http.get(f"/account/exports/{ids[-1]}")).json()["data"]["url"])
        assert (await device.http.get(f"/account/exports/{ids[0]}")).status_code == (
            200 if who == "member" else 404
        )
    visitor = site.client()
    token = links[0].partition("token=")[2]
    tokens = site.services.tokens
    expired = tokens.issue("export", ids[0], timedelta(seconds=-60), {"account": "1"})
    of_another_kind = tokens.issue("access", ids[0], timedelta(minutes=5), {"account": "1"})
    of_another_account = tokens.issue("export", ids[0], timedelta(minutes=5), {"account": "2"})
    for wrong in (
        "x",
        token[:-2] + "AA",
        expired,
        of_another_kind,
        of_another_account,
        tokens.issue("export", ids[1], timedelta(minutes=5), {"account": "2"}),
    ):
        answer = await visitor.get(f"/account/exports/{ids[0]}/download", params={"token": wrong})
        assert error_of(answer) == (403, "LINK_INVALID")
    assert error_of(await visitor.get(f"/account/exports/{uuid4()}/download", params={"token": token})) == (
        403,
        "LINK_INVALID",
    )
    assert (await visitor.get(f"/account/exports/{ids[0]}/download")).status_code == 422
    assert (await visitor.get(links[0])).json()["data"]["account"]["email"] == MEMBER
    assert (await visitor.get(links[1])).json()["data"]["account"]["email"] == "manager@club.example"


async def test_a_link_opens_nothing_while_the_account_is_not_active(site: Any) -> None:
    admin, device = await site.sign_in("admin"), await site.sign_in()
    await device.http.post("/account/exports")
    await site.work()
    link = await link_of_latest(device.http)
    visitor = site.client()
    assert (await visitor.get(link)).status_code == 200
    assert (await suspend(admin.http, 1)).status_code == 200
    assert error_of(await visitor.get(link)) == (403, "LINK_INVALID")
    assert (await admin.http.delete("/accounts/1/suspension")).status_code == 204
    assert (await visitor.get(link)).status_code == 200
    await update_account(site.db, 1, is_active=False)
    assert error_of(await visitor.get(link)) == (403, "LINK_INVALID")


async def test_exports_go_after_a_week_and_with_the_account(site: Any) -> None:
    storage = site.services.storage
    device = await site.sign_in()
    await device.http.post("/account/exports")
    await site.work()
    url = await link_of_latest(device.http)
    first = await site.db.fetch_value("SELECT storage_key FROM personal_exports")
    await site.db.execute("UPDATE personal_exports SET expires_at = now() - interval '1 second'")
    assert error_of(await site.client().get(url)) == (403, "LINK_INVALID")
    assert (await device.http.get("/account/exports")).json()["data"] == []
    async with site.db.transaction() as tx:
        await prune_exports(tx)
    await site.work()
    assert await storage.exists(first) is False
    assert await site.db.fetch_value("SELECT count(*) FROM stored_files") == 0

    await device.http.post("/account/exports")
    await site.work()
    url = await link_of_latest(device.http)
    second = await site.db.fetch_value("SELECT storage_key FROM personal_exports")
    assert await storage.exists(second) is True
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    assert error_of(await site.client().get(url)) == (403, "LINK_INVALID")
    await site.work()
    assert await storage.exists(second) is False


async def test_an_account_deleted_while_its_export_is_made_leaves_no_file(site: Any) -> None:
    device = await site.sign_in()
    await device.http.post("/account/exports")
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    await site.work()
    assert await site.db.fetch_value("SELECT count(*) FROM personal_exports") == 0
    assert await site.db.fetch_value("SELECT count(*) FROM stored_files WHERE key LIKE 'private/%'") == 0


EXPORT_JOB = "SELECT max(id) FROM job_queue WHERE name = 'exports.make'"


async def hold_export(site: Any) -> None:
    """Let the storage fail until the job of the export is held."""
    await site.db.execute("UPDATE job_queue SET attempts = 4 WHERE name = 'exports.make'")
    folder = Path(site.services.settings.upload_location, "private", "exports")
    if folder.exists():
        folder.rename(folder.with_name("away"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()
    with pytest.raises(AssertionError, match="a job failed for good"):
        await site.work()
    folder.unlink()
    if folder.with_name("away").exists():
        folder.with_name("away").rename(folder)


async def cancel_export(site: Any) -> None:
    await cancel_jobs(site.db, [await site.db.fetch_value(EXPORT_JOB)])


async def run_while_suspended(site: Any) -> None:
    """Let the job run, and end without an export, while its account is not active."""
    await update_account(site.db, 1, is_active=False)
    await site.work()
    await update_account(site.db, 1, is_active=True)


@pytest.mark.parametrize("fail", [hold_export, cancel_export, run_while_suspended])
async def test_an_export_that_could_not_be_made_is_begun_anew(site: Any, fail: Any) -> None:
    device = await site.sign_in()
    first = (await device.http.post("/account/exports")).json()["data"]
    await fail(site)
    device = await site.sign_in()
    shown = (await device.http.get(f"/account/exports/{first['id']}")).json()["data"]
    assert shown == {**first, "state": "failed"}
    assert (await device.http.get("/account/exports")).json()["data"] == [shown]

    second = (await device.http.post("/account/exports")).json()["data"]
    assert second["state"] == "pending"
    assert second["id"] != first["id"]
    assert (await device.http.post("/account/exports")).json()["data"] == second
    await retry_jobs(site.db)
    await site.work()
    listed = (await device.http.get("/account/exports")).json()["data"]
    assert [(one["id"], one["state"]) for one in listed] == [(second["id"], "ready")]
    assert await site.db.fetch_value("SELECT count(*) FROM personal_exports") == 1


async def test_retrying_the_job_makes_the_export_after_all(site: Any) -> None:
    device = await site.sign_in()
    export = (await device.http.post("/account/exports")).json()["data"]
    await hold_export(site)
    assert await retry_jobs(site.db) == 1
    assert (await device.http.get(f"/account/exports/{export['id']}")).json()["data"] == export
    await site.work()
    assert (await device.http.get(f"/account/exports/{export['id']}")).json()["data"]["state"] == "ready"


async def test_five_exports_a_day(site: Any) -> None:
    device = await site.sign_in()
    answers = await asyncio.gather(*(device.http.post("/account/exports") for _ in range(7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [429] * 2
    assert len({UUID(answer.json()["data"]["id"]) for answer in answers if answer.status_code == 201}) == 1
    assert (await site.client().post("/account/exports")).status_code == 401
