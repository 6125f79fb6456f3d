"""Staff on a socket, for every slice that sends to them."""

from __future__ import annotations

from msgspec import Struct

from colonnade.kernel.access import Principal

__all__ = ["Staff"]


class Staff(Struct, frozen=True):
    """A signed-in member of staff; the socket ends with the access token (`expires_at`: Unix seconds)."""

    principal: Principal
    expires_at: float
