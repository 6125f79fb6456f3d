"""Every encrypted column is declared: what `colonnade keys reencrypt` does not know would be lost with its key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from colonnade.app.catalog import load_product
from colonnade.app.compose import open_services
from colonnade.app.preparation import migrate_database, seed_database
from colonnade.kernel.db.reencryption import count_by_key
from colonnade.kernel.identity import ENCRYPTED_COLUMNS
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
    db, prefix = services.db, services.fields.prefix
    columns = await db.fetch(
        """
        SELECT table_name AS table, column_name AS column FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')
        """
    )
    encrypted = set()
    for row in columns:
        sql = f'SELECT EXISTS (SELECT FROM "{row["table"]}" WHERE starts_with("{row["column"]}", $1))'
        if await db.fetch_value(sql, prefix):
            encrypted.add(f"{row['table']}.{row['column']}")
    declared = {str(column) for column in (*ENCRYPTED_COLUMNS, *PRODUCT.encrypted)}
    assert "prayer_requests.content" in encrypted
    assert encrypted <= declared
    for column in (*ENCRYPTED_COLUMNS, *PRODUCT.encrypted):
        assert set(await count_by_key(db, column)) <= {services.fields.current}
    await db.close()
    services.hasher.close()
