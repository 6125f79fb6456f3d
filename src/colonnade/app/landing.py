"""The pages for browsers at the addresses that `up` prints: the gateway's overview, a product's welcome page.

Both link documentation, health and mailbox, and show the demonstration accounts to local visitors. The edge of a
product answers its welcome page, to browsers only and if the product has no route at `/`.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.app.compose import RunningProduct
from colonnade.kernel.core.addresses import client_address, forwarded_for, split_host
from colonnade.kernel.http.visits import is_local_visit
from colonnade.kernel.pages import Pages
from colonnade.kernel.product import DemoLogin, Product

__all__ = ["Scope", "overview_page", "welcome_page"]

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


def welcome_page(running: RunningProduct, *, show_logins: bool, gateway: bool, scope: Scope) -> bytes:
    """Return the page of one product as UTF-8 HTML; `scope` is the request as the product sees it.

    Below a prefix of the `gateway` it links the overview.
    """
    base = scope.get("root_path", "")
    prefix = f"/{running.product.name}"
    overview = base.removesuffix(prefix) + "/" if gateway and base.endswith(prefix) else ""
    shown = _shown(running, scope, base, show_logins=show_logins)
    return _PAGES.render("welcome.html", shown=shown, overview=overview).encode()


def overview_page(products: Iterable[RunningProduct], scope: Scope, *, show_logins: bool) -> bytes:
    """Return the gateway's page as UTF-8 HTML."""
    root = scope.get("root_path", "")
    shown = [
        _shown(running, scope, f"{root}/{running.product.name}", show_logins=show_logins)
        for running in products
    ]
    return _PAGES.render("overview.html", products=shown).encode()


def _shown(running: RunningProduct, scope: Scope, base: str, *, show_logins: bool) -> Shown:
    services = running.services
    headers = dict(scope["headers"])
    trusted = services.settings.trusted_proxies
    address = client_address(scope.get("client"), forwarded_for(scope["headers"]), trusted)
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
