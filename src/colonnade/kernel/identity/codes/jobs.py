"""The job that issues a code and mails it.

The code is issued at the moment of sending and goes straight into the mail: it is never in the queue. If the mail
fails, the next attempt issues another code; only the newest one is valid.
"""

from __future__ import annotations

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Api
from colonnade.kernel.identity.codes.issuing import issue_code, issue_visitor_code
from colonnade.kernel.identity.codes.schemas import LIFETIME, SendCode, SendVisitorCode
from colonnade.kernel.jobs import Priority, job
from colonnade.kernel.mail import MAIL_LANE, Mailer, SendMail

__all__ = ["send_code", "send_visitor_code"]

TEMPLATES = {
    "verify-email": "verify_email",
    "reset-password": "reset_password",
    "step-up": "step_up",
}


# A person is waiting for this mail.
@job(
    "identity.send_code",
    lane=MAIL_LANE,
    priority=Priority.HIGH,
    max_attempts=5,
    timeout_seconds=60.0,
    first_delay_seconds=5.0,
)
async def send_code(
    payload: SendCode, db: Database, settings: Settings, mailer: Mailer, product: Api
) -> None:
    """Issue and mail one code; temporary failures are retried after 5 s, 10 s, …, for over a minute."""
    async with db.transaction() as tx:
        issued = await issue_code(
            tx, settings, email=payload.email, purpose=payload.purpose, asker=payload.asker
        )
    if issued is None:
        return
    await mailer.send(
        SendMail(
            to=issued.email,
            to_name=issued.name,
            language=payload.language,
            template=f"colonnade.kernel.identity:{TEMPLATES[payload.purpose]}",
            context={
                "title": product.title,
                "name": issued.name,
                "code": issued.code,
                "minutes": int(LIFETIME.total_seconds()) // 60,
            },
        )
    )


# A person is waiting for this mail.
@job(
    "identity.send_visitor_code",
    lane=MAIL_LANE,
    priority=Priority.HIGH,
    max_attempts=5,
    timeout_seconds=60.0,
    first_delay_seconds=5.0,
)
async def send_visitor_code(
    payload: SendVisitorCode, db: Database, settings: Settings, mailer: Mailer, product: Api
) -> None:
    """Issue and mail one code in place of the asker's before; it is never in the queue."""
    code = await issue_visitor_code(
        db, settings, email=payload.email, purpose=payload.purpose, asker=payload.asker
    )
    await mailer.send(
        SendMail(
            to=payload.email,
            to_name=None,
            language=payload.language,
            template="colonnade.kernel.identity:visitor_code",
            context={
                "title": product.title,
                "code": code,
                "minutes": int(LIFETIME.total_seconds()) // 60,
            },
        )
    )
