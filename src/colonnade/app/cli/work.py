"""`colonnade worker`: background jobs without a server."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from colonnade.app.cli.choice import chosen_plan
from colonnade.app.cli.common import ProductNames, one_line_errors, refuse_unusable, say
from colonnade.app.jobs import run_workers
from colonnade.app.keeper import Keeper
from colonnade.app.migration import migrate_database
from colonnade.app.preparation import infrastructure
from colonnade.app.signals import run

__all__ = ["worker"]


def worker(
    products: ProductNames = None,
) -> None:
    """Run background jobs and cron alone, without a server.

    On Ctrl-C, SIGTERM and SIGHUP running jobs finish or are released: exit code 0.
    """
    with one_line_errors():
        with (
            chosen_plan(products, or_all=True) as plan,
            infrastructure(plan, say=say) as found,
            ExitStack() as stack,
        ):
            if not products and any(settings.production for _, settings in plan):
                refuse_unusable()
            for product, _ in plan:
                run(migrate_database(product, found.dsns[product.name], say))
            stack.enter_context(Keeper(found.keep))
            if None in found.redis_urls.values():
                say("Without REDIS_URL servers notice changes by jobs with some delay")
            say(f"Working for {', '.join(product.title for product, _ in plan)}. Ctrl-C stops.")
            asyncio.run(run_workers([(product, own, found.dsns[product.name]) for product, own in plan]))
        say("stopped")
