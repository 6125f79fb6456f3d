"""`/_dev/mail`: mails that were not sent because no mail server is set up, for local visits in development.

Plain forms make the changes, so that the pages need no script; forms of other sites are refused by their origin.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Database
from colonnade.kernel.http.answers import Response
from colonnade.kernel.http.docs import DOCS
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import anyone, spends
from colonnade.kernel.http.handlers import Router, get, post
from colonnade.kernel.http.parameters import QueryParameter
from colonnade.kernel.http.services import Api
from colonnade.kernel.http.visits import LocalVisits
from colonnade.kernel.mail import (
    KEPT_MAILS,
    Mailer,
    count_dev_mails,
    delete_dev_mails,
    fetch_dev_mail,
    list_dev_mails,
    source_of,
)
from colonnade.kernel.pages import PAGE_HEADERS, Pages

__all__ = ["devmail_router"]

MAILS_PER_PAGE = 100

_PAGES = Pages(Path(__file__).with_name("templates"))
# A mail's HTML: no scripts, nothing from elsewhere, framed by our page only; its links open in a new tab.
_FRAMED = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "cache-control": "no-store",
    "x-frame-options": "SAMEORIGIN",
}
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


def _check_mailbox(mailer: Mailer) -> None:
    if not mailer.is_development:
        raise NotFound


def _page(name: str, exchange: Exchange, **values: Any) -> Response[str]:
    text = _PAGES.render(name, base=exchange.root_path, **values)
    return Response(text, media_type="text/html", headers=PAGE_HEADERS)


@get("/mail", guards=[anyone()], unmetered=True, include_in_schema=False)
async def list_mails(
    db: Database,
    mailer: Mailer,
    product: Api,
    exchange: Exchange,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    before: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)] = None,
) -> Response[str]:
    """Show the newest mails, or those that have `q` in their recipient, subject or text."""
    _check_mailbox(mailer)
    search = q.strip()
    mails = await list_dev_mails(db, MAILS_PER_PAGE + 1, search=search, before=before)
    shown = mails[:MAILS_PER_PAGE]
    older = {"before": shown[-1].id, **({"q": search} if search else {})} if len(mails) > len(shown) else {}
    return _page(
        "mails.html",
        exchange,
        product=product.title,
        mails=shown,
        search=search,
        total=await count_dev_mails(db),
        kept=KEPT_MAILS,
        older=urlencode(older),
    )


@get("/mail/{mail_id:int}", guards=[anyone()], unmetered=True, include_in_schema=False)
async def show_mail(mail_id: int, db: Database, mailer: Mailer, exchange: Exchange) -> Response[str]:
    """Show one mail: its text and, in a sandboxed frame, its HTML."""
    _check_mailbox(mailer)
    return _page("mail.html", exchange, mail=await fetch_dev_mail(db, mail_id))


@get("/mail/{mail_id:int}/html", guards=[anyone()], unmetered=True, include_in_schema=False)
async def show_mail_html(mail_id: int, db: Database, mailer: Mailer) -> Response[Any]:
    """Show the HTML part, without scripts or anything from elsewhere."""
    _check_mailbox(mailer)
    mail = await fetch_dev_mail(db, mail_id)
    html = _HEAD.sub(r'\g<0><base target="_blank">', mail.html or "", count=1)
    return Response(html, media_type="text/html", headers=_FRAMED)


@get("/mail/{mail_id:int}/source", guards=[anyone()], unmetered=True, include_in_schema=False)
async def show_mail_source(mail_id: int, db: Database, mailer: Mailer) -> Response[bytes]:
    """Show the mail as it would travel (RFC 5322)."""
    _check_mailbox(mailer)
    source = source_of(await fetch_dev_mail(db, mail_id))
    return Response(source, media_type="text/plain", headers={"cache-control": "no-store"})


@post("/mail/{mail_id:int}/delete", guards=[anyone()], unmetered=True, include_in_schema=False)
async def delete_mail(mail_id: int, db: Database, mailer: Mailer, exchange: Exchange) -> None:
    """Delete one mail and go back to the list."""
    _check_mailbox(mailer)
    if not await delete_dev_mails(db, mail_id):
        raise NotFound("There is no such mail.")
    raise exchange.sent_on(f"{exchange.root_path}/_dev/mail")


@post("/mail/delete", guards=[anyone()], unmetered=True, include_in_schema=False)
async def delete_mails(db: Database, mailer: Mailer, exchange: Exchange) -> None:
    """Delete every mail and go back to the list."""
    _check_mailbox(mailer)
    await delete_dev_mails(db)
    raise exchange.sent_on(f"{exchange.root_path}/_dev/mail")


def devmail_router() -> Router:
    """Return the routes of this module."""
    handlers = [list_mails, show_mail, show_mail_html, show_mail_source, delete_mail, delete_mails]
    return Router("/_dev", route_handlers=handlers, guards=[spends(DOCS.name), LocalVisits()])
