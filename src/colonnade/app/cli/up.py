"""`colonnade up` and `colonnade worker`: prepare, serve, stop."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from typing import Annotated

import typer
from rich.table import Table

from colonnade.app.cli.common import err, fail, find_products, one_line_errors, out, read_settings
from colonnade.app.preparation import Infrastructure, infrastructure, migrate_database, seed_database
from colonnade.app.server import Serve, log_format, run_server
from colonnade.kernel.core.settings import Settings, load_settings
from colonnade.kernel.product import Product

__all__ = ["up", "worker"]

STOP_SECONDS = 24.0


def up(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (PORT, 3000).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (HOST, 127.0.0.1).")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes (WORKERS, 1).")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Write no demonstration data.")] = False,
) -> None:
    """Start everything: database, migrations, demonstration data, server and background jobs."""
    began = time.monotonic()
    chosen = find_products(products or [])
    single = len(products or []) == 1
    settings = read_settings(chosen[0].name if single else None)
    count = workers or settings.workers
    listener = _listen(host or settings.host, settings.port if port is None else port)
    with one_line_errors(), infrastructure(chosen, settings, workers=count, say=_say) as found:
        demo = settings.demo and not no_demo and not settings.production
        for product in chosen:
            own = read_settings(product.name)
            asyncio.run(_prepare(product, own, found.dsns[product.name], demo=demo))
        order = Serve(dsns=found.dsns, single=single, redis_url=found.redis_url, workers=count)
        _keep_database(found)

        def announce() -> None:
            _announce(chosen, settings, listener, single=single, demo=demo, seconds=time.monotonic() - began)

        if count == 1:
            started = run_server(order, listener, announce)
        else:
            from colonnade.app.supervisor import supervise

            announce()
            started = supervise(order, listener, stop_seconds=STOP_SECONDS)
        if not started:
            fail("The server could not start; the log above says why.", code=3)
    err.print("stopped")


async def _prepare(product: Product, settings: Settings, dsn: str, *, demo: bool) -> None:
    applied = await migrate_database(product, dsn, _say)
    if demo and (applied or product.seed is not None):
        await seed_database(product, settings, dsn)


def _say(line: str) -> None:
    err.print(f"[dim]… {line}[/]", highlight=False)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(
                f"Port {port} is in use. Stop what uses it, or choose another: colonnade up --port {port + 1}"
            )
        if error.errno == errno.EACCES:
            fail(f"Port {port} needs special rights. Choose one above 1023: colonnade up --port 3000")
        fail(f"Cannot listen on {host}:{port}: {error.strerror}")
    except OverflowError:
        fail(f"{port} is not a port: choose one from 1 to 65535.")
    listener.setblocking(False)
    listener.set_inheritable(True)
    return listener


def _keep_database(found: Infrastructure) -> None:
    """Look after the embedded database: nothing else starts it again when it is killed."""
    if found.ensure_running is None:
        return
    look = found.ensure_running

    def watch() -> None:
        while True:
            time.sleep(1)
            try:
                look()
            except Exception as error:
                err.print(f"[red]The embedded database does not start again: {error}[/]")

    threading.Thread(target=watch, name="embedded-postgres", daemon=True).start()


def _announce(
    products: list[Product],
    settings: Settings,
    listener: socket.socket,
    *,
    single: bool,
    demo: bool,
    seconds: float,
) -> None:
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
    base = f"http://{shown}:{port}"
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for product in products:
        root = base if single else f"{base}/{product.name}"
        table.add_row(f"[bold]{product.title}[/]", root)
        table.add_row("", f"{root}/api-docs  {root}/health")
        if demo:
            for login in product.demo_logins:
                table.add_row("", f"[dim]{login.role}[/]  {login.email}  {login.password}")
    if not single:
        table.add_row("[bold]Overview[/]", base)
    table.add_row("[bold]Data[/]", str(settings.home) if not settings.database_url else "DATABASE_URL")
    if demo:
        table.add_row("[bold]Mail[/]", f"{base if single else f'{base}/{products[0].name}'}/_dev/mail")
    out.print()
    out.print(table, highlight=False)
    out.print(f"\nReady in {seconds:.1f} s. Ctrl-C stops.\n", highlight=False)


def worker(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """Run background jobs and cron alone, without a server."""
    from colonnade.app.jobs import run_workers
    from colonnade.kernel.observe import configure_logging

    chosen = find_products(products or [])
    settings = read_settings()
    with one_line_errors(), infrastructure(chosen, settings, say=_say) as found:
        for product in chosen:
            asyncio.run(migrate_database(product, found.dsns[product.name], _say))
        configure_logging(settings.log_level, log_format(settings.log_format, settings.production))
        own = [(product, load_settings(product.name, redis_url=found.redis_url)) for product in chosen]
        err.print(f"Working for {', '.join(product.title for product in chosen)}. Ctrl-C stops.")
        asyncio.run(run_workers([(product, each, found.dsns[product.name]) for product, each in own]))
    err.print("stopped")
