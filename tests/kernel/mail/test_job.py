"""From a transaction to the inbox: the real queue, a real worker, a real SMTP server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

import colonnade.kernel.db
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.jobs import Worker, enqueue_on, job, list_jobs
from colonnade.kernel.mail import Mailer, SendMail, send_mail
from colonnade.kernel.mail.addresses import parse_sender
from colonnade.kernel.mail.smtp import SmtpTransport

from .conftest import Inbox

KERNEL = Path(colonnade.kernel.db.__file__).parent / "migrations"
SENDER = parse_sender("El Shaddai FM <noreply@radio.example>")

soon = job("mail.send", max_attempts=3, first_delay_seconds=0.05)(send_mail.handler)
"""The job as it is, but for its pauses."""


@pytest.fixture
async def queue(fresh_database: Callable[[], Awaitable[str]], smtp_port: int) -> AsyncIterator[Database]:
    """Provide a database with every kernel table, and a worker that sends its mails."""
    dsn = await fresh_database()
    await migrate(dsn, [("kernel", KERNEL)])
    db = Database(dsn, enqueue=enqueue_on)
    services = SimpleNamespace(
        db=db, mailer=Mailer(SmtpTransport("127.0.0.1", smtp_port, starttls=False), SENDER)
    )
    worker = Worker(dsn, services, [soon])
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        await worker.ready.wait()
    yield db
    await worker.stop()
    await running
    await db.close()


async def until_states(db: Database, expected: list[str]) -> None:
    async with asyncio.timeout(20):
        while [record.state for record in await list_jobs(db)] != expected:
            pass


def mail(templates: str) -> SendMail:
    context = {"name": "Sari", "kind": "mitra"}
    return SendMail(to="sari@example.com", template=f"{templates}:welcome", context=context)


async def test_a_mail_of_a_rolled_back_transaction_is_not_sent(
    queue: Database, inbox: Inbox, templates: str
) -> None:
    try:
        async with queue.transaction() as tx:
            await tx.enqueue(soon, mail(templates))
            raise RuntimeError
    except RuntimeError:
        pass
    async with queue.transaction() as tx:
        await tx.enqueue(soon, mail(templates))
    await until_states(queue, [])
    assert len(inbox.mails) == 1


async def test_two_temporary_failures_then_one_mail(queue: Database, inbox: Inbox, templates: str) -> None:
    inbox.rcpt_answers.append("451 greylisted")
    inbox.data_answers.append("452 disk full")
    async with queue.transaction() as tx:
        await tx.enqueue(soon, mail(templates))
    await until_states(queue, [])
    assert [str(message["Subject"]) for message in inbox.mails] == ["Selamat datang, Sari"]
    assert inbox.rcpt_answers == inbox.data_answers == []


async def test_a_refused_mail_is_held_and_nobody_is_named(
    queue: Database, inbox: Inbox, templates: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    inbox.rcpt_answers += ["550 no such user sari@example.com"] * 2
    with capture_logs() as entries:
        async with queue.transaction() as tx:
            await tx.enqueue(soon, mail(templates))
        await until_states(queue, ["held"])
    (record,) = await list_jobs(queue)
    assert record.error == "MailRefused: the SMTP server answered 550"
    assert len(inbox.rcpt_answers) == 1
    assert inbox.mails == []
    noted: Any = await queue.fetch_value("SELECT string_agg(error, ' ') FROM job_queue")
    assert "MailRefused" in noted
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.log")]  # aiosmtpd's own log
    for text in (noted, str(entries), str(ours)):
        assert "sari" not in text.lower()
