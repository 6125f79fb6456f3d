"""`colonnade worker`: background jobs without a server."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Annotated

import typer

from colonnade.app.cli.common import find_products, one_line_errors, plan_for, say
from colonnade.app.jobs import run_workers
from colonnade.app.keeper import Keeper
from colonnade.app.preparation import infrastructure, migrate_database
from colonnade.app.signals import run

__all__ = ["worker"]


def worker(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """Run background jobs and cron alone, without a server.

    Ctrl-C, SIGTERM and SIGHUP let running jobs end or give them back: exit code 0.
    """
    chosen = find_products(products or [])
    plan = plan_for(chosen)
    with one_line_errors():
        with infrastructure(plan, say=say) as found, ExitStack() as stack:
            for product in chosen:
                run(migrate_database(product, found.dsns[product.name], say))
            stack.enter_context(Keeper(found.keep))
            if None in found.redis_urls.values():
                say("Without REDIS_URL a server notices what jobs change with some delay")
            say(f"Working for {', '.join(product.title for product in chosen)}. Ctrl-C stops.")
            asyncio.run(run_workers([(product, own, found.dsns[product.name]) for product, own in plan]))
        say("stopped")
