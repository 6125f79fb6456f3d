"""The pages for browsers at the addresses that `up` prints: the gateway's overview, a product's welcome page.

Both link documentation, health and mailbox, and show the demonstration accounts to local visitors.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.app.compose import RunningProduct
from colonnade.kernel.http import client_address
from colonnade.kernel.http.exchange import split_host
from colonnade.kernel.http.headers import Headers, complete, security_headers
from colonnade.kernel.http.visits import is_local_visit
from colonnade.kernel.pages import PAGE_HEADERS, Pages, prefers_html
from colonnade.kernel.product import DemoLogin, Product

__all__ = ["Scope", "overview_page", "page_headers", "wants_welcome", "welcome_page"]

Scope = MutableMapping[str, Any]

_PAGES = Pages(Path(__file__).with_name("templates"))
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Shown:
    """A product as one visitor is shown it; `base` is its path, `host` its own host and port, or empty."""

    product: Product
    base: str
    host: str
    mailbox: bool
    logins: Sequence[DemoLogin]


def wants_welcome(running: RunningProduct, scope: Scope) -> bool:
    """Return whether a browser asks for `/` of a product that has no route of its own there.

    `scope` is the request as the product sees it. Programs, which do not ask for HTML, get the product's own 404.
    """
    if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
        return False
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return prefers_html(accept.decode("latin-1")) and not running.has_home


def welcome_page(running: RunningProduct, scope: Scope, *, show_logins: bool, overview: str = "") -> bytes:
    """Return the page of one product as UTF-8 HTML; `overview` is the path of the gateway's page, if there is one."""
    shown = _shown(running, scope, scope.get("root_path", ""), show_logins=show_logins)
    return _PAGES.render("welcome.html", shown=shown, overview=overview).encode()


def overview_page(products: Iterable[RunningProduct], scope: Scope, *, show_logins: bool) -> bytes:
    """Return the gateway's page as UTF-8 HTML."""
    root = scope.get("root_path", "")
    shown = [
        _shown(running, scope, f"{root}/{running.product.name}", show_logins=show_logins)
        for running in products
    ]
    return _PAGES.render("overview.html", products=shown).encode()


def page_headers(body: bytes) -> Headers:
    """Return the headers of a page. Its content depends on the visitor, so no cache may store it."""
    own = [(name.encode(), value.encode()) for name, value in PAGE_HEADERS.items()]
    own += [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    return complete([*own, (b"vary", b"Accept")], security_headers(https_only=False))


def _shown(running: RunningProduct, scope: Scope, base: str, *, show_logins: bool) -> Shown:
    services = running.services
    headers = dict(scope["headers"])
    trusted = services.settings.trusted_proxies
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    address = client_address(scope.get("client"), forwarded, trusted)
    local = not services.settings.production and is_local_visit(
        scope.get("client"), address, headers, trusted
    )
    name, port = split_host(headers.get(b"host", b""))
    host = f"{running.product.name}.localhost" + (f":{port}" if port else "")
    return Shown(
        running.product,
        base,
        host if name in _THIS_MACHINE else "",
        local and services.mailer.is_development,
        running.product.demo_logins if local and show_logins and services.settings.demo else (),
    )
