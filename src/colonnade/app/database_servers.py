"""Opens the databases of several products: on the embedded PostgreSQL, or on the server of DATABASE_URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import asyncpg

from colonnade.app.databases import DatabasePlan, open_external, plain_reason
from colonnade.app.readiness import PreparationError
from colonnade.app.signals import run
from colonnade.kernel.core.secrets import prepare_home
from colonnade.kernel.db.embedded import EmbeddedPostgresError, ensure_database, start_postgres

__all__ = ["Databases", "open_databases"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Databases:
    """The DSN of each product by its name, and `keep`, which restarts an embedded server that was killed."""

    dsns: dict[str, str]
    keep: Callable[[], bool] | None


@contextmanager
def open_databases(plan: DatabasePlan, say: Say) -> Iterator[Databases]:
    """Start (or join) the embedded PostgreSQL if the settings leave it to us; yield where each product's database is.

    Missing databases are created. Leaving the block releases the server; the last command of a COLONNADE_HOME stops
    it. Raise PreparationError.
    """
    with ExitStack() as stack:
        own = [(product, each) for product, each in plan if each.database_url is None]
        dsns: dict[str, str] = {}
        keep: Callable[[], bool] | None = None
        if own:
            dsns, keep = _embedded_databases(stack, own, say)
        external = [(product, each) for product, each in plan if each.database_url is not None]
        if external:
            dsns |= run(open_external(external))
        yield Databases(dsns, keep)


def _embedded_databases(
    stack: ExitStack, plan: DatabasePlan, say: Say
) -> tuple[dict[str, str], Callable[[], bool]]:
    home = plan[0][1].home
    try:
        prepare_home(home)
        server = start_postgres(home, on_progress=say)
        stack.callback(server.stop)
        dsns = run(_create_databases(server.dsn(), plan))
    except EmbeddedPostgresError as error:
        raise PreparationError(str(error)) from error
    except OSError as error:
        raise PreparationError(
            f"{home} cannot be used: {error.strerror or type(error).__name__}. "
            "Make it writable for you, or set COLONNADE_HOME."
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise PreparationError(
            f"The embedded PostgreSQL refuses: {plain_reason(error)}. See {server.log}."
        ) from error
    return dsns, server.ensure_running


async def _create_databases(dsn: str, plan: DatabasePlan) -> dict[str, str]:
    return {product.name: await ensure_database(dsn, product.name) for product, _ in plan}
