"""Demonstration sellers in Indonesian: shoes, and shoe care."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.core import CurrencyCode
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.sellers.actions import create_seller
from colonnade.products.dealroom.sellers.schemas import (
    Benefit,
    PriceGiven,
    ProductCreate,
    ProductName,
    SellerCreate,
)
from colonnade.products.dealroom.sessions.seed import demo_owner, list_demo_sessions
from colonnade.products.dealroom.shared.schemas.fields import LongText, Name

__all__ = ["seed_sellers"]

SHOES = [
    ProductCreate(
        name=ProductName("Sepatu Kulit Anoa"),
        description=LongText("Sepatu pantofel kulit sapi, sol karet, ukuran 38 sampai 44."),
        benefits=[Benefit("Kulit sapi asli"), Benefit("Sol anti selip"), Benefit("Garansi jahitan 6 bulan")],
        price=PriceGiven(45_000_000, 52_500_000, CurrencyCode("IDR")),
    ),
    ProductCreate(
        name=ProductName("Sandal Rotan Bawean"),
        description=LongText("Sandal anyaman rotan buatan tangan, ukuran 36 sampai 42."),
        benefits=[Benefit("Dianyam tangan"), Benefit("Ringan")],
        price=PriceGiven(12_500_000, 12_500_000, CurrencyCode("IDR")),
    ),
]
CARE = [
    ProductCreate(
        name=ProductName("Krim Perawatan Kulit"),
        description=LongText("Krim 100 ml untuk kulit halus."),
        benefits=[Benefit("Tanpa pewarna"), Benefit("Cukup untuk 20 kali pemakaian")],
        price=PriceGiven(6_500_000, 6_500_000, CurrencyCode("IDR")),
    )
]


async def seed_sellers(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Give each demonstration session its two sellers."""
    owner = demo_owner(accounts)
    for session_id in (await list_demo_sessions(tx, accounts)).values():
        shoes = SellerCreate(
            session_id, Name("Toko Sepatu Melati"), LongText("Sepatu buatan Yogyakarta sejak 1987."), SHOES
        )
        await create_seller(tx, owner, shoes)
        await create_seller(tx, owner, SellerCreate(session_id, Name("Rawat Kulit"), None, CARE))
