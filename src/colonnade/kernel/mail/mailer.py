"""Chooses the transport of mails, and takes each request to send one (`SendMail`) to it.

Addresses and texts are never logged here, nor put into error messages.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from colonnade.kernel.core import Problem
from colonnade.kernel.core.providing import provided
from colonnade.kernel.mail.addresses import Mailbox, check_address, one_line, parse_sender
from colonnade.kernel.mail.devbox import DevMailbox
from colonnade.kernel.mail.letters import Letter, MailRefused
from colonnade.kernel.mail.resend import RESEND_URL, ResendTransport
from colonnade.kernel.mail.smtp import SmtpTransport
from colonnade.kernel.mail.templates import Language, render_mail

if TYPE_CHECKING:
    from colonnade.kernel.core.settings import Settings
    from colonnade.kernel.db import Executor

__all__ = ["Mailer", "SendMail", "Transport", "open_mailer"]

_MAX_NAME_CHARACTERS = 100


class SendMail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """The payload of the job: one mail to one recipient, rendered when it is sent.

    `template` is `package:name`; `context` holds JSON values only. `key` identifies the mail over all attempts
    (idempotency); it is random unless the caller sets it. `account_id` is the account that the mail is about, if
    there is one: deleting the account removes the mail from the queue, unless it `outlives_account`. `about` is the
    address of a person without an account whom a mail to somebody else is about, and whose erasure removes it.
    """

    to: str
    template: str
    language: Language = "id"
    context: dict[str, Any] = {}
    to_name: str | None = None
    reply_to: str | None = None
    account_id: int | None = None
    about: str | None = None
    outlives_account: bool = False
    key: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))


class Transport(Protocol):
    """Sends letters. Raises MailDeferred or RetryLater (retry), MailRefused (do not retry)."""

    async def deliver(self, letter: Letter) -> None:
        """Send one letter."""

    async def check(self) -> None:
        """Check that letters can be sent, without sending one. Raise MailDeferred or MailRefused."""

    async def close(self) -> None:
        """Close connections that are kept between letters."""


class _NoTransport:
    """The transport of a production without mail settings: jobs are held until there are some; no mail is lost."""

    async def deliver(self, letter: Letter) -> None:
        raise MailRefused("mail is not set up: SMTP_HOST or RESEND_API_KEY is missing")

    async def check(self) -> None:
        raise MailRefused("mail is not set up: SMTP_HOST or RESEND_API_KEY is missing")

    async def close(self) -> None:
        pass


@provided("mailer")
class Mailer:
    """Renders and sends mails with one sender."""

    def __init__(self, transport: Transport, sender: Mailbox) -> None:
        self.transport = transport
        self.sender = sender

    @property
    def is_development(self) -> bool:
        """Whether mails go to the development mailbox."""
        return isinstance(self.transport, DevMailbox)

    async def send(self, mail: SendMail) -> None:
        """Render `mail` and pass it to the transport; the job calls this and retries temporary failures.

        Raise TemplateBroken and MailRefused (permanent), MailDeferred and RetryLater (temporary).
        """
        content = render_mail(mail.template, mail.language, mail.context)
        letter = Letter(
            key=mail.key,
            sender=self.sender,
            recipient=_mailbox(mail.to, mail.to_name),
            reply_to=None if mail.reply_to is None else _mailbox(mail.reply_to, None),
            language=mail.language,
            content=content,
        )
        await self.transport.deliver(letter)

    async def check(self) -> None:
        """Check that mails can be sent. Raise MailDeferred or MailRefused, whose messages state the reason."""
        await self.transport.check()

    async def close(self) -> None:
        """Close the transport's connections, when the process stops."""
        await self.transport.close()


def open_mailer(settings: Settings, db: Executor, *, resend_url: str = RESEND_URL) -> Mailer:
    """Return the mailer of these settings: SMTP, else Resend, else (not in production) the development mailbox.

    Raise ValueError for a sender that is no address, or a password that would be sent unencrypted.
    """
    return Mailer(_transport(settings, db, resend_url), parse_sender(settings.mail_from))


def _transport(settings: Settings, db: Executor, resend_url: str) -> Transport:
    if settings.smtp_host:
        password = settings.smtp_password
        return SmtpTransport(
            settings.smtp_host,
            settings.smtp_port,
            user=settings.smtp_user,
            password=None if password is None else password.get_secret_value(),
            tls=settings.smtp_tls,
            starttls=settings.smtp_starttls,
        )
    if settings.resend_api_key is not None:
        return ResendTransport(settings.resend_api_key.get_secret_value(), base_url=resend_url)
    return _NoTransport() if settings.production else DevMailbox(db)


def _mailbox(address: str, name: str | None) -> Mailbox:
    try:
        checked = check_address(address)
    except Problem:
        checked = ""
    if not checked:
        raise MailRefused("the address is not valid")
    return Mailbox(checked, one_line(name or "")[:_MAX_NAME_CHARACTERS])
