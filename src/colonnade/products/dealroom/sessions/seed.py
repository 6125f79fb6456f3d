"""Demonstration sessions in Indonesian: a shop owner with three customers."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.sessions.queries import insert_session, list_sessions, update_session
from colonnade.products.dealroom.sessions.schemas import Label, SessionCreate, SessionFilters, Title

__all__ = ["demo_owner", "list_demo_sessions", "seed_sessions"]

TITLES = {
    "Ibu Sari": "Selamat pagi, apakah sepatu kulit ukuran…",
    "Pak Budi": "Sandal rotannya kuat untuk dipakai setia…",
    "Kak Wulan": "Krim perawatannya aman untuk warna putih…",
}
"""Customers, the first of them pinned, and the beginning of their first message."""


def demo_owner(accounts: Mapping[str, int]) -> Principal:
    """Return the shop owner, who has the demonstration sessions."""
    return Principal(
        accounts["user"], UUID(int=0), "user", "melati", "melati@dealroom.test", frozenset(), UUID(int=0)
    )


async def seed_sessions(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Insert a session with each customer."""
    for number, (customer, words) in enumerate(TITLES.items()):
        labels = [Label("hangat")] if number == 0 else []
        data = SessionCreate(title=Title(f"{customer}: {words}"), labels=labels)
        session = await insert_session(tx, accounts["user"], data)
        if number == 0:
            await update_session(tx, session.id, {"pinned": True})


async def list_demo_sessions(tx: Transaction, accounts: Mapping[str, int]) -> dict[str, UUID]:
    """Return the demonstration sessions by customer, in the order in which they were inserted."""
    written = await list_sessions(tx, accounts["user"], SessionFilters())
    ids = {(session.title or "").partition(":")[0]: session.id for session in written}
    return {customer: ids[customer] for customer in TITLES}
