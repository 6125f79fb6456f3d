"""What the job queue holds about people: removed with their account, and after a time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.kernel.identity.conftest import PASSWORD
from tests.kernel.identity.test_privacy import delete_account, suspend, tables_with

from colonnade.kernel.identity import prune_ended
from colonnade.kernel.identity.queries import update_account
from colonnade.kernel.jobs.queries.records import FIND_ABOUT
from colonnade.kernel.mail import SendMail, send_mail

MEMBER = "member@club.example"
MANAGER = "manager@club.example"
OLD = "mia@former.example"
MAILS = "colonnade.kernel.identity"


async def waiting(site: Any) -> list[tuple[str, str, str]]:
    """Return the state, the address and the template or purpose of each job in the queue, oldest first."""
    jobs = []
    rows = (
        "SELECT state, cancelled, payload FROM job_queue WHERE name <> 'identity.sweep_deleted' ORDER BY id"
    )
    for row in await site.db.fetch(rows):
        payload = msgspec.json.decode(row["payload"])
        jobs.append(
            (
                "stopping" if row["cancelled"] else row["state"],
                payload.get("to") or payload["email"],
                payload.get("template") or payload["purpose"],
            )
        )
    return jobs


async def write(site: Any, to: str, **more: Any) -> None:
    async with site.db.transaction() as tx:
        await tx.enqueue(send_mail, SendMail(to=to, template="test:letter", **more))


async def fill(site: Any) -> Any:
    """Put mails about the member into the queue, one of them to an address of before; return a signed-in device."""
    admin = await site.sign_in("admin")
    await update_account(site.db, 1, email=OLD)
    assert (await suspend(admin.http, 1)).status_code == 200
    assert (await admin.http.delete("/accounts/1/suspension")).status_code == 204
    await update_account(site.db, 1, email=MEMBER)
    device = await site.sign_in()
    forgotten = {"email": MEMBER}
    assert (await site.client().post("/auth/password/forgot", json=forgotten)).status_code == 200
    await write(site, MEMBER.upper(), to_name="Mia Member")
    assert await waiting(site) == [
        ("queued", OLD, f"{MAILS}:account_suspended"),
        ("queued", OLD, f"{MAILS}:account_reinstated"),
        ("queued", MEMBER, "reset-password"),
        ("queued", MEMBER.upper(), "test:letter"),
    ]
    return device


@pytest.mark.parametrize("state", ["queued", "held"])
async def test_deleting_an_account_removes_what_waits_about_it(site: Any, state: str) -> None:
    device = await fill(site)
    await site.db.execute(
        "UPDATE job_queue SET state = $1, error = $2", state, f"MailRefused: no {MEMBER} here"
    )
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    assert await waiting(site) == [("queued", MEMBER, f"{MAILS}:account_deleted")]
    assert [mail.subject for mail in await site.mails(MEMBER)] == ["The Club: akun Anda telah dihapus"]
    await site.db.execute("DELETE FROM dev_mailbox")
    assert await tables_with(site, MEMBER, OLD, "Mia Member") == set()


async def test_a_mail_to_somebody_who_had_the_address_before_is_sent(site: Any) -> None:
    """Whoever took an account over could else keep its owner from hearing of it: sign up with the address, delete."""
    await site.services.db.execute("UPDATE accounts SET email = $1 WHERE id = 2", OLD)
    async with site.db.transaction() as tx:
        await site.services.notices.note_change(tx, 2, "email-changed", None)
    await update_account(site.db, 2, email=MANAGER)
    await update_account(site.db, 1, email=OLD)
    async with site.db.transaction("cli") as tx:
        await site.services.accounts.erase(tx, 1, caller=None)
    assert await waiting(site) == [
        ("queued", OLD, f"{MAILS}:account_changed"),
        ("queued", OLD, f"{MAILS}:account_deleted"),
    ]


async def test_a_deletion_does_not_silence_the_mail_to_the_old_address(site: Any) -> None:
    async with site.db.transaction() as tx:
        await site.services.notices.note_change(tx, 1, "email-changed", None)
        await site.services.notices.note_change(tx, 1, "passkey-added", None)
    await update_account(site.db, 1, email=OLD)
    async with site.db.transaction("cli") as tx:
        await site.services.accounts.erase(tx, 1, caller=None)
    assert await waiting(site) == [
        ("queued", MEMBER, f"{MAILS}:account_changed"),
        ("queued", OLD, f"{MAILS}:account_deleted"),
    ]


async def test_a_mail_that_is_being_sent_is_not_tried_again(site: Any) -> None:
    device = await fill(site)
    await site.db.execute(
        "UPDATE job_queue SET state = 'running', worker = 'host:1:ab', leased_until = now() + interval '1 minute'"
    )
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    assert [state for state, _, _ in await waiting(site)] == ["stopping"] * 4 + ["queued"]


async def test_what_waits_about_others_stays(site: Any) -> None:
    device = await site.sign_in()
    others = {
        "to": MANAGER,
        "account_id": 11,
        "reply_to": MEMBER,
        "context": {"to": MEMBER, "email": MEMBER, "account_id": 1, "nul": "\0"},
    }
    await write(site, **others)
    await write(site, "x" + MEMBER)
    await write(site, "\N{KELVIN SIGN}" + MEMBER)
    before = await waiting(site)
    assert (await delete_account(device.http, password=PASSWORD)).status_code == 200
    assert await waiting(site) == [*before, ("queued", MEMBER, f"{MAILS}:account_deleted")]


async def test_a_long_queue_is_not_read(site: Any) -> None:
    await site.db.execute(
        "INSERT INTO job_queue (name, payload, concerns) SELECT 'mail.send', '{}', 'account:' || n % 1000 "
        "FROM generate_series(1, 5000) n"
    )
    await site.db.execute("ANALYZE job_queue")
    rows = await site.db.fetch("EXPLAIN " + FIND_ABOUT, ["account:1", f"mailto:{MEMBER}"])
    plan = "\n".join(row[0] for row in rows)
    assert "job_queue_concerns_idx" in plan
    assert "Seq Scan" not in plan


async def test_held_jobs_are_removed_after_thirty_days(site: Any) -> None:
    for to in ("a@club.example", "b@club.example", "c@club.example"):
        await write(site, to)
    await site.db.execute("UPDATE job_queue SET created_at = now() - interval '90 days'")
    for to, state, days in (("a", "held", 30), ("b", "held", 29), ("c", "queued", 90)):
        await site.db.execute(
            "UPDATE job_queue SET state = $2, run_at = now() - $3 * interval '1 day' - interval '1 minute' "
            "WHERE convert_from(payload, 'UTF8') LIKE '%\"' || $1 || '@club%'",
            *(to, state, days),
        )
    await prune_ended(site.services)
    assert [job[:2] for job in await waiting(site)] == [
        ("held", "b@club.example"),
        ("queued", "c@club.example"),
    ]


async def test_a_job_is_held_from_its_last_attempt_on(site: Any) -> None:
    """However long it has waited before."""
    await write(site, "nobody")
    await site.db.execute("UPDATE job_queue SET created_at = now() - interval '90 days', run_at = created_at")
    with pytest.raises(AssertionError, match="a job failed for good"):
        await site.work()
    await prune_ended(site.services)
    assert await waiting(site) == [("held", "nobody", "test:letter")]
    await site.db.execute("UPDATE job_queue SET run_at = run_at - interval '31 days'")
    await prune_ended(site.services)
    assert await waiting(site) == []
