"""Demonstration vendors: the same persona in every session."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.core import LanguageTag, Phone
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.sessions.seed import demo_owner, list_demo_sessions
from colonnade.products.dealroom.shared.schemas.fields import Name
from colonnade.products.dealroom.vendors.actions import create_vendor
from colonnade.products.dealroom.vendors.schemas import Persona, VendorCreate

__all__ = ["seed_vendors"]

PERSONA = (
    "Sinta dari Toko Sepatu Melati. Ramah dan singkat, menyapa pelanggan dengan nama, "
    "tidak pernah menjanjikan apa pun yang tidak ada di daftar produk."
)


async def seed_vendors(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Give each demonstration session its vendor."""
    owner = demo_owner(accounts)
    for session_id in (await list_demo_sessions(tx, accounts)).values():
        vendor = VendorCreate(
            session_id,
            Name("Sinta"),
            phone_number=Phone.read("+62 811 6000 123"),
            persona=Persona(PERSONA),
            language=LanguageTag("id"),
        )
        await create_vendor(tx, owner, vendor)
