"""Runs workers without a server: the jobs of some products until SIGTERM, SIGINT or SIGHUP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import FrameType

from colonnade.app.services import open_services, open_worker, start_services, stop_services, within
from colonnade.app.signals import check_interrupted, ignore_ending_signals, on_ending_signal
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.jobs import Worker
from colonnade.kernel.product import Product, Services

__all__ = ["run_workers"]

HUB_TIMEOUT_SECONDS = 2.0


async def run_workers(orders: Sequence[tuple[Product, Settings, str]]) -> None:
    """Run a worker per (product, settings, DSN); in-flight jobs are finished or released at the end.

    Afterwards the signals are ignored: the caller has servers to stop. Raise what the database raises at the
    start; later failures are logged and retried.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def end(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    on_ending_signal(end)
    check_interrupted()
    all_services = [open_services(product, settings, dsn) for product, settings, dsn in orders]
    try:
        for services in all_services:
            await start_services(services)
        await _work([open_worker(services) for services in all_services], stop)
    finally:
        ignore_ending_signals()
        await asyncio.gather(*(_end(services) for services in all_services))


async def _work(workers: Sequence[Worker], stop: asyncio.Event) -> None:
    runs = [asyncio.create_task(worker.run()) for worker in workers]
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, *runs], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    await asyncio.gather(*(worker.stop() for worker in workers))
    await asyncio.gather(*runs)


async def _end(services: Services) -> None:
    if services.hub is not None:
        await within(HUB_TIMEOUT_SECONDS, services.hub.stop(), "closing the hub")
    await stop_services(services)
