"""What a customer meets in a session."""

from __future__ import annotations

from msgspec import Struct

from colonnade.products.dealroom.channels.schemas import ChannelRules
from colonnade.products.dealroom.sellers.schemas import Seller
from colonnade.products.dealroom.vendors.schemas import Vendor

__all__ = ["Storefront"]


class Storefront(Struct, frozen=True, rename="camel"):
    """In whose name a session is answered, from whose products, and by which rules.

    The vendor is the session's own, else its channel's; so are the sellers, all of them. The rules are the channel's; a
    session without one has those of a new channel. `language` is the vendor's, else the channel's.
    """

    vendor: Vendor | None
    sellers: list[Seller]
    rules: ChannelRules
    language: str | None
