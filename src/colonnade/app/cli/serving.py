"""The work of `colonnade up` after its checks: prepare, serve, stop."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from colonnade.app.cli.announce import Announcement
from colonnade.app.cli.common import fail, say, warn
from colonnade.app.keeper import Keeper
from colonnade.app.migration import migrate_database
from colonnade.app.preparation import Infrastructure, Plan, infrastructure, seed_apart
from colonnade.app.required_roles import find_unknown_roles
from colonnade.app.server import Serve, run_server
from colonnade.app.signals import run
from colonnade.kernel.core.settings import Settings

__all__ = ["serve"]

STOP_EXTRA_SECONDS = 3.0
"""Time after the grace period until processes of `--workers` that still run are killed."""


def serve(
    plan: Plan,
    settings: Settings,
    listener: socket.socket,
    *,
    single: bool,
    demo: bool,
    workers: int,
    began: float,
) -> None:
    """Serve the products of `plan` until a signal; `settings` are the process's. Raise PreparationError."""
    with infrastructure(plan, workers=workers, say=say) as found, ExitStack() as stack:
        run(_prepare(plan, found, demo=demo))
        stack.enter_context(Keeper(found.keep))
        order = Serve(
            dsns=found.dsns,
            redis_urls=found.redis_urls,
            single=single,
            port=listener.getsockname()[1],
            demo=demo,
            workers=workers,
        )
        announcement = Announcement(plan, settings, listener, single=single, demo=demo, began=began)
        if not _serve(order, listener, announcement, settings.shutdown_grace_seconds):
            fail("The server could not start; the log above says why.", code=3)


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
        if unknown := await find_unknown_roles(product, settings, dsn):
            warn(f"settings: {unknown}")
