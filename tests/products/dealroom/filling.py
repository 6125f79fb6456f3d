"""Tables of a million rows, and what a statement reads of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

FILLED_AT_ONCE = 10_000
"""Rows: a statement has 15 seconds."""


@asynccontextmanager
async def filling(db: Any, *tables: str) -> AsyncIterator[None]:
    """Fill tables without their triggers, which learn the words of each row, and have them analysed afterwards.

    The autovacuum that a million rows call would hold the tables.
    """
    for table in tables:
        await db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false), DISABLE TRIGGER USER")
    try:
        yield
    finally:
        for table in tables:
            await db.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled), ENABLE TRIGGER USER")
    for table in tables:
        await db.execute(f"VACUUM ANALYZE {table}")


class Explaining:
    """Runs a statement under EXPLAIN ANALYZE and keeps its plan."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.plan: dict[str, Any] = {}

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return no rows."""
        found = await self._db.fetch_value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
        self.plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        return []

    @property
    def buffers(self) -> int:
        """How many pages of 8 KiB were read, in memory or not; a page that is read twice counts twice."""
        return int(self.plan["Shared Hit Blocks"] + self.plan["Shared Read Blocks"])


def rows_read(plan: dict[str, Any]) -> float:
    """Return the rows that the scans of a plan have read, those included that they left out."""
    own = plan.get("Actual Rows", 0) + plan.get("Rows Removed by Filter", 0)
    below = sum(rows_read(each) for each in plan.get("Plans", []))
    return (own * plan.get("Actual Loops", 1) if "Scan" in plan["Node Type"] else 0) + below


def scans_of(plan: dict[str, Any], table: str) -> Iterator[dict[str, Any]]:
    """Yield the scans of a table in a plan; of a bitmap, the scan of its index."""
    if plan.get("Relation Name") == table:
        below = plan.get("Plans", [])
        yield {**plan, **({"Index Name": below[0].get("Index Name")} if below else {})}
    for each in plan.get("Plans", []):
        yield from scans_of(each, table)
