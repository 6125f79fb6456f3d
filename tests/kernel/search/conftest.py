"""A migrated database with searchable notes in three languages' stemming."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

import colonnade.kernel.db as kernel_db
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate

NOTES = """
CREATE TABLE {name} (
    id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body   text NOT NULL,
    label  text,
    search tsvector GENERATED ALWAYS AS (
        search_place(id, 'label:' || label) || search_field('{stemming}', body, 'A')) STORED
);
CREATE INDEX ON {name} USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER learn AFTER INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION search_learn(
    '{name}', 'stemming={stemming}', 'public=label:public');
CREATE TRIGGER relearn AFTER UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION search_learn(
    '{name}', 'stemming={stemming}', 'public=label:public');
CREATE TRIGGER unlearn AFTER DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION search_unlearn('{name}');
"""
STEMMINGS = {
    "notes": "simple",
    "catatan": "indonesian",
    "pages": "english",
    "notas": "portuguese",
    "avisos": "spanish",
}


@pytest.fixture(scope="session")
async def notes_template(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """Return the DSN of a database with empty tables of notes; to be copied."""
    dsn = await fresh_database()
    await migrate(dsn, [("kernel", Path(kernel_db.__file__).parent / "migrations")])
    database = Database(dsn)
    for name, stemming in STEMMINGS.items():
        for statement in NOTES.format(name=name, stemming=stemming).split(";\n"):
            if statement.strip():
                await database.execute(statement)
    await database.close()
    return dsn


@pytest.fixture
async def db(fresh_database: Callable[..., Awaitable[str]], notes_template: str) -> AsyncIterator[Database]:
    """Provide a database with empty tables of notes."""
    database = Database(await fresh_database(like=notes_template))
    yield database
    await database.close()
