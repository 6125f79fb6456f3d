"""What `up` says once it serves: addresses, demonstration accounts, where the data lives."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from colonnade.app.cli.common import log, out
from colonnade.app.logs import log_format, only_json
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.product import Product

__all__ = ["Announcement"]

_EVERYWHERE = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104 - addresses to be shown as localhost


class Announcement:
    """For people a table on standard output, for machines a log line; made once, when the server serves."""

    def __init__(
        self,
        products: Sequence[Product],
        settings: Settings,
        listener: socket.socket,
        *,
        single: bool,
        demo: bool,
        began: float,
    ) -> None:
        self._products = products
        self._settings = settings
        self._single = single
        self._demo = demo
        self._began = began
        host, port = listener.getsockname()[:2]
        shown = "localhost" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
        self._base = f"http://{shown}:{port}"

    def make(self) -> None:
        """Say it."""
        seconds = round(time.monotonic() - self._began, 1)
        if log_format(self._settings) == "json":
            names = [product.name for product in self._products]
            log.info("ready", url=self._base, products=names, seconds=seconds, data=self._data())
        if only_json(self._settings):
            return
        out.print()
        out.print(self._table())
        out.print(f"\nReady in {seconds} s. Ctrl-C stops.\n")

    def _data(self) -> str:
        settings = self._settings
        if settings.database_url is None:
            return str(settings.home)
        return f"the server of DATABASE_URL, everything else in {settings.home}"

    def _root(self, product: Product) -> str:
        return self._base if self._single else f"{self._base}/{product.name}"

    def _table(self) -> Table:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0), pad_edge=False)
        for product in self._products:
            root = self._root(product)
            table.add_row(f"[bold]{escape(product.title)}[/]", f"[cyan]{root}[/]")
            table.add_row("", f"{root}/api-docs")
            table.add_row("", f"{root}/health")
            for login in product.demo_logins if self._demo else ():
                table.add_row(f"[dim]{login.role}[/]", escape(f"{login.email}  {login.password}"))
        if not self._single:
            table.add_row("[bold]Overview[/]", f"[cyan]{self._base}[/]")
        if not self._settings.production:
            table.add_row("[bold]Mail[/]", f"{self._root(self._products[0])}/_dev/mail")
        table.add_row("[bold]Data[/]", escape(self._data()))
        return table
