"""The job that sends mails."""

from __future__ import annotations

from typing import Protocol

from colonnade.kernel.jobs import job
from colonnade.kernel.mail.mailer import Mailer, SendMail

__all__ = ["send_mail"]


class Services(Protocol):
    """What the job works with."""

    mailer: Mailer


@job("mail.send", max_attempts=8, timeout_seconds=60.0, first_delay_seconds=15.0)
async def send_mail(services: Services, payload: SendMail) -> None:
    """Send one mail: again after 15 s, 30 s, … (for half an hour) when that may help, held at once if not."""
    await services.mailer.send(payload)
