"""Demonstration contacts: the shop owner's customers, one with notes. Their sessions are without a channel."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.contacts.queries.contacts import insert_contact, update_contact
from colonnade.products.dealroom.contacts.queries.identities import insert_identity
from colonnade.products.dealroom.contacts.rules.identities import number_identity

__all__ = ["seed_contacts"]

_NUMBERS = {"Ibu Sari": "+6281234567890", "Pak Budi": "+6281398765432", "Kak Wulan": "+5511987654321"}


async def seed_contacts(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Insert a contact for each customer."""
    owner_id = accounts["user"]
    for name, number in _NUMBERS.items():
        contact_id = await insert_contact(tx, owner_id, name)
        await insert_identity(tx, owner_id, contact_id, number_identity(number), None)
        if name == "Ibu Sari":
            kept = {"labels": ["langganan"], "notes": "Ukuran 38. Minta dikirim sore."}
            await update_contact(tx, contact_id, kept)
