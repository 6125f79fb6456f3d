"""Re-encryption during reads and writes: nothing lost, nothing overwritten, resumable, old keys no longer needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from colonnade.kernel.core import EncryptedColumn, FieldCipher, Undecryptable
from colonnade.kernel.db import Database
from colonnade.kernel.db.reencryption import Reencrypted, count_by_key, reencrypt_column

OLD = {"k_1": bytes(32)}
NEW = {"k21": bytes(range(32)), **OLD}
"""`k_1` as a pattern would match `k21`'s prefix as well: key ids are compared, not matched."""
NOTES = EncryptedColumn("notes", "text")


@pytest.fixture
async def notes(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Database]:
    """Create a table of 500 notes under the old key, and some without a text."""
    db = Database(await fresh_database())
    await db.execute("CREATE TABLE notes (id int PRIMARY KEY, text text, title text)")
    old = FieldCipher(OLD)
    values = [(n, old.encrypt(f"note {n}", place=NOTES.place(n))) for n in range(1, 501)]
    ids, texts = zip(*values, strict=True)
    await db.execute("INSERT INTO notes SELECT * FROM unnest($1::int[], $2::text[])", ids, texts)
    await db.execute("INSERT INTO notes (id) VALUES (1001), (1002)")
    yield db
    await db.close()


async def texts(db: Database, cipher: FieldCipher) -> dict[int, str]:
    rows = await db.fetch("SELECT id, text FROM notes WHERE text IS NOT NULL ORDER BY id")
    return {row["id"]: cipher.decrypt(row["text"], place=NOTES.place(row["id"])) for row in rows}


async def test_everything_is_rewritten_and_the_old_key_can_go(notes: Database) -> None:
    assert await count_by_key(notes, NOTES) == {"k_1": 500}
    told: list[int] = []
    outcome = await reencrypt_column(notes, FieldCipher(NEW), NOTES, batch=200, progress=told.append)
    assert outcome == Reencrypted(rewritten=500, unreadable=0, remaining=0)
    assert told == [200, 400, 500]
    assert await count_by_key(notes, NOTES) == {"k21": 500}
    only_new = FieldCipher({"k21": NEW["k21"]})
    assert await texts(notes, only_new) == {n: f"note {n}" for n in range(1, 501)}
    assert await reencrypt_column(notes, FieldCipher(NEW), NOTES) == Reencrypted(0, 0, 0)


async def test_it_goes_on_where_it_was_stopped(notes: Database) -> None:
    class Stopped(Exception):
        pass

    def stop(rewritten: int) -> None:
        if rewritten >= 200:
            raise Stopped

    with pytest.raises(Stopped):
        await reencrypt_column(notes, FieldCipher(NEW), NOTES, batch=50, progress=stop)
    assert await count_by_key(notes, NOTES) == {"k21": 200, "k_1": 300}
    # In between everything can be read with both keys.
    assert await texts(notes, FieldCipher(NEW)) == {n: f"note {n}" for n in range(1, 501)}
    assert await reencrypt_column(notes, FieldCipher(NEW), NOTES, batch=50) == Reencrypted(300, 0, 0)


async def test_writers_meanwhile_win(notes: Database) -> None:
    """Half of the writers are servers that know the old key only as current one, half have the new one."""
    old, new = FieldCipher({**OLD, "k21": NEW["k21"]}), FieldCipher(NEW)
    written: dict[int, str] = {n: f"note {n}" for n in range(1, 501)}
    going = True

    async def writer(cipher: FieldCipher, start: int) -> None:
        number = start
        while going:
            number = number % 500 + 1
            if number % 2 == start % 2:
                text = f"{written[number]}+"
                sealed = cipher.encrypt(text, place=NOTES.place(number))
                await notes.execute("UPDATE notes SET text = $2 WHERE id = $1", number, sealed)
                written[number] = text
            await asyncio.sleep(0)

    async def one_run() -> None:
        nonlocal going
        try:
            await reencrypt_column(notes, new, NOTES, batch=20)
        finally:
            going = False

    await asyncio.gather(writer(old, 1), writer(new, 2), one_run())
    assert await texts(notes, new) == written
    assert any(text.endswith("+") for text in written.values())
    # The servers with the old setting are gone now.
    outcome = await reencrypt_column(notes, new, NOTES)
    assert (outcome.unreadable, outcome.remaining) == (0, 0)
    assert await count_by_key(notes, NOTES) == {"k21": 500}
    assert await texts(notes, new) == written


async def test_two_at_once(notes: Database) -> None:
    new = FieldCipher(NEW)
    outcomes = await asyncio.gather(*(reencrypt_column(notes, new, NOTES, batch=10) for _ in range(2)))
    assert sum(outcome.rewritten for outcome in outcomes) == 500
    assert [outcome.remaining for outcome in outcomes] == [0, 0]
    assert await texts(notes, new) == {n: f"note {n}" for n in range(1, 501)}


async def test_what_no_key_opens_is_left_and_counted(notes: Database) -> None:
    old = FieldCipher(OLD)
    foreign = FieldCipher({"k0": bytes([1]) * 32}).encrypt("x", place=NOTES.place(3))
    moved = old.encrypt("of another row", place=NOTES.place(9))
    for number, value in ((3, foreign), (4, moved), (5, "in clear"), (6, "")):
        await notes.execute("UPDATE notes SET text = $2 WHERE id = $1", number, value)
    outcome = await reencrypt_column(notes, FieldCipher(NEW), NOTES, batch=2)
    assert outcome == Reencrypted(rewritten=496, unreadable=4, remaining=0)
    kept = await notes.fetch("SELECT text FROM notes WHERE id BETWEEN 3 AND 6 ORDER BY id")
    assert [row["text"] for row in kept] == [foreign, moved, "in clear", ""]
    assert await count_by_key(notes, NOTES) == {"?": 2, "k0": 1, "k21": 496, "k_1": 1}


@pytest.mark.parametrize(
    ("key_type", "keys"),
    [
        ("uuid", ["00000000-0000-4000-8000-000000000001", "ffffffff-0000-4000-8000-000000000001"]),
        ("text", ["a", "b'c"]),
        ("bigint", [1, 2**40]),
    ],
)
async def test_keys_of_other_types(notes: Database, key_type: str, keys: list[Any]) -> None:
    column = EncryptedColumn("letters", "body", key="code")
    await notes.execute(f"CREATE TABLE letters (code {key_type} PRIMARY KEY, body text)")
    for key in keys:
        sealed = FieldCipher(OLD).encrypt("hello", place=column.place(key))
        await notes.execute(f"INSERT INTO letters VALUES ($1::{key_type}, $2)", key, sealed)
    assert await reencrypt_column(notes, FieldCipher(NEW), column, batch=1) == Reencrypted(2, 0, 0)
    new = FieldCipher({"k21": NEW["k21"]})
    for row in await notes.fetch("SELECT code, body FROM letters"):
        assert new.decrypt(row["body"], place=column.place(row["code"])) == "hello"


async def test_a_column_that_is_not_there(notes: Database) -> None:
    with pytest.raises(LookupError, match=r"notes\.number"):
        await reencrypt_column(notes, FieldCipher(NEW), EncryptedColumn("notes", "text", key="number"))
    with pytest.raises(LookupError, match=r"none\.id"):
        await reencrypt_column(notes, FieldCipher(NEW), EncryptedColumn("none", "text"))


@pytest.mark.parametrize("name", ['a"b', "a b", "", "A", "1a", "a;--", "a" * 64])
def test_names_that_are_none(name: str) -> None:
    for names in ((name, "b", "c"), ("a", name, "c"), ("a", "b", name)):
        with pytest.raises(ValueError, match="cannot name"):
            EncryptedColumn(*names)


def test_a_value_that_was_moved_does_not_decrypt() -> None:
    cipher = FieldCipher(NEW)
    sealed = cipher.encrypt("secret", place=NOTES.place(1))
    assert cipher.decrypt(sealed, place="notes.text:1") == "secret"
    for place in ("notes.text:2", "notes.title:1", "letters.text:1", "notes.text:11", "notes.text:"):
        with pytest.raises(Undecryptable):
            cipher.decrypt(sealed, place=place)
    # Nor under the name of another key.
    with pytest.raises(Undecryptable):
        cipher.decrypt(sealed.replace("v1.k21.", "v1.k_1."), place="notes.text:1")
