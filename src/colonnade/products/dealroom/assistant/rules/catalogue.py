"""The catalogue: texts and prices of a session's sellers, from which answers are made and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from colonnade.kernel.core import CURRENCY_DECIMALS
from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.schemas import Source
from colonnade.products.dealroom.sellers.schemas import Price, Product, Seller

__all__ = ["Catalogue", "Item", "PriceRange", "format_price"]

_SIGNS = {"IDR": "Rp", "USD": "$", "EUR": "€", "GBP": "£", "SGD": "S$"}
_POINTS = {"IDR", "EUR", "VND", "BRL"}
"""Currencies whose amounts are written with points between thousands: Rp450.000."""

MAX_PROMPT_CHARACTERS = 60_000
"""The part of the catalogue that a prompt contains; an answer is checked against all of it."""


class PriceRange(Struct, frozen=True):
    """A price or a range of prices, in whole units of a currency."""

    least: Decimal
    most: Decimal
    currency: str


class Item(Struct, frozen=True):
    """A seller, or one of its products; `text` is everything known of it, line by line."""

    seller_id: int
    product_id: int | None
    name: str
    text: str
    price: PriceRange | None = None

    @property
    def source(self) -> Source:
        """Return the copy of the item that is stored with an answer."""
        return Source(self.seller_id, self.product_id, self.text)


def format_amount(amount: Decimal, currency: str) -> str:
    """Format an amount as people write it: Rp450.000, $45.50."""
    decimals = 0 if amount == amount.to_integral_value() else CURRENCY_DECIMALS.get(currency, 2)
    text = f"{amount:,.{decimals}f}"
    if currency in _POINTS:
        text = text.translate(str.maketrans(",.", ".,"))
    sign = _SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{currency} {text}"


def _range(price: Price) -> PriceRange:
    unit = Decimal(10) ** CURRENCY_DECIMALS.get(price.currency, 2)
    return PriceRange(Decimal(price.min_minor) / unit, Decimal(price.max_minor) / unit, price.currency)


def format_price(price: PriceRange) -> str:
    """Format a price, or a range of prices: Rp450.000 - Rp525.000."""
    least = format_amount(price.least, price.currency)
    return least if price.least == price.most else f"{least} - {format_amount(price.most, price.currency)}"


def _product_item(product: Product) -> Item:
    price = _range(product.price) if product.price is not None else None
    lines = [product.name]
    if price is not None:
        lines.append(format_price(price))
    if product.description:
        lines.append(product.description)
    lines += product.benefits
    return Item(product.seller_id, product.id, product.name, "\n".join(lines), price)


def _seller_item(seller: Seller) -> Item:
    text = f"{seller.name}\n{seller.pitch}" if seller.pitch else seller.name
    return Item(seller.id, None, seller.name, text)


class Catalogue:
    """The sellers and products of one session, oldest first."""

    def __init__(self, sellers: Iterable[Seller]) -> None:
        self.items: list[Item] = []
        self.benefits: dict[int, Sequence[str]] = {}
        for seller in sorted(sellers, key=lambda each: each.id):
            self.items.append(_seller_item(seller))
            for product in seller.products:
                self.items.append(_product_item(product))
                self.benefits[product.id] = product.benefits
        self._sellers = {item.seller_id: item for item in self.items if item.product_id is None}
        self._products = {item.product_id: item for item in self.items if item.product_id is not None}

    @property
    def products(self) -> list[Item]:
        """Return the products without the sellers."""
        return list(self._products.values())

    def unknown(self, seller_ids: Iterable[int], product_ids: Iterable[int]) -> list[str]:
        """Return those of the ids that are not in the catalogue, each as `seller 7`."""
        sellers = [f"seller {one}" for one in seller_ids if one not in self._sellers]
        return sellers + [f"product {one}" for one in product_ids if one not in self._products]

    def used(self, text: str, seller_ids: Iterable[int], product_ids: Iterable[int]) -> list[Item]:
        """Return the items that a reply is based on: those it cites or names, and the sellers of those products."""
        said = fold(text)
        chosen = {item.product_id for item in self.products if _names(said, item.name)} | set(product_ids)
        products = [item for item in self.products if item.product_id in chosen]
        sellers = {item.seller_id for item in products} | set(seller_ids)
        sellers |= {id_ for id_, item in self._sellers.items() if _names(said, item.name)}
        return [item for id_, item in self._sellers.items() if id_ in sellers] + products

    def find_named(self, id_: str) -> str | None:
        """Return the name of the one product whose texts have this id, of another catalogue, as a word."""
        found = [item.name for item in self.products if _names(fold(item.text), id_)]
        return found[0] if len(found) == 1 else None

    def describe(self) -> list[dict[str, object]]:
        """Return the catalogue for a prompt: ids and texts, as many as fit."""
        shown: list[dict[str, object]] = []
        left = MAX_PROMPT_CHARACTERS
        for item in self.items:
            left -= len(item.text)
            if left < 0:
                break
            about = {"sellerId": item.seller_id, "productId": item.product_id, "text": item.text}
            shown.append({name: value for name, value in about.items() if value is not None})
        return shown


def _names(said: str, name: str) -> bool:
    folded = fold(name)
    return bool(folded) and re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", said) is not None
