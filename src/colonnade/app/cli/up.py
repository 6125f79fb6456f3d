"""`colonnade up`: prepare, serve, stop."""

from __future__ import annotations

import errno
import socket
import time
from contextlib import ExitStack
from typing import Annotated

import typer

from colonnade.app.cli.announce import Announcement
from colonnade.app.cli.common import fail, find_products, one_line_errors, plan_for, read_settings, say
from colonnade.app.keeper import Keeper
from colonnade.app.preparation import Infrastructure, Plan, infrastructure, migrate_database, seed_apart
from colonnade.app.server import Serve, run_server
from colonnade.app.signals import run

__all__ = ["up"]

BACKLOG = 2048
STOP_EXTRA_SECONDS = 3.0
"""How much longer than the grace period the processes of `--workers` get before they are killed."""


def up(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (PORT, 3000).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (HOST, 127.0.0.1).")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes (WORKERS, 1).")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Write no demonstration data.")] = False,
) -> None:
    """Start everything: database, migrations, demonstration data, server and background jobs.

    One named product is served at the root, several (or all) under /<product>/ and at <product>.localhost.
    Ctrl-C, SIGTERM and SIGHUP stop in order: exit code 0.
    """
    began = time.monotonic()
    chosen = find_products(products or [])
    single = len(chosen) == 1 and bool(products)
    settings = read_settings(chosen[0].name if single else None)
    plan = plan_for(chosen)
    count = workers or settings.workers
    with one_line_errors():
        listener = _listen(host or settings.host, settings.port if port is None else port)
        with infrastructure(plan, workers=count, say=say) as found, ExitStack() as stack:
            demo = settings.demo and not no_demo and not settings.production
            run(_prepare(plan, found, demo=demo))
            stack.enter_context(Keeper(found.keep))
            order = Serve(
                dsns=found.dsns, redis_urls=found.redis_urls, single=single, demo=demo, workers=count
            )
            announcement = Announcement(chosen, settings, listener, single=single, demo=demo, began=began)
            if not _serve(order, listener, announcement, settings.shutdown_grace_seconds):
                fail("The server could not start; the log above says why.", code=3)
        say("stopped")


def _serve(order: Serve, listener: socket.socket, announcement: Announcement, grace_seconds: float) -> bool:
    if order.workers == 1:
        return run_server(order, listener, announcement.make)
    from colonnade.app.supervisor import supervise

    return supervise(order, listener, announcement.make, stop_seconds=grace_seconds + STOP_EXTRA_SECONDS)


async def _prepare(plan: Plan, found: Infrastructure, *, demo: bool) -> None:
    for product, settings in plan:
        dsn = found.dsns[product.name]
        await migrate_database(product, dsn, say)
        if demo and settings.demo:
            await seed_apart(product, dsn, say)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; what connects before the server is ready waits. Ends the command where none can be
    had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OverflowError:
        fail(f"{port} is not a port: choose one from 1 to 65535.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 3000
            fail(f"Port {port} is in use. Stop what uses it, or choose another: colonnade up --port {other}")
        if error.errno == errno.EACCES:
            fail(f"Port {port} needs special rights. Choose one above 1023: colonnade up --port 3000")
        fail(f"Cannot listen on {host}, port {port}: {error.strerror}. Check HOST (--host).")
    listener.setblocking(False)
    listener.set_inheritable(True)
    return listener
