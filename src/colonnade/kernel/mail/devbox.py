"""The development mailbox: stores mails (`dev_mailbox`) instead of sending them, to be read in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor
from colonnade.kernel.mail.addresses import Mailbox, delivered_form
from colonnade.kernel.mail.letters import Letter, compose
from colonnade.kernel.mail.templates import RenderedMail

__all__ = [
    "KEPT_MAILS",
    "DevMail",
    "DevMailSummary",
    "DevMailbox",
    "count_dev_mails",
    "delete_dev_mails",
    "fetch_dev_mail",
    "list_dev_mails",
    "source_of",
]

KEPT_MAILS = 500
"""Mails beyond this number are deleted when new ones arrive, the oldest first."""

# Stores a mail once, however often its job runs.
INSERT_MAIL = """
INSERT INTO dev_mailbox (message_id, sender, recipient, reply_to, subject, language, text_body, html_body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (message_id) DO NOTHING
"""
DELETE_OLD = """
DELETE FROM dev_mailbox WHERE id <= (SELECT id FROM dev_mailbox ORDER BY id DESC OFFSET $1 LIMIT 1)
"""
# The newest first; those that contain $2, or whose recipient contains $4, and have an id below $3, if these are given.
LIST_MAILS = """
SELECT id, recipient, subject, language, created_at FROM dev_mailbox
WHERE ($2 = '' OR strpos(lower(concat_ws(' ', recipient, subject, text_body)), lower($2)) > 0
       OR ($4 <> '' AND strpos(lower(recipient), lower($4)) > 0))
  AND ($3::bigint IS NULL OR id < $3)
ORDER BY id DESC LIMIT $1
"""
COUNT_MAILS = "SELECT count(*) FROM dev_mailbox"
# One mail, or all.
DELETE_MAILS = """
WITH gone AS (DELETE FROM dev_mailbox WHERE $1::bigint IS NULL OR id = $1 RETURNING 1) SELECT count(*) FROM gone
"""
FETCH_MAIL = "SELECT * FROM dev_mailbox WHERE id = $1"


@dataclass(frozen=True, slots=True)
class DevMailSummary:
    """A mail in the list of the mailbox."""

    id: int
    recipient: str
    subject: str
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DevMail:
    """A complete mail; `html` is the template's output, to be shown in a sandboxed frame only."""

    id: int
    message_id: str
    sender: str
    recipient: str
    reply_to: str | None
    subject: str
    language: str
    text: str
    html: str | None
    created_at: datetime


class DevMailbox:
    """A transport that delivers into the table `dev_mailbox`."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def deliver(self, letter: Letter) -> None:
        """Store the letter; keep the newest 500 of all."""
        await self._db.execute(
            INSERT_MAIL,
            letter.message_id,
            str(letter.sender),
            str(letter.recipient),
            None if letter.reply_to is None else str(letter.reply_to),
            letter.content.subject,
            letter.language,
            letter.content.text,
            letter.content.html,
        )
        await self._db.execute(DELETE_OLD, KEPT_MAILS)

    async def check(self) -> None:
        """Do nothing: the database has a check of its own."""

    async def close(self) -> None:
        """Do nothing: the database is closed by its owner."""


async def list_dev_mails(
    db: Executor, limit: int = 100, *, search: str = "", before: int | None = None
) -> list[DevMailSummary]:
    """List mails, the newest first: those with `search` in recipient, subject or text, with an id below `before`."""
    rows = await db.fetch(LIST_MAILS, limit, search, before, delivered_form(search))
    return [DevMailSummary(**dict(row)) for row in rows]


async def count_dev_mails(db: Executor) -> int:
    """Return how many mails there are."""
    counted: int = await db.fetch_value(COUNT_MAILS)
    return counted


async def delete_dev_mails(db: Executor, id: int | None = None) -> int:
    """Delete one mail, or all; return how many there were."""
    deleted: int = await db.fetch_value(DELETE_MAILS, id)
    return deleted


async def fetch_dev_mail(db: Executor, id: int) -> DevMail:
    """Return one mail. Raise NotFound."""
    row = await db.fetch_row(FETCH_MAIL, id) if 0 < id < 2**63 else None
    if row is None:
        raise NotFound("There is no such mail.")
    values = dict(row)
    return DevMail(text=values.pop("text_body"), html=values.pop("html_body"), **values)


def source_of(mail: DevMail) -> bytes:
    """Return the mail as a message (RFC 5322), as a mail server would have received it."""
    letter = Letter(
        key=mail.message_id,
        sender=_mailbox(mail.sender),
        recipient=_mailbox(mail.recipient),
        reply_to=None if mail.reply_to is None else _mailbox(mail.reply_to),
        language=mail.language,
        content=RenderedMail(mail.subject, mail.text, mail.html),
    )
    return compose(letter, message_id=mail.message_id, sent_at=mail.created_at)


def _mailbox(text: str) -> Mailbox:
    name, address = parseaddr(text)
    return Mailbox(address, name)
