"""A mail ready to be sent: valid addresses, rendered parts, and its form as an Internet message (RFC 5322)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

from colonnade.kernel.core import now
from colonnade.kernel.jobs import PermanentFailure
from colonnade.kernel.mail.addresses import Mailbox
from colonnade.kernel.mail.templates import RenderedMail

__all__ = ["Letter", "MailDeferred", "MailRefused", "compose"]


class MailRefused(PermanentFailure):
    """The mail cannot be sent, now or later. The message has codes only: no address, no text."""


class MailDeferred(Exception):
    """The mail could not be sent, but a retry may succeed. The message has codes only: no address, no text."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one recipient. `key` is the same for every attempt to send it."""

    key: str
    sender: Mailbox
    recipient: Mailbox
    reply_to: Mailbox | None
    language: str
    content: RenderedMail

    @property
    def message_id(self) -> str:
        """The Message-ID, the same for every attempt, so that a mail delivered twice is recognised as one."""
        digest = hashlib.sha256(self.key.encode()).hexdigest()[:40]
        return f"<{digest}@{self.sender.address.rpartition('@')[2]}>"


def compose(letter: Letter, *, message_id: str | None = None, sent_at: datetime | None = None) -> bytes:
    """Return the letter as a message: text, or text and HTML as alternatives; all ASCII unless an address is not.

    `message_id` defaults to the letter's id, `sent_at` to now.
    """
    headers = [
        ("From", _mailbox("From", letter.sender)),
        ("To", _mailbox("To", letter.recipient)),
        ("Subject", _words("Subject", letter.content.subject)),
        ("Date", format_datetime(sent_at or now())),
        ("Message-ID", message_id or letter.message_id),
        ("Content-Language", letter.language),
        ("Auto-Submitted", "auto-generated"),
    ]
    if letter.reply_to is not None:
        headers.insert(2, ("Reply-To", _mailbox("Reply-To", letter.reply_to)))
    body = EmailMessage(policy=SMTP_POLICY)
    body.set_content(letter.content.text, cte="quoted-printable")
    if letter.content.html is not None:
        body.add_alternative(letter.content.html, subtype="html", cte="quoted-printable")
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + body.as_bytes()


def _words(header: str, text: str) -> str:
    """Return a header's text encoded by RFC 2047 and folded.

    EmailMessage is not used: it loses blanks of long names where it folds them (seen with Python 3.11), and refuses
    addresses beyond ASCII. `text` is a single line; text that looks encoded is encoded again.
    """
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _mailbox(header: str, mailbox: Mailbox) -> str:
    if not mailbox.name or (mailbox.name.isascii() and "=?" not in mailbox.name):
        return str(mailbox)
    return f"{_words(header, mailbox.name)}\r\n <{mailbox.address}>"
