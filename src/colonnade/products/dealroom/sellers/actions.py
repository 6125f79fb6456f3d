"""Creates, changes and deletes sellers and their products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction, erase_kept_about
from colonnade.kernel.storage import (
    delete_files,
    keep_file,
)
from colonnade.products.dealroom.channels.queries.channels import lock_channel
from colonnade.products.dealroom.sellers import queries
from colonnade.products.dealroom.sellers.schemas import (
    CatalogueFull,
    ChannelSellerCreate,
    Price,
    PriceGiven,
    Product,
    ProductCreate,
    ProductUpdate,
    Seller,
    SellerCreate,
    SellerUpdate,
)
from colonnade.products.dealroom.sessions.queries import lock_session
from colonnade.products.dealroom.shared.rules.urls import check_web_url

__all__ = [
    "create_channel_seller",
    "create_product",
    "create_seller",
    "delete_product",
    "delete_seller",
    "set_product_image",
    "update_product",
    "update_seller",
]

_TEXTS = ("name", "pitch", "description", "benefits")


async def create_seller(tx: Transaction, caller: Principal, data: SellerCreate) -> Seller:
    """Create a seller with its products.

    Raise SessionNotFound if the caller has no such session, SellerExists or ProductExists if a name is used,
    CatalogueFull, Invalid if a picture's address or a price is not valid.
    """
    await lock_session(tx, caller.id, data.session_id)
    return await _insert(tx, caller, await queries.insert_seller(tx, data), data.products)


async def create_channel_seller(
    tx: Transaction, caller: Principal, channel_id: int, data: ChannelSellerCreate
) -> Seller:
    """Create a seller of one of the caller's channels. Raise ChannelNotFound, and what `create_seller` raises."""
    await lock_channel(tx, caller.id, channel_id)
    seller_id = await queries.insert_seller(tx, data, channel_id=channel_id)
    return await _insert(tx, caller, seller_id, data.products)


async def _insert(
    tx: Transaction, caller: Principal, seller_id: int, products: Sequence[ProductCreate]
) -> Seller:
    for product in products:
        await queries.insert_product(tx, seller_id, await _product_values(tx, seller_id, product))
    await _check_size(tx, seller_id)
    return await queries.fetch_seller(tx, caller.id, seller_id)


async def update_seller(
    tx: Transaction, caller: Principal, seller_id: int, data: SellerUpdate, *, expected: int | None
) -> Seller:
    """Change the given fields. Raise SellerNotFound, PreconditionFailed, SellerExists, CatalogueFull."""
    await queries.lock_parent(tx, seller_id)
    before = await queries.lock_seller(tx, caller.id, seller_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data))
    if values:
        await queries.update_seller(tx, seller_id, values)
        if _grows(before, values):
            await _check_size(tx, seller_id)
    return await queries.fetch_seller(tx, caller.id, seller_id)


async def delete_seller(tx: Transaction, caller: Principal, seller_id: int, *, expected: int | None) -> None:
    """Remove a seller with its products and their pictures. Raise SellerNotFound, PreconditionFailed."""
    before = await queries.lock_seller(tx, caller.id, seller_id)
    check_version(expected, before.version)
    await delete_files(tx, await queries.list_image_keys(tx, seller_id))
    await queries.delete_seller(tx, seller_id)
    await erase_kept_about(tx, "sellers", [seller_id])


async def create_product(tx: Transaction, caller: Principal, seller_id: int, data: ProductCreate) -> Product:
    """Create a product of a seller.

    Raise SellerNotFound if the caller has no such seller, ProductExists if the name is used, CatalogueFull, Invalid if
    the picture's address or the price is not valid.
    """
    await queries.lock_parent(tx, seller_id)
    await queries.lock_seller(tx, caller.id, seller_id)
    product = await queries.insert_product(tx, seller_id, await _product_values(tx, seller_id, data))
    await _check_size(tx, seller_id)
    return product


async def update_product(
    tx: Transaction,
    caller: Principal,
    seller_id: int,
    product_id: int,
    data: ProductUpdate,
    *,
    expected: int | None,
) -> Product:
    """Change the given fields; another picture's address deletes the stored one.

    Raise SellerNotFound, ProductNotFound, PreconditionFailed, ProductExists, CatalogueFull, Invalid.
    """
    await queries.lock_parent(tx, seller_id)
    await queries.lock_seller(tx, caller.id, seller_id)
    before, image_key = await queries.fetch_product(tx, seller_id, product_id)
    check_version(expected, before.version)
    values = changed_fields(before, await _product_values(tx, seller_id, data, before))
    if not values:
        return before
    if "image_url" in values:
        values["image_key"] = None
        await delete_files(tx, [image_key] if image_key else [])
    after = await queries.update_product(tx, product_id, values)
    if _grows(before, values):
        await _check_size(tx, seller_id)
    return after


async def set_product_image(
    tx: Transaction, caller: Principal, seller_id: int, product_id: int, key: str, url: str
) -> Product:
    """Replace the product's picture by a stored one.

    Raise SellerNotFound, ProductNotFound, UploadExpired.
    """
    await queries.lock_seller(tx, caller.id, seller_id)
    _, image_key = await queries.fetch_product(tx, seller_id, product_id)
    await keep_file(tx, key)
    await delete_files(tx, [image_key] if image_key else [])
    return await queries.update_product(tx, product_id, {"image_url": url, "image_key": key})


async def delete_product(
    tx: Transaction, caller: Principal, seller_id: int, product_id: int, *, expected: int | None
) -> None:
    """Remove a product with its picture. Raise SellerNotFound, ProductNotFound, PreconditionFailed."""
    await queries.lock_seller(tx, caller.id, seller_id)
    before, image_key = await queries.fetch_product(tx, seller_id, product_id)
    check_version(expected, before.version)
    await delete_files(tx, [image_key] if image_key else [])
    await queries.delete_product(tx, product_id)
    await erase_kept_about(tx, "seller_products", [product_id])


def _grows(before: Seller | Product, values: dict[str, Any]) -> bool:
    """Return whether these values are longer than those that were there: who makes texts shorter is never refused."""
    return any(
        len(str(value or "").encode()) > len(str(getattr(before, name) or "").encode())
        for name, value in values.items()
        if name in _TEXTS
    )


async def _check_size(tx: Transaction, seller_id: int) -> None:
    """Raise CatalogueFull if the seller's session or channel, which is locked, has more than it may."""
    if await queries.is_full(tx, seller_id):
        raise CatalogueFull


async def _product_values(
    tx: Transaction, seller_id: int, data: ProductCreate | ProductUpdate, before: Product | None = None
) -> dict[str, Any]:
    """Return the given fields, the price with its currency.

    Raise Invalid if a picture's address or a price is not valid; an address that was there `before` is left alone.
    """
    values = given_fields(data, "name", "description", "benefits", "image_url")
    url = values.get("image_url")
    if url is not None and (before is None or url != before.image_url):
        check_web_url(url, field="imageUrl")
    if data.price is None:
        values["price"] = None
    elif data.price is not UNSET:
        known = before.price.currency if before is not None and before.price is not None else None
        values["price"] = await _price(tx, seller_id, data.price, known)
    return values


async def _price(tx: Transaction, seller_id: int, given: PriceGiven, known: str | None) -> Price:
    if given.min_minor > given.max_minor:
        raise Invalid(fields={"price": "The lowest price must not be above the highest"})
    currency = (
        known or await queries.find_currency(tx, seller_id) if given.currency is UNSET else given.currency
    )
    if currency is None:
        raise Invalid(fields={"price.currency": "Currency is required: the channel names none"})
    return Price(given.min_minor, given.max_minor, currency)
