"""Announces that `up` serves: addresses, demonstration accounts, where the data is."""

from __future__ import annotations

import socket
import time

from rich.markup import escape
from rich.table import Table

from colonnade.app.cli.common import log, out
from colonnade.app.logs import log_format, only_json
from colonnade.app.preparation import Plan
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.product import Product

__all__ = ["Announcement"]

_SHOWN_AS_LOCALHOST = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104 - shown, not bound


class Announcement:
    """A table on standard output for people, a log line for machines; made once, when the server is ready.

    `plan` has each product's own settings, `settings` are the process's.
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        listener: socket.socket,
        *,
        single: bool,
        demo: bool,
        began: float,
    ) -> None:
        self._plan = plan
        self._settings = settings
        self._single = single
        self._demo = demo
        self._began = began
        host, port = listener.getsockname()[:2]
        shown = "localhost" if host in _SHOWN_AS_LOCALHOST else f"[{host}]" if ":" in host else host
        self._base = f"http://{shown}:{port}"

    def make(self) -> None:
        """Write the log line where logs are JSON, and the table unless a machine reads the output."""
        seconds = round(time.monotonic() - self._began, 1)
        if log_format(self._settings) == "json":
            names = [product.name for product, _ in self._plan]
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
        for product, settings in self._plan:
            root = self._root(product)
            table.add_row(f"[bold]{escape(product.title)}[/]", f"[cyan]{root}[/]")
            table.add_row("", f"{root}/api-docs")
            table.add_row("", f"{root}/health")
            if _keeps_mail(settings):
                table.add_row("", f"{root}/_dev/mail")
            for login in product.demo_logins if self._demo else ():
                table.add_row(f"[dim]{login.role}[/]", escape(f"{login.email}  {login.password}"))
        if not self._single:
            table.add_row("[bold]Overview[/]", f"[cyan]{self._base}[/]")
        table.add_row("[bold]Data[/]", escape(self._data()))
        return table


def _keeps_mail(settings: Settings) -> bool:
    """Return whether mails go to the development mailbox, because no mail server is set up."""
    return open_mailer(settings, Database("postgresql:///")).is_development
