"""Demonstration sellers in Indonesian: shoes, and shoe care."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.sellers.actions import create_seller
from colonnade.products.dealroom.sellers.schemas import Price, ProductCreate, SellerCreate
from colonnade.products.dealroom.sessions.seed import demo_owner, list_demo_sessions

__all__ = ["seed_sellers"]

SHOES = [
    ProductCreate(
        name="Sepatu Kulit Anoa",
        description="Sepatu pantofel kulit sapi, sol karet, ukuran 38 sampai 44.",
        benefits=["Kulit sapi asli", "Sol anti selip", "Garansi jahitan 6 bulan"],
        price=Price(45_000_000, 52_500_000, "IDR"),
    ),
    ProductCreate(
        name="Sandal Rotan Bawean",
        description="Sandal anyaman rotan buatan tangan, ukuran 36 sampai 42.",
        benefits=["Dianyam tangan", "Ringan"],
        price=Price(12_500_000, 12_500_000, "IDR"),
    ),
]
CARE = [
    ProductCreate(
        name="Krim Perawatan Kulit",
        description="Krim 100 ml untuk kulit halus.",
        benefits=["Tanpa pewarna", "Cukup untuk 20 kali pemakaian"],
        price=Price(6_500_000, 6_500_000, "IDR"),
    )
]


async def seed_sellers(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Give each demonstration session its two sellers."""
    owner = demo_owner(accounts)
    for session_id in (await list_demo_sessions(tx, accounts)).values():
        shoes = SellerCreate(session_id, "Toko Sepatu Melati", "Sepatu buatan Yogyakarta sejak 1987.", SHOES)
        await create_seller(tx, owner, shoes)
        await create_seller(tx, owner, SellerCreate(session_id, "Rawat Kulit", None, CARE))
