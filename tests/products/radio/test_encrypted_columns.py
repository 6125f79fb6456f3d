"""Every encrypted column is declared: what `colonnade keys reencrypt` does not know would be lost with its key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.products.encrypted import check_declared

from colonnade.app.catalog import load_product
from colonnade.app.compose import open_services
from colonnade.app.migration import migrate_database
from colonnade.app.preparation import seed_database
from colonnade.kernel.product import load_product_settings
from colonnade.products.radio.product import PRODUCT


async def test_what_the_demonstration_data_encrypts_is_declared(
    fresh_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    settings = load_product_settings(
        load_product("radio"),
        Path("/nonexistent"),
        environ={},
        app_env="test",
        colonnade_home=tmp_path,
        smtp_host=None,
    )
    dsn = await fresh_database()
    await migrate_database(PRODUCT, dsn)
    assert await seed_database(PRODUCT, settings, dsn)
    services = open_services(PRODUCT, settings, dsn)
    await check_declared(services, holding={"prayer_requests.content"})
    await services.db.close()
    services.hasher.close()
