"""The way from a request to send a mail (`SendMail`) to a transport, and which transport that is.

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

_MAX_NAME = 100


class SendMail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What the queue carries: one mail to one recipient, to be rendered when it is sent.

    `template` is `package:name`; `context` holds JSON values only. `key` stays the same over all attempts and
    is random unless the caller knows better: the same key means the same mail.
    """

    to: str
    template: str
    language: Language = "id"
    context: dict[str, Any] = {}
    to_name: str | None = None
    reply_to: str | None = None
    key: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))


class Transport(Protocol):
    """Takes letters away. Raises MailDeferred or RetryLater (try again), MailRefused (do not)."""

    async def deliver(self, letter: Letter) -> None:
        """Send one letter."""

    async def check(self) -> None:
        """Find out whether letters could be sent, without sending one."""


class _Nowhere:
    """Stands where production has no mail settings: jobs are held until there are some, nothing is lost."""

    async def deliver(self, letter: Letter) -> None:
        raise MailRefused("mail is not set up: SMTP_HOST or RESEND_API_KEY is missing")

    async def check(self) -> None:
        raise MailRefused("mail is not set up: SMTP_HOST or RESEND_API_KEY is missing")


@provided("mailer")
class Mailer:
    """Renders and sends mails in the name of one sender."""

    def __init__(self, transport: Transport, sender: Mailbox) -> None:
        self.transport = transport
        self.sender = sender

    @property
    def is_development(self) -> bool:
        """Whether mails land in the development mailbox."""
        return isinstance(self.transport, DevMailbox)

    async def send(self, mail: SendMail) -> None:
        """Render `mail` and hand it over; called by the job, which repeats it when that helps.

        Raises TemplateBroken and MailRefused (never again), MailDeferred and RetryLater (again, later).
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
        """Whether mails could be sent. Raises MailDeferred or MailRefused, whose messages say why not."""
        await self.transport.check()


def open_mailer(settings: Settings, db: Executor, *, resend_url: str = RESEND_URL) -> Mailer:
    """The mailer of these settings: SMTP, else Resend, else (not in production) the development mailbox.

    Raises ValueError for a sender that is no address, or a password that would travel in the clear.
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
    return _Nowhere() if settings.production else DevMailbox(db)


def _mailbox(address: str, name: str | None) -> Mailbox:
    try:
        checked = check_address(address)
    except Problem:
        checked = ""
    if not checked:
        raise MailRefused("the address is not valid")
    return Mailbox(checked, one_line(name or "")[:_MAX_NAME])
