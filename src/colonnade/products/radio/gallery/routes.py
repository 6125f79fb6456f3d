"""The gallery: public lists, and their editing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.access import Principal
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import Day
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    Exchange,
    ExpectedVersion,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    Router,
    SearchText,
    Tag,
    UploadFile,
    allows,
    anyone,
    delete,
    found_page,
    get,
    post,
    put,
    spend_budget,
    spends,
)
from colonnade.kernel.images import MAX_IMAGE_BYTES, Images
from colonnade.kernel.search import wanted_text
from colonnade.kernel.storage import Storage, uploaded
from colonnade.products.radio.gallery import actions, queries
from colonnade.products.radio.gallery.schemas import (
    Description,
    NewImage,
    Picture,
    PictureFilters,
    PictureType,
    PictureUpdate,
)
from colonnade.products.radio.shared.rules.clock import EARLIEST, LATEST, local_day
from colonnade.products.radio.shared.schemas import ShortText, StationSettings

__all__ = ["ROUTES"]

CACHED = Cached(tags=("gallery",), ttl_seconds=1800)
FORM_LIMIT_BYTES = MAX_IMAGE_BYTES + 64 * 1024
"""The largest picture with its texts, as a form."""
UPLOADS = "uploads"

DateFrom = Annotated[Day | None, QueryParameter(name="dateFrom", description="First local date, YYYY-MM-DD.")]
DateTo = Annotated[Day | None, QueryParameter(name="dateTo", description="Last local date, YYYY-MM-DD.")]
Type = Annotated[PictureType | None, QueryParameter(description="A MIME type or its short name.")]


class PictureUpload(Struct, frozen=True):
    """A new picture: JPEG, PNG, GIF, WebP or AVIF of at most 5 MiB and 40 megapixels."""

    title: ShortText
    file: UploadFile
    description: Description | None = None


class PictureReplacement(PictureUpdate, frozen=True):
    """The changes of a picture; `file` replaces the image."""

    file: UploadFile | UnsetType = UNSET


def _filters(
    zone: ZoneInfo, type: PictureType | None, first: date | None, last: date | None
) -> PictureFilters:
    mimetype = None
    if type is not None and type != "image":
        short = type.removeprefix("image/")
        mimetype = f"image/{'jpeg' if short == 'jpg' else short}"
    return PictureFilters(
        mimetype=mimetype,
        first=local_day(_clamp(first), zone)[0] if first else None,
        end=local_day(_clamp(last), zone)[1] if last else None,
    )


def _clamp(day: date) -> date:
    """Clamp a date to a range in which it can be converted in every time zone; no picture lies beyond it."""
    return min(max(day, EARLIEST), LATEST)


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_pictures(
    db: Database,
    storage: Storage,
    counts: CountCache,
    station: StationSettings,
    page: PageNumber = 1,
    limit: Limit = 12,
    type: Type = None,
    date_from: DateFrom = None,
    date_to: DateTo = None,
    search: SearchText = None,
) -> Page[Picture]:
    """A page of pictures, newest first; those that a search finds by title, description or file name, best first."""
    filters = _filters(station.zone, type, date_from, date_to)
    if (text := wanted_text(search)) is not None:
        found, hits = await queries.search_pictures(
            db, text, filters, storage.url, limit=limit, offset=(page - 1) * limit
        )
        return found_page(found, hits, page=page, limit=limit)
    pictures = await queries.list_pictures(db, filters, storage.url, limit=limit, offset=(page - 1) * limit)
    total = await counts.total(("gallery",), partial(queries.count_pictures, db, filters))
    return Page.of(pictures, page=page, limit=limit, total=total)


@get("/{picture_id:int}", guards=[anyone()], response_cache=CACHED)
async def show_picture(picture_id: int, db: Database, storage: Storage) -> Ok[Picture]:
    """One picture."""
    picture = await queries.fetch_picture(db, picture_id, storage.url)
    return Ok(picture, version=picture.version)


@post(
    "/",
    guards=[allows("gallery:create"), spends(UPLOADS)],
    form=PictureUpload,
    request_max_body_size=FORM_LIMIT_BYTES,
)
async def upload_picture(
    data: PictureUpload, db: Database, storage: Storage, images: Images, caller: Principal
) -> Created[Picture]:
    """Upload a picture; it is re-encoded without metadata (camera, location) and gets thumbnails."""
    async with _stored(db, storage, images, caller, data.file) as image, db.transaction(caller) as tx:
        picture_id = await actions.create_picture(
            tx, caller, image, title=data.title, description=data.description
        )
    picture = await queries.fetch_picture(db, picture_id, storage.url)
    return Created(picture, message="Picture uploaded", version=picture.version)


@put(
    "/{picture_id:int}",
    guards=[allows("gallery:update")],
    form=PictureReplacement,
    request_max_body_size=FORM_LIMIT_BYTES,
)
async def update_picture(
    picture_id: int,
    data: PictureUpdate,
    db: Database,
    storage: Storage,
    images: Images,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
) -> Ok[Picture]:
    """Change a picture's texts (JSON or form) or replace its image (form with `file`).

    An image counts as an upload. `If-Match` guards against overwriting another's edit.
    """
    file = data.file if isinstance(data, PictureReplacement) else UNSET
    if isinstance(file, UploadFile):
        await spend_budget(exchange, UPLOADS)
        # Fail before processing a file for a picture that does not exist.
        await queries.fetch_picture(db, picture_id, storage.url)
        async with _stored(db, storage, images, caller, file) as image, db.transaction(caller) as tx:
            await actions.update_picture(tx, picture_id, data, image, expected=expected)
    else:
        async with db.transaction(caller) as tx:
            await actions.update_picture(tx, picture_id, data, None, expected=expected)
    picture = await queries.fetch_picture(db, picture_id, storage.url)
    return Ok(picture, message="Picture updated", version=picture.version)


@delete("/{picture_id:int}", guards=[allows("gallery:delete")])
async def delete_picture(picture_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a picture with its files."""
    async with db.transaction(caller) as tx:
        await actions.delete_picture(tx, picture_id, expected=expected)


@asynccontextmanager
async def _stored(
    db: Database, storage: Storage, images: Images, caller: Principal, file: UploadFile
) -> AsyncIterator[NewImage]:
    """Check the image and store it for the block, as `uploaded` does."""
    prepared = await images.prepare(await file.read(), owner=caller.id)
    async with uploaded(db, storage, prepared, area="gallery", owner="gallery") as stored:
        yield actions.describe_image(stored.key, file.filename, prepared)


ROUTES = Router(
    "/gallery",
    route_handlers=[list_pictures, show_picture, upload_picture, update_picture, delete_picture],
    tags=[Tag("Gallery", "Pictures and their thumbnails: everybody looks, editors upload.")],
)
