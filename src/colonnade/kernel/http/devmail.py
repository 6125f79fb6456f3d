"""`/_dev/mail`: mails that were not sent because no mail server is set up. Never there in production."""

from __future__ import annotations

import html
from typing import Any

from litestar import Response, Router
from litestar.enums import MediaType

from colonnade.kernel.core import NotFound
from colonnade.kernel.http.guards import anyone
from colonnade.kernel.http.handlers import get
from colonnade.kernel.http.services import HttpServices
from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails

__all__ = ["devmail_router"]

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
    "cache-control": "no-store",
}
_FRAMED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "cache-control": "no-store",
    "x-frame-options": "SAMEORIGIN",
}


def _check_mailbox(services: HttpServices) -> None:
    if services.settings.production or not services.mailer.is_development:
        raise NotFound


def _page(body: str) -> Response[str]:
    text = (
        '<!doctype html><meta charset="utf-8"><title>Development mailbox</title>'
        "<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0}iframe{width:100%;height:30rem;border:1px solid #ccc}"
        f"pre{{white-space:pre-wrap;background:#f5f5f4;padding:1rem}}</style>{body}"
    )
    return Response(text, media_type=MediaType.HTML, headers=_HEADERS)


@get("/_dev/mail", guards=[anyone()], include_in_schema=False)
async def list_mails(services: HttpServices) -> Response[str]:
    """The newest mails."""
    _check_mailbox(services)
    rows = "".join(
        f"<tr><td>{mail.created_at:%Y-%m-%d %H:%M:%S}</td><td>{html.escape(mail.recipient)}</td>"
        f'<td><a href="mail/{mail.id}">{html.escape(mail.subject)}</a></td></tr>'
        for mail in await list_dev_mails(services.db)
    )
    return _page(f"<h1>Development mailbox</h1><table>{rows or '<tr><td>No mail yet.</td></tr>'}</table>")


@get("/_dev/mail/{mail_id:int}", guards=[anyone()], include_in_schema=False)
async def show_mail(mail_id: int, services: HttpServices) -> Response[str]:
    """One mail: its text and, in a sandboxed frame, its HTML."""
    _check_mailbox(services)
    mail = await fetch_dev_mail(services.db, mail_id)
    frame = f'<iframe sandbox src="{mail.id}/html"></iframe>' if mail.html else ""
    return _page(
        f"<h1>{html.escape(mail.subject)}</h1><p>To {html.escape(mail.recipient)}</p>"
        f"<pre>{html.escape(mail.text)}</pre>{frame}"
    )


@get("/_dev/mail/{mail_id:int}/html", guards=[anyone()], include_in_schema=False)
async def show_mail_html(mail_id: int, services: HttpServices) -> Response[Any]:
    """The HTML part, without scripts or anything from elsewhere."""
    _check_mailbox(services)
    mail = await fetch_dev_mail(services.db, mail_id)
    return Response(mail.html or "", media_type=MediaType.HTML, headers=_FRAMED)


def devmail_router() -> Router:
    """The routes of this module."""
    return Router("/", route_handlers=[list_mails, show_mail, show_mail_html])
