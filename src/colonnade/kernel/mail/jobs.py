"""The job that sends mails."""

from __future__ import annotations

from colonnade.kernel.jobs import Lane, job
from colonnade.kernel.mail.mailer import Mailer, SendMail

__all__ = ["MAIL_LANE", "send_mail"]

MAIL_LANE = Lane("mail", 6)
"""For jobs that wait for the mail server."""


@job("mail.send", lane=MAIL_LANE, max_attempts=8, timeout_seconds=60.0, first_delay_seconds=15.0)
async def send_mail(payload: SendMail, mailer: Mailer) -> None:
    """Send one mail; retry after temporary failures (15 s, 30 s, … for half an hour), hold after permanent ones."""
    await mailer.send(payload)
