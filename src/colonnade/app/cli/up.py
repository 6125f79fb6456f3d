"""`colonnade up`: its options and the checks before it starts. The work is in `serving`."""

from __future__ import annotations

import errno
import ipaddress
import socket
import time
from typing import Annotated

import typer

from colonnade.app.cli.common import (
    check_names,
    fail,
    find_products,
    one_line_errors,
    read_settings,
    refuse_unusable,
    say,
    warn,
)
from colonnade.app.readiness import check_ready_for_production
from colonnade.kernel.core.memory import share_one_heap

__all__ = ["up"]

BACKLOG = 2048


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
    Ctrl-C, SIGTERM and SIGHUP shut down gracefully: exit code 0.
    """
    began = time.monotonic()
    share_one_heap()
    names = check_names(products or [])
    single = len(names) == 1 and bool(products)
    settings = read_settings(names[0] if single else None)
    each = [read_settings(name) for name in names]
    count = workers or settings.workers
    with one_line_errors():
        listener = _listen(host or settings.host, settings.port if port is None else port)
        check_ready_for_production(each, count)
        if settings.production and not products:
            refuse_unusable()
        if not settings.production:
            _warn_of_network(listener, settings.app_env)
        # Imported after the checks, because it takes more than a second to load.
        from colonnade.app.cli.serving import serve

        demo = settings.demo and not no_demo and not settings.production
        plan = list(zip(find_products(names), each, strict=True))
        serve(plan, settings, listener, single=single, demo=demo, workers=count, began=began)
        say("stopped")


def _warn_of_network(listener: socket.socket, app_env: str) -> None:
    """Warn if other machines can reach a server whose passwords and mailbox are for its developer."""
    address = ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])
    if not address.is_loopback:
        warn(
            f"{address} is open to the network, and APP_ENV={app_env} is not made for it: known passwords, no "
            "HTTPS. Listen on 127.0.0.1 (--host), or set APP_ENV=production"
        )


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections wait in its backlog until the server is ready.

    End the command if the address cannot be used.
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
