"""Sends mails by SMTP, one connection per mail; failures are classified as temporary or permanent."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn

from colonnade.kernel.mail.letters import Letter, MailDeferred, MailRefused, compose

if TYPE_CHECKING:
    from aiosmtplib import SMTP

__all__ = ["SmtpTransport"]

TIMEOUT_SECONDS = 20.0


class SmtpTransport:
    """An SMTP server. `tls` is TLS from the first byte; `starttls` requires the upgrade instead of only trying it."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str | None = None,
        password: str | None = None,
        tls: bool = False,
        starttls: bool = True,
        tls_context: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Set the server up. Raise ValueError if a password would be sent unencrypted to another machine."""
        if user and not (tls or starttls or _is_this_machine(host)):
            raise ValueError(
                "SMTP_USER needs SMTP_STARTTLS or SMTP_TLS: the password would be sent unencrypted"
            )
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._tls, self._starttls = tls, starttls and not tls
        self._tls_context = tls_context
        self._timeout_seconds = timeout_seconds

    async def deliver(self, letter: Letter) -> None:
        """Send the letter. Raise MailDeferred (retry) or MailRefused (do not retry)."""
        import aiosmtplib

        needs_utf8 = not (letter.sender.address + letter.recipient.address).isascii()
        try:
            async with self._client() as client:
                await client.sendmail(
                    letter.sender.address,
                    [letter.recipient.address],
                    compose(letter),
                    mail_options=["SMTPUTF8"] if needs_utf8 else [],
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            failure = error
        else:
            return
        # Outside the `except`: a server's answer may repeat addresses, so the failure must not be chained to it.
        _sort(failure)

    async def check(self) -> None:
        """Connect, upgrade and log in. Raise MailDeferred or MailRefused."""
        import aiosmtplib

        try:
            async with self._client():
                return
        except (aiosmtplib.SMTPException, OSError) as error:
            failure = error
        _sort(failure)

    async def close(self) -> None:
        """Do nothing: each mail has a connection of its own."""

    def _client(self) -> SMTP:
        import aiosmtplib

        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password if self._user else None,
            use_tls=self._tls,
            start_tls=self._starttls,
            tls_context=self._tls_context,
            timeout=self._timeout_seconds,
        )


def _sort(error: Exception) -> NoReturn:
    from aiosmtplib import SMTPException, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException

    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        if 400 <= error.code < 500:
            raise MailDeferred(f"the SMTP server answered {error.code}")
        if error.code >= 500:
            raise MailRefused(f"the SMTP server answered {error.code}")
    # aiosmtplib raises its base class itself for a server without STARTTLS or a common way to log in.
    if isinstance(error, SMTPNotSupported | ssl.SSLCertVerificationError) or type(error) is SMTPException:
        raise MailRefused(f"the SMTP server cannot be used: {type(error).__name__}")
    raise MailDeferred(f"the SMTP server cannot be reached: {type(error).__name__}")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
