"""Articles that were archived before there was a trash are in it afterwards, with their former addresses."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db.migrate import migrate
from colonnade.products.radio.product import PRODUCT

KERNEL = Path(kernel_db.__file__).parent / "migrations"
TRASH = "0014_lifecycle.sql"


async def test_archived_articles_move(fresh_database: Callable[[], Awaitable[str]], tmp_path: Path) -> None:
    dsn = await fresh_database()
    for path in PRODUCT.migrations.glob("*.sql"):
        if path.name < TRASH:
            shutil.copy(path, tmp_path)
    await migrate(dsn, [("kernel", KERNEL), ("radio", tmp_path)])
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        """
        INSERT INTO accounts (email, name, role) VALUES ('a@test.id', 'Rina', 'editor');
        INSERT INTO articles (title, slug, content, status, author_id, published_at, version) VALUES
            ('Masih terbit', 'terbit', 'isi', 'published', 1, now(), 1),
            ('Sudah diarsip', 'arsip', 'isi', 'archived', 1, now(), 4);
        INSERT INTO article_old_slugs VALUES ('dulu', 2), ('lama', 1);
        """
    )
    shutil.copy(PRODUCT.migrations / TRASH, tmp_path)
    await migrate(dsn, [("kernel", KERNEL), ("radio", tmp_path)])
    assert [row["slug"] for row in await connection.fetch("SELECT slug FROM articles")] == ["terbit"]
    assert [row["slug"] for row in await connection.fetch("SELECT slug FROM article_old_slugs")] == ["lama"]
    (row,) = await connection.fetch(
        "SELECT kind, item_id, title, key, item ->> 'status' AS status, item ->> 'version' AS version, "
        "item ? 'search' AS searched, along #>> '{article_old_slugs,0,slug}' AS old FROM trash"
    )
    assert tuple(row) == ("articles", 2, "Sudah diarsip", "arsip", "draft", "4", False, "dulu")
    await connection.close()
