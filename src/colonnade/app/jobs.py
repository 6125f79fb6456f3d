"""Workers without a server: the jobs of some products until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

from colonnade.app.compose import open_services
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.jobs import Worker
from colonnade.kernel.product import Product, Services

__all__ = ["run_workers"]


async def run_workers(orders: Sequence[tuple[Product, Settings, str]]) -> None:
    """Run a worker per (product, settings, DSN); in-flight jobs are finished or released at the end."""
    pairs: list[tuple[Services, Worker]] = []
    for product, settings, dsn in orders:
        services = open_services(product, settings, dsn)
        await services.bus.start()
        await services.cache.start()
        if services.hub is not None:
            await services.hub.start(services)
        worker = Worker(
            dsn, services, product.jobs, name=product.name, drain_seconds=settings.shutdown_grace_seconds
        )
        pairs.append((services, worker))
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runs = [asyncio.create_task(worker.run()) for _, worker in pairs]
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([ended, *runs], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*(worker.stop() for _, worker in pairs))
    await asyncio.gather(*runs)
    for services, _ in pairs:
        if services.hub is not None:
            await services.hub.stop()
        await services.cache.stop()
        await services.bus.stop()
        await services.db.close()
        services.hasher.close()
