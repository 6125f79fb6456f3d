"""Excerpts that were plain texts are encoded afterwards, those of articles in the trash too."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db.migrate import migrate
from colonnade.products.radio.product import PRODUCT

KERNEL = Path(kernel_db.__file__).parent / "migrations"
ENCODED = "0019_encoded_excerpts.sql"


async def test_plain_excerpts_are_encoded(
    fresh_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    dsn = await fresh_database()
    for path in PRODUCT.migrations.glob("*.sql"):
        if path.name < ENCODED:
            shutil.copy(path, tmp_path)
    await migrate(dsn, [("kernel", KERNEL), ("radio", tmp_path)])
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        """
        INSERT INTO accounts (email, name, role) VALUES ('a@test.id', 'Rina', 'editor');
        INSERT INTO articles (title, slug, content, excerpt, status, author_id) VALUES
            ('Satu', 'satu', 'isi', 'Tuhan & <img src=x onerror=x> &lt;', 'draft', 1),
            ('Dua', 'dua', 'isi', 'Polos "saja"', 'draft', 1);
        INSERT INTO trash (kind, item_id, title, item) VALUES
            ('articles', 7, 'Tiga', '{"excerpt": "a < b", "title": "a < b"}'),
            ('pages', 7, 'Empat', '{"excerpt": "a < b"}');
        """
    )
    shutil.copy(PRODUCT.migrations / ENCODED, tmp_path)
    await migrate(dsn, [("kernel", KERNEL), ("radio", tmp_path)])
    rows = await connection.fetch("SELECT excerpt FROM articles ORDER BY id")
    assert [row["excerpt"] for row in rows] == [
        "Tuhan &amp; &lt;img src=x onerror=x&gt; &amp;lt;",
        'Polos "saja"',
    ]
    rows = await connection.fetch(
        "SELECT item ->> 'excerpt' AS excerpt, item ->> 'title' AS title FROM trash ORDER BY kind"
    )
    assert [tuple(row) for row in rows] == [("a &lt; b", "a < b"), ("a < b", None)]
    await connection.close()
