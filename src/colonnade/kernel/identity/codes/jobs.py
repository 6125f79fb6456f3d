"""The job that makes a code and mails it.

The code is made here, at the moment of sending, and goes straight into the mail: it lies in no queue. When the
mail fails the next attempt makes another code; the newest one is the one that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.identity.codes.issuing import issue_code
from colonnade.kernel.identity.codes.schemas import LIFETIME, SendCode
from colonnade.kernel.jobs import job
from colonnade.kernel.mail import SendMail

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["send_code"]

TEMPLATES = {
    "verify-email": "verify_email",
    "reset-password": "reset_password",
    "step-up": "step_up",
}


@job("identity.send_code", max_attempts=5, timeout_seconds=60.0, first_delay_seconds=5.0)
async def send_code(services: IdentityServices, payload: SendCode) -> None:
    """Send one code; again after 5 s, 10 s, … for over a minute when that may help."""
    async with services.db.transaction() as tx:
        issued = await issue_code(tx, services.settings, email=payload.email, purpose=payload.purpose)
    if issued is None:
        return
    await services.mailer.send(
        SendMail(
            to=issued.email,
            to_name=issued.name,
            language=payload.language,
            template=f"colonnade.kernel.identity:{TEMPLATES[payload.purpose]}",
            context={
                "title": services.product.title,
                "name": issued.name,
                "code": issued.code,
                "minutes": int(LIFETIME.total_seconds()) // 60,
            },
        )
    )
