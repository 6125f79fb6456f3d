"""All SQL of the gallery slice.

Functions that return pictures take `url`, which turns a stored file's key into its public path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion
from colonnade.kernel.search import Corpus, Found, find
from colonnade.kernel.storage import list_thumbnails
from colonnade.products.radio.gallery.schemas import LockedPicture, NewImage, Picture, PictureFilters

__all__ = [
    "CORPUS",
    "PICTURES_OF",
    "count_pictures",
    "delete_picture",
    "fetch_picture",
    "insert_picture",
    "list_pictures",
    "lock_picture",
    "search_pictures",
    "update_picture",
]

PICTURES_OF = """
SELECT id, title, description, original_filename, created_at, updated_at
FROM gallery WHERE uploaded_by = $1 ORDER BY id
"""
"""The pictures of an account, as its export shows them."""

CORPUS = Corpus("gallery", "gallery", stemming="indonesian", forms="article_forms")

_COLUMNS = """id, title, description, filename, original_filename, filepath, mimetype, size, width, height,
    uploaded_by, version, created_at, updated_at"""
_FILTER = """($1::text IS NULL OR mimetype = $1) AND ($2::timestamptz IS NULL OR created_at >= $2)
    AND ($3::timestamptz IS NULL OR created_at < $3)"""
Url = Callable[[str], str]


def _picture(row: Record, url: Url, thumbnails: Mapping[int, str]) -> Picture:
    return Picture(
        **row,
        url=url(row["filepath"]),
        thumbnails={str(width): url(key) for width, key in sorted(thumbnails.items())},
    )


def _missing() -> NotFound:
    return NotFound("There is no such picture.")


async def list_pictures(
    db: Executor, filters: PictureFilters, url: Url, *, limit: int, offset: int = 0
) -> list[Picture]:
    """Return a page of pictures, newest first, in two statements."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM gallery WHERE {_FILTER} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",
        filters.mimetype,
        filters.first,
        filters.end,
        limit,
        offset,
    )
    thumbnails = await list_thumbnails(db, [row["filepath"] for row in rows]) if rows else {}
    return [_picture(row, url, thumbnails.get(row["filepath"], {})) for row in rows]


async def search_pictures(
    db: Executor, text: str, filters: PictureFilters, url: Url, *, limit: int, offset: int
) -> tuple[list[Picture], Found]:
    """Return a page of the pictures that a search text finds, in three statements."""
    conditions = {
        "t.created_at >= ($4[1])::timestamptz": filters.first,
        "t.created_at < ($4[2])::timestamptz": filters.end,
    }
    found = await find(
        db,
        CORPUS,
        text,
        scopes=[] if filters.mimetype is None else [f"type:{filters.mimetype}"],
        further=" AND ".join(sql for sql, moment in conditions.items() if moment) or "true",
        given=["" if moment is None else moment.isoformat() for moment in conditions.values()],
        limit=limit,
        offset=offset,
    )
    if not found.keys:
        return [], found
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM gallery WHERE id = ANY($1)", found.keys)
    thumbnails = await list_thumbnails(db, [row["filepath"] for row in rows])
    return [
        structs.replace(
            _picture(row, url, thumbnails.get(row["filepath"], {})),
            snippet=found.snippet(" … ".join(filter(None, (row["title"], row["description"])))),
        )
        for row in found.in_order(rows)
    ], found


async def count_pictures(db: Executor, filters: PictureFilters) -> int:
    """Count the pictures that match `filters`."""
    count: int = await db.fetch_value(
        f"SELECT count(*) FROM gallery WHERE {_FILTER}", filters.mimetype, filters.first, filters.end
    )
    return count


async def fetch_picture(db: Executor, picture_id: int, url: Url) -> Picture:
    """Return one picture. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM gallery WHERE id = $1", picture_id)
    if row is None:
        raise _missing()
    thumbnails = await list_thumbnails(db, [row["filepath"]])
    return _picture(row, url, thumbnails.get(row["filepath"], {}))


async def lock_picture(tx: Transaction, picture_id: int) -> LockedPicture:
    """Return what edits need of a picture, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        "SELECT title, description, filepath AS key, version FROM gallery WHERE id = $1 FOR UPDATE",
        picture_id,
    )
    if row is None:
        raise _missing()
    return LockedPicture(**row)


def _image_columns(image: NewImage) -> dict[str, Any]:
    return {
        "filename": image.key.rpartition("/")[2],
        "original_filename": image.original_filename,
        "filepath": image.key,
        "mimetype": image.mimetype,
        "size": image.size,
        "width": image.width,
        "height": image.height,
    }


async def insert_picture(
    tx: Transaction, image: NewImage, *, title: str, description: str | None, uploaded_by: int
) -> int:
    """Insert a picture and return its id."""
    values = {
        "title": title,
        "description": description,
        "uploaded_by": uploaded_by,
        **_image_columns(image),
    }
    names, marks, args = insertion(values)
    picture_id: int = await tx.fetch_value(
        f"INSERT INTO gallery ({names}) VALUES ({marks}) RETURNING id", *args
    )
    return picture_id


async def update_picture(
    tx: Transaction, picture_id: int, values: dict[str, Any], image: NewImage | None
) -> None:
    """Write `values`, and the columns of another image if there is one; increase the version."""
    if image is not None:
        values = {**values, **_image_columns(image)}
    changes, args = assignments(values, first=2)
    await tx.execute(
        f"UPDATE gallery SET {changes} version = version + 1, updated_at = now() WHERE id = $1",
        picture_id,
        *args,
    )


async def delete_picture(tx: Transaction, picture_id: int) -> None:
    """Delete a picture's row."""
    await tx.execute("DELETE FROM gallery WHERE id = $1", picture_id)
