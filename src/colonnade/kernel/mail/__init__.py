"""Mail: templates in Indonesian and English, sent by a job through SMTP or Resend, or to a development mailbox.

>>> await tx.enqueue(send_mail, SendMail(                                           # doctest: +SKIP
...     to=customer.email, to_name=customer.name, language="id",
...     template="colonnade.products.shop.orders:placed", context={"name": customer.name}))
"""

from colonnade.kernel.mail.addresses import check_address, one_line, same_address
from colonnade.kernel.mail.devbox import (
    KEPT_MAILS,
    DevMail,
    DevMailSummary,
    count_dev_mails,
    delete_dev_mails,
    fetch_dev_mail,
    list_dev_mails,
    source_of,
)
from colonnade.kernel.mail.jobs import MAIL_LANE, send_mail
from colonnade.kernel.mail.language import choose_language
from colonnade.kernel.mail.letters import MailDeferred, MailRefused
from colonnade.kernel.mail.mailer import Mailer, SendMail, open_mailer
from colonnade.kernel.mail.templates import Language, RenderedMail, TemplateBroken, render, render_mail

__all__ = [
    "KEPT_MAILS",
    "MAIL_LANE",
    "DevMail",
    "DevMailSummary",
    "Language",
    "MailDeferred",
    "MailRefused",
    "Mailer",
    "RenderedMail",
    "SendMail",
    "TemplateBroken",
    "check_address",
    "choose_language",
    "count_dev_mails",
    "delete_dev_mails",
    "fetch_dev_mail",
    "list_dev_mails",
    "one_line",
    "open_mailer",
    "render",
    "render_mail",
    "same_address",
    "send_mail",
    "source_of",
]
