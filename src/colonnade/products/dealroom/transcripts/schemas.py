"""The shape of a session's record."""

from __future__ import annotations

from msgspec import Struct

from colonnade.products.dealroom.sellers.schemas import Seller
from colonnade.products.dealroom.sessions.schemas import ChatSession
from colonnade.products.dealroom.vendors.schemas import Vendor

__all__ = ["Transcript"]


class Transcript(Struct, frozen=True):
    """A session with its vendor and sellers, up to its last message at the time of the query."""

    session: ChatSession
    vendor: Vendor | None
    sellers: list[Seller]
