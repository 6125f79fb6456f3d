"""Sellers of a session or a channel, with their products."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    UploadFile,
    allows,
    delete,
    get,
    mirrored,
    once,
    patch,
    post,
    put,
    spends,
)
from colonnade.kernel.images import MAX_IMAGE_BYTES, Images
from colonnade.kernel.storage import Storage, uploaded
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.sellers import actions, queries
from colonnade.products.dealroom.sellers.schemas import (
    ChannelSellerCreate,
    Product,
    ProductCreate,
    ProductUpdate,
    Seller,
    SellerCreate,
    SellerUpdate,
)
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.shared.rules.cursors import NEXT_PAGE, lower_than
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["CHANNEL_ROUTES", "ROUTES"]

USE = "chats:use"
CHANNELS = "channels:use"
FORM_LIMIT_BYTES = MAX_IMAGE_BYTES + 64 * 1024

BeforeId = Annotated[
    int | None,
    QueryParameter(name="beforeId", ge=1, le=2**31 - 1, description="Only sellers with a lower id."),
]
Cursor = Annotated[str | None, QueryParameter(max_length=100, description=NEXT_PAGE)]


class ImageUpload(Struct, frozen=True, forbid_unknown_fields=True):
    """A picture: JPEG, PNG, GIF, WebP or AVIF of at most 5 MiB and 40 megapixels."""

    file: UploadFile


@post("/", guards=[allows(USE)], answers=(404,), request_max_body_size=LONG_BODY_BYTES)
async def create_seller(
    data: SellerCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Seller]:
    """Add a seller to a session; 409 when it has one of this name, whatever its case. `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        seller = await actions.create_seller(attempt.tx, caller, data)
        return await attempt.answer(Created(seller, version=seller.version), about=[("sellers", seller.id)])


@get("/", guards=[allows(USE)])
async def list_own_sellers(
    db: Database, caller: Principal, before_id: BeforeId = None, cursor: Cursor = None, limit: Limit = 20
) -> Page[Seller]:
    """The sellers of all one's own sessions and channels with their products, newest first.

    `nextCursor` is the next `cursor`; a page that would have more than 300 products has fewer sellers than `limit`.
    """
    found, more = await queries.list_own_sellers(
        db, caller.id, before_id=lower_than(before_id, cursor, 2**31 - 1), limit=limit
    )
    return Page(found, next_cursor=str(found[-1].id) if more else None)


@get("/session/{session_id:uuid}", guards=[allows(USE)])
async def list_sellers(session_id: UUID, db: Database, caller: Principal) -> Page[Seller]:
    """The session's own sellers with their products, newest first."""
    await fetch_session(db, caller.id, session_id)
    return Page(await queries.list_sellers(db, session_id))


@get("/channels/{channel_id:int}/sellers", guards=[allows(CHANNELS)])
async def list_channel_sellers(channel_id: int, db: Database, caller: Principal) -> Page[Seller]:
    """The sellers of a channel with their products, newest first; its sessions have them unless they have their own."""
    await fetch_channel(db, caller.id, channel_id)
    return Page(await queries.list_channel_sellers(db, channel_id))


@post(
    "/channels/{channel_id:int}/sellers",
    guards=[allows(CHANNELS)],
    answers=(404,),
    request_max_body_size=LONG_BODY_BYTES,
)
async def create_channel_seller(
    channel_id: int,
    data: ChannelSellerCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Seller]:
    """Add a seller to a channel: open sessions offer its products from now on. `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        seller = await actions.create_channel_seller(attempt.tx, caller, channel_id, data)
        return await attempt.answer(Created(seller, version=seller.version), about=[("sellers", seller.id)])


@get("/{seller_id:int}", guards=[allows(USE)])
async def show_seller(seller_id: int, db: Database, caller: Principal) -> Ok[Seller]:
    """One seller with its products."""
    seller = await queries.fetch_seller(db, caller.id, seller_id)
    return Ok(seller, version=seller.version)


@patch("/{seller_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def update_seller(
    seller_id: int, data: SellerUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Seller]:
    """Change a seller; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        seller = await actions.update_seller(tx, caller, seller_id, data, expected=expected)
    return Ok(seller, version=seller.version)


@delete("/{seller_id:int}", guards=[allows(USE)])
async def delete_seller(seller_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Remove a seller with its products."""
    async with db.transaction(caller) as tx:
        await actions.delete_seller(tx, caller, seller_id, expected=expected)


@post("/{seller_id:int}/products", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def create_product(
    seller_id: int,
    data: ProductCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Product]:
    """Add a product to a seller; 409 when it has one of this name, whatever its case. `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        product = await actions.create_product(attempt.tx, caller, seller_id, data)
        about = [("sellers", seller_id), ("seller_products", product.id)]
        return await attempt.answer(Created(product, version=product.version), about=about)


@get("/{seller_id:int}/products/{product_id:int}", guards=[allows(USE)])
async def show_product(seller_id: int, product_id: int, db: Database, caller: Principal) -> Ok[Product]:
    """One product of a seller."""
    await queries.fetch_seller(db, caller.id, seller_id)
    product, _ = await queries.fetch_product(db, seller_id, product_id)
    return Ok(product, version=product.version)


@patch(
    "/{seller_id:int}/products/{product_id:int}",
    guards=[allows(USE)],
    request_max_body_size=LONG_BODY_BYTES,
)
async def update_product(
    seller_id: int,
    product_id: int,
    data: ProductUpdate,
    db: Database,
    caller: Principal,
    expected: ExpectedVersion,
) -> Ok[Product]:
    """Change a product; `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        product = await actions.update_product(tx, caller, seller_id, product_id, data, expected=expected)
    return Ok(product, version=product.version)


@put(
    "/{seller_id:int}/products/{product_id:int}/image",
    guards=[allows(USE), spends("uploads")],
    form=ImageUpload,
    request_max_body_size=FORM_LIMIT_BYTES,
)
async def upload_product_image(
    seller_id: int,
    product_id: int,
    data: ImageUpload,
    db: Database,
    storage: Storage,
    images: Images,
    caller: Principal,
) -> Ok[Product]:
    """Upload a product's picture; it is re-encoded without metadata (camera, location)."""
    await queries.fetch_seller(db, caller.id, seller_id)
    await queries.fetch_product(db, seller_id, product_id)
    image = await images.prepare(await data.file.read(), owner=caller.id)
    async with (
        uploaded(db, storage, image, area="products", owner="products") as stored,
        db.transaction(caller) as tx,
    ):
        product = await actions.set_product_image(
            tx, caller, seller_id, product_id, stored.key, storage.url(stored.key)
        )
    return Ok(product, version=product.version)


@delete("/{seller_id:int}/products/{product_id:int}", guards=[allows(USE)])
async def delete_product(
    seller_id: int, product_id: int, db: Database, caller: Principal, expected: ExpectedVersion
) -> None:
    """Remove a product from a seller."""
    async with db.transaction(caller) as tx:
        await actions.delete_product(tx, caller, seller_id, product_id, expected=expected)


ROUTES = mirrored(
    Router(
        f"{PREFIX}/sellers",
        route_handlers=[
            create_seller,
            list_own_sellers,
            list_sellers,
            show_seller,
            update_seller,
            delete_seller,
            create_product,
            show_product,
            update_product,
            upload_product_image,
            delete_product,
        ],
        tags=[Tag("Sellers", "The sellers of a chat session, or of a channel, and their products.")],
    )
)
CHANNEL_ROUTES = Router(
    PREFIX,
    route_handlers=[list_channel_sellers, create_channel_seller],
    tags=ROUTES.tags,
)
