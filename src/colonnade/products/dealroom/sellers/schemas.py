"""Shapes of sellers and their products, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, CurrencyCode, Line, NotFound
from colonnade.products.dealroom.shared.schemas.fields import LongText, Name, WebUrl

__all__ = [
    "MAX_PRODUCTS",
    "MAX_SELLERS",
    "MAX_TEXT_BYTES",
    "CatalogueFull",
    "ChannelSellerCreate",
    "Price",
    "PriceGiven",
    "Product",
    "ProductCreate",
    "ProductExists",
    "ProductNotFound",
    "ProductUpdate",
    "Seller",
    "SellerCreate",
    "SellerExists",
    "SellerNotFound",
    "SellerUpdate",
]

MAX_MINOR = 10**15
MAX_SELLERS, MAX_PRODUCTS, MAX_TEXT_BYTES = 100, 1_000, 512 * 1024
"""Of a channel, or of a session's own: all of it is read for each answer, and listed at once."""


class ProductName(Line, max_length=150, examples=["Sepatu Kulit Anoa"]):
    """The name of a product."""


class Benefit(Line, max_length=300, examples=["Kulit sapi asli"]):
    """What speaks for a product, in a line."""


Benefits = Annotated[list[Benefit], Meta(max_length=20)]
Minor = Annotated[int, Meta(ge=0, le=MAX_MINOR, description="In the currency's smallest unit.")]


class Price(Struct, frozen=True, rename="camel"):
    """A price, or a range of prices, in the currency's smallest unit (ISO 4217)."""

    min_minor: Minor
    max_minor: Minor
    currency: str


class PriceGiven(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A price, or a range of prices; without a currency it is in the product's, else in the channel's."""

    min_minor: Minor
    max_minor: Minor
    currency: CurrencyCode | UnsetType = UNSET


class Product(Struct, frozen=True, rename="camel"):
    """A product of a seller."""

    id: int
    seller_id: int
    name: str
    description: str | None
    benefits: list[str]
    image_url: str | None
    price: Price | None
    version: int
    created_at: datetime
    updated_at: datetime


class Seller(Struct, frozen=True, rename="camel"):
    """A seller of a session, or of a channel, with its products, oldest first."""

    id: int
    session_id: UUID | None
    name: str
    pitch: str | None
    products: list[Product]
    version: int
    created_at: datetime
    updated_at: datetime
    channel_id: int | None = None


class ProductCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new product of a seller."""

    name: ProductName
    description: LongText | None = None
    benefits: Benefits = []
    image_url: WebUrl | None = None
    price: PriceGiven | None = None


class ProductUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a product; absent fields stay, `null` clears a field that may be empty."""

    name: ProductName | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    benefits: Benefits | UnsetType = UNSET
    image_url: WebUrl | UnsetType | None = UNSET
    price: PriceGiven | UnsetType | None = UNSET


class SellerCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new seller of a session, with products if there are any yet."""

    session_id: UUID
    name: Name
    pitch: LongText | None = None
    products: Annotated[list[ProductCreate], Meta(max_length=50)] = []


class ChannelSellerCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new seller of a channel, with products if there are any yet."""

    name: Name
    pitch: LongText | None = None
    products: Annotated[list[ProductCreate], Meta(max_length=50)] = []


class SellerUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a seller; absent fields stay, `null` clears a field that may be empty."""

    name: Name | UnsetType = UNSET
    pitch: LongText | UnsetType | None = UNSET


class SellerNotFound(NotFound):
    """There is no such seller, or it is somebody else's."""

    code = "SELLER_NOT_FOUND"
    message = "Seller not found"


class ProductNotFound(NotFound):
    """The seller has no such product."""

    code = "PRODUCT_NOT_FOUND"
    message = "Product not found"


class SellerExists(Conflict):
    """The session, or the channel, has a seller of this name, ignoring case."""

    code = "SELLER_EXISTS"
    message = "Seller already exists in this session"


class ProductExists(Conflict):
    """The seller has a product of this name, ignoring case."""

    code = "PRODUCT_EXISTS"
    message = "Product already exists for this seller"


class CatalogueFull(Conflict):
    """The channel's sellers, or the session's own, would be more than are read for an answer."""

    code = "CATALOGUE_FULL"
    message = (
        f"A channel, or a session, has {MAX_SELLERS} sellers, {MAX_PRODUCTS:,} products and "
        f"{MAX_TEXT_BYTES // 1024} KiB of their texts at most. Please remove some, or write shorter texts."
    )
