"""Opens a product's services for a command, whether or not a server runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

from colonnade.app.cli.choice import chosen_plan
from colonnade.app.cli.common import fail, one_line_errors, say
from colonnade.app.compose import open_services
from colonnade.app.databases import plain_reason
from colonnade.app.preparation import Plan, infrastructure
from colonnade.app.services import stop_services
from colonnade.kernel.core import Problem
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.product import Product, Services

__all__ = ["use_services", "with_services"]

T = TypeVar("T")


def with_services(
    products: Sequence[str] | None, use: Callable[[Services], Awaitable[T]]
) -> list[tuple[Product, T]]:
    """Return each product with the result of `use` on its services; by default for all that are set up here.

    End the command with one line if a database cannot be reached or is not migrated.
    """
    with one_line_errors(), chosen_plan(products) as plan:
        return use_services(plan, use)


def use_services(plan: Plan, use: Callable[[Services], Awaitable[T]]) -> list[tuple[Product, T]]:
    """Do the same for a plan. Raise PreparationError, SettingsError and Interrupted, for `one_line_errors`."""
    with infrastructure(plan, say=say) as found:
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
        fail(f"{product.title}: the database failed: {plain_reason(error)}.")
    finally:
        await stop_services(services)
