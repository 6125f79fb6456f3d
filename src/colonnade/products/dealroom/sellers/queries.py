"""All SQL of the sellers slice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any
from uuid import UUID

from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion, violation_as
from colonnade.products.dealroom.sellers.schemas import (
    MAX_PRODUCTS,
    MAX_SELLERS,
    MAX_TEXT_BYTES,
    ChannelSellerCreate,
    Price,
    Product,
    ProductExists,
    ProductNotFound,
    Seller,
    SellerCreate,
    SellerExists,
    SellerNotFound,
)

__all__ = [
    "collect_sellers",
    "delete_product",
    "delete_seller",
    "fetch_product",
    "fetch_seller",
    "find_currency",
    "insert_product",
    "insert_seller",
    "is_full",
    "list_channel_sellers",
    "list_image_keys",
    "list_offering_sellers",
    "list_own_sellers",
    "list_sellers",
    "lock_parent",
    "lock_seller",
    "update_product",
    "update_seller",
]

MAX_PAGE_PRODUCTS = 300

_SELLER = "s.id, s.session_id, s.channel_id, s.name, s.pitch, s.version, s.created_at, s.updated_at"
_OWN = """sellers s LEFT JOIN chat_sessions c ON c.id = s.session_id LEFT JOIN channels h ON h.id = s.channel_id
    WHERE s.id = $1 AND coalesce(c.owner_id, h.owner_id) = $2"""
_PRODUCT = """p.id, p.seller_id, p.name, p.description, p.benefits, p.image_url, p.price_min_minor,
    p.price_max_minor, p.currency, p.version, p.created_at, p.updated_at"""


def _seller(row: Record, products: list[Product]) -> Seller:
    return Seller(
        id=row["id"],
        session_id=row["session_id"],
        channel_id=row["channel_id"],
        name=row["name"],
        pitch=row["pitch"],
        products=products,
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _product(row: Record) -> Product:
    least = row["price_min_minor"]
    return Product(
        id=row["id"],
        seller_id=row["seller_id"],
        name=row["name"],
        description=row["description"],
        benefits=row["benefits"],
        image_url=row["image_url"],
        price=Price(least, row["price_max_minor"], row["currency"]) if least is not None else None,
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def _products_of(db: Executor, seller_ids: Sequence[int]) -> dict[int, list[Product]]:
    """List the products of several sellers, oldest first."""
    rows = await db.fetch(
        f"SELECT {_PRODUCT} FROM seller_products p WHERE p.seller_id = ANY($1::int[]) ORDER BY p.id",
        list(seller_ids),
    )
    found: dict[int, list[Product]] = {seller_id: [] for seller_id in seller_ids}
    for row in rows:
        found[row["seller_id"]].append(_product(row))
    return found


async def list_sellers(db: Executor, session_id: UUID) -> list[Seller]:
    """List the session's own sellers with their products, newest first."""
    return await _sellers(db, "s.session_id = $1", session_id)


async def list_channel_sellers(db: Executor, channel_id: int) -> list[Seller]:
    """List the sellers of a channel with their products, newest first."""
    return await _sellers(db, "s.channel_id = $1", channel_id)


async def list_offering_sellers(db: Executor, session_id: UUID) -> list[Seller]:
    """List whose products a session offers, newest first: its own sellers, else its channel's."""
    return await _sellers(
        db,
        """
        s.session_id = $1 OR NOT EXISTS (SELECT FROM sellers o WHERE o.session_id = $1)
        AND s.channel_id = (SELECT c.channel_id FROM channel_contacts c WHERE c.session_id = $1)
        """,
        session_id,
    )


async def list_own_sellers(
    db: Executor, owner_id: int, *, before_id: int | None, limit: int
) -> tuple[list[Seller], bool]:
    """List the sellers of the owner's sessions and channels with their products, newest first; True if there are more.

    There are fewer than `limit` where these would have more than 300 products; one there is always.
    """
    rows = await db.fetch(
        f"""
        SELECT {_SELLER}, (SELECT count(*) FROM seller_products p WHERE p.seller_id = s.id) AS products
        FROM sellers s WHERE s.id IN (
            SELECT o.id FROM chat_sessions c JOIN sellers o ON o.session_id = c.id WHERE c.owner_id = $1
            UNION ALL
            SELECT o.id FROM channels h JOIN sellers o ON o.channel_id = h.id WHERE h.owner_id = $1
        ) AND ($2::integer IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3
        """,
        owner_id,
        before_id,
        limit + 1,
    )
    sums = accumulate(row["products"] for row in rows[:limit])
    shown = max(1, sum(products <= MAX_PAGE_PRODUCTS for products in sums))
    return await _with_products(db, rows[:shown]), shown < len(rows)


async def _sellers(db: Executor, where: str, parent: UUID | int) -> list[Seller]:
    rows = await db.fetch(f"SELECT {_SELLER} FROM sellers s WHERE {where} ORDER BY s.id DESC", parent)
    return await _with_products(db, rows)


async def _with_products(db: Executor, rows: Sequence[Record]) -> list[Seller]:
    products = await _products_of(db, [row["id"] for row in rows]) if rows else {}
    return [_seller(row, products[row["id"]]) for row in rows]


async def fetch_seller(db: Executor, owner_id: int, seller_id: int) -> Seller:
    """Fetch a seller of the owner's sessions or channels with its products. Raise SellerNotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_SELLER} FROM {_OWN}", seller_id, owner_id)
    if row is None:
        raise SellerNotFound
    return _seller(row, (await _products_of(db, [seller_id]))[seller_id])


async def lock_seller(tx: Transaction, owner_id: int, seller_id: int) -> Seller:
    """Lock a seller of the owner's sessions or channels and return it, without its products. Raise SellerNotFound."""
    row = await tx.fetch_row(f"SELECT {_SELLER} FROM {_OWN} FOR UPDATE OF s", seller_id, owner_id)
    if row is None:
        raise SellerNotFound
    return _seller(row, [])


async def lock_parent(tx: Transaction, seller_id: int) -> None:
    """Lock the session or channel that a seller belongs to: one writer at a time makes its catalogue larger."""
    await tx.execute(
        """
        WITH own AS (SELECT session_id, channel_id FROM sellers WHERE id = $1),
        session AS (SELECT FROM chat_sessions WHERE id = (SELECT session_id FROM own) FOR NO KEY UPDATE),
        channel AS (SELECT FROM channels WHERE id = (SELECT channel_id FROM own) FOR NO KEY UPDATE)
        SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM channel)
        """,
        seller_id,
    )


async def is_full(tx: Transaction, seller_id: int) -> bool:
    """Return whether the catalogue that a seller is in has more than it may; its parent is to be locked."""
    full: bool = await tx.fetch_value(
        """
        WITH own AS (SELECT session_id, channel_id FROM sellers WHERE id = $1),
        listed AS (
            SELECT s.id, octet_length(s.name) + coalesce(octet_length(s.pitch), 0) AS bytes
            FROM sellers s JOIN own ON s.session_id = own.session_id OR s.channel_id = own.channel_id
        ),
        products AS (
            SELECT octet_length(p.name) + coalesce(octet_length(p.description), 0)
                + octet_length(array_to_string(p.benefits, '')) AS bytes
            FROM seller_products p WHERE p.seller_id IN (SELECT id FROM listed)
        )
        SELECT (SELECT count(*) > $2 FROM listed) OR (SELECT count(*) > $3 FROM products)
            OR (SELECT sum(bytes) FROM (SELECT bytes FROM listed UNION ALL SELECT bytes FROM products)) > $4
        """,
        seller_id,
        MAX_SELLERS,
        MAX_PRODUCTS,
        MAX_TEXT_BYTES,
    )
    return full


async def insert_seller(
    tx: Transaction, data: SellerCreate | ChannelSellerCreate, *, channel_id: int | None = None
) -> int:
    """Insert a seller of a session, or of a channel, and return its id. Raise SellerExists."""
    seller_id: int | None = await tx.fetch_value(
        """
        INSERT INTO sellers (session_id, channel_id, name, pitch) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        data.session_id if isinstance(data, SellerCreate) else None,
        channel_id,
        data.name,
        data.pitch,
    )
    if seller_id is None:
        raise SellerExists
    return seller_id


async def find_currency(tx: Transaction, seller_id: int) -> str | None:
    """Find the currency of the seller's channel, or of the channel of its session."""
    currency: str | None = await tx.fetch_value(
        """
        SELECT h.currency FROM sellers s LEFT JOIN channel_contacts c ON c.session_id = s.session_id
        JOIN channels h ON h.id = coalesce(s.channel_id, c.channel_id) WHERE s.id = $1
        """,
        seller_id,
    )
    return currency


async def update_seller(tx: Transaction, seller_id: int, values: dict[str, Any]) -> None:
    """Write `values` and increase the version. Raise SellerExists."""
    changes, args = assignments(values, first=2)
    with violation_as(SellerExists, "sellers_name_key", "sellers_channel_name_key"):
        await tx.execute(
            f"UPDATE sellers SET {changes} version = version + 1, updated_at = now() WHERE id = $1",
            seller_id,
            *args,
        )


async def list_image_keys(tx: Transaction, seller_id: int) -> list[str]:
    """List the keys of the stored pictures of a seller's products."""
    rows = await tx.fetch(
        "SELECT image_key FROM seller_products WHERE seller_id = $1 AND image_key IS NOT NULL", seller_id
    )
    return [row["image_key"] for row in rows]


async def delete_seller(tx: Transaction, seller_id: int) -> None:
    """Delete a seller with its products."""
    await tx.execute("DELETE FROM sellers WHERE id = $1", seller_id)


async def fetch_product(db: Executor, seller_id: int, product_id: int) -> tuple[Product, str | None]:
    """Fetch a product of a seller, and its stored picture's key. Raise ProductNotFound if there is none."""
    row = await db.fetch_row(
        f"SELECT {_PRODUCT}, p.image_key FROM seller_products p WHERE p.id = $1 AND p.seller_id = $2",
        product_id,
        seller_id,
    )
    if row is None:
        raise ProductNotFound
    return _product(row), row["image_key"]


async def insert_product(tx: Transaction, seller_id: int, values: dict[str, Any]) -> Product:
    """Insert a product. Raise ProductExists if the seller has one of this name."""
    names, marks, args = insertion(_columns(values), first=2)
    row = await tx.fetch_row(
        f"""
        INSERT INTO seller_products AS p (seller_id, {names}) VALUES ($1, {marks})
        ON CONFLICT (seller_id, lower(name)) DO NOTHING RETURNING {_PRODUCT}
        """,
        seller_id,
        *args,
    )
    if row is None:
        raise ProductExists
    return _product(row)


async def update_product(tx: Transaction, product_id: int, values: dict[str, Any]) -> Product:
    """Write `values` and increase the version. Raise ProductExists."""
    changes, args = assignments(_columns(values), first=2)
    with violation_as(ProductExists, "seller_products_name_key"):
        row = await tx.fetch_row(
            f"UPDATE seller_products p SET {changes} version = version + 1, updated_at = now() "
            f"WHERE id = $1 RETURNING {_PRODUCT}",
            product_id,
            *args,
        )
    assert row is not None
    return _product(row)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a product's fields."""
    if "price" not in values:
        return values
    price: Price | None = values["price"]
    return {name: value for name, value in values.items() if name != "price"} | {
        "price_min_minor": price and price.min_minor,
        "price_max_minor": price and price.max_minor,
        "currency": price and price.currency,
    }


async def delete_product(tx: Transaction, product_id: int) -> None:
    """Delete a product."""
    await tx.execute("DELETE FROM seller_products WHERE id = $1", product_id)


async def collect_sellers(db: Executor, owner_id: int) -> list[Seller]:
    """Return the sellers of the owner's sessions and channels, with their products, for their export."""
    rows = await db.fetch(
        f"""
        SELECT {_SELLER} FROM sellers s LEFT JOIN chat_sessions c ON c.id = s.session_id
        LEFT JOIN channels h ON h.id = s.channel_id WHERE coalesce(c.owner_id, h.owner_id) = $1 ORDER BY s.id
        """,
        owner_id,
    )
    products = await _products_of(db, [row["id"] for row in rows])
    return [_seller(row, products[row["id"]]) for row in rows]
