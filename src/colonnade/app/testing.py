"""A pytest plugin for the tests of a product of any package: its backend in the test's own process.

    addopts = "-p colonnade.app.testing"              # pyproject.toml, [tool.pytest.ini_options]

    @pytest.fixture(scope="session")
    async def shop_server(open_backend: OpenBackend) -> AsyncIterator[Backend]:
        async with open_backend(PRODUCT, Backend) as server:
            yield server

    @pytest.fixture
    async def shop(shop_server: Backend) -> AsyncIterator[Backend]:
        async with shop_server.for_test():
            yield shop_server

It is part of `app` because it composes a product, which the kernel cannot; its parts are in `kernel.testing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from colonnade.app.compose import RunningProduct, open_services
from colonnade.kernel.product import Product, load_product_settings
from colonnade.kernel.testing import Backend, migrate_product

__all__ = ["OpenBackend", "open_backend"]

pytest_plugins = ["colonnade.kernel.testing.servers"]

B = TypeVar("B", bound=Backend)


class OpenBackend(Protocol):
    """The type of the fixture `open_backend`."""

    def __call__(self, product: Product, kind: type[B], /, **settings: Any) -> AbstractAsyncContextManager[B]:
        """Serve `product` from a database of its own, as a `kind` of Backend, until the block ends."""


@pytest.fixture(scope="session")
def open_backend(
    fresh_database: Callable[..., Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> OpenBackend:
    """Open the backend of a product with `settings`; neither the environment nor a `.env` counts."""

    @asynccontextmanager
    async def open_it(product: Product, kind: type[B], /, **settings: Any) -> AsyncIterator[B]:
        given = {
            "app_env": "test",
            "colonnade_home": tmp_path_factory.mktemp(product.name),
            "rate_limit_global": "100000/hour",
            # Servers stay until the last test: those that are not in use hold no connections.
            "database_idle_seconds": 20,
        }
        loaded = load_product_settings(product, Path("/nonexistent"), environ={}, **given | settings)
        dsn = await fresh_database()
        await migrate_product(dsn, product)
        services = open_services(product, loaded, dsn)
        async with kind.running(services, RunningProduct(services, with_worker=False)) as backend:
            yield backend

    return open_it
