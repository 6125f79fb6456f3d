"""For commands that work with a product's services beside a running server, or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

from colonnade.app.cli.common import fail, find_products, one_line_errors, plan_for, say
from colonnade.app.compose import open_services
from colonnade.app.databases import plain_reason
from colonnade.app.preparation import infrastructure
from colonnade.app.services import stop_services
from colonnade.kernel.core import Problem
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.product import Product, Services

__all__ = ["with_services"]

T = TypeVar("T")


def with_services(
    products: Sequence[str], use: Callable[[Services], Awaitable[T]]
) -> list[tuple[Product, T]]:
    """What `use` gives for the services of each product (of all, when none is named).

    Ends the command with one line when a database cannot be reached or is not migrated.
    """
    plan = plan_for(find_products(products))
    with one_line_errors(), infrastructure(plan, say=say) as found:
        return [
            (product, asyncio.run(_use(product, settings, found.dsns[product.name], use)))
            for product, settings in plan
        ]


async def _use(product: Product, settings: Settings, dsn: str, use: Callable[[Services], Awaitable[T]]) -> T:
    services = open_services(product, settings, dsn)
    try:
        return await use(services)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError):
        fail(f"The database of {product.name} is not up to date: run `colonnade migrate {product.name}`.")
    except Problem as error:
        fail(f"{product.title}: {error.message}")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        fail(f"{product.title}: the database refuses: {plain_reason(error)}.")
    finally:
        await stop_services(services)
