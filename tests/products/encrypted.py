"""Finds the columns of a product's database that hold encrypted values."""

from __future__ import annotations

from colonnade.kernel.db.reencryption import count_by_key
from colonnade.kernel.identity import ENCRYPTED_COLUMNS
from colonnade.kernel.product import Services

__all__ = ["check_declared"]


async def check_declared(services: Services, *, holding: set[str]) -> None:
    """Check that the columns that hold encrypted values include `holding` (`table.column`) and are all declared.

    Every declared column must hold values of the current key only.
    """
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
    declared = (*ENCRYPTED_COLUMNS, *services.product.encrypted)
    assert holding <= encrypted <= {str(column) for column in declared}
    for column in declared:
        assert set(await count_by_key(db, column)) <= {services.fields.current}
