"""Song requests over Socket.IO: notifies staff who may see them. Out of scope: receiving requests."""

from __future__ import annotations

from colonnade.kernel.realtime import Client, SocketRoutes
from colonnade.products.radio.livechat.schemas import Staff
from colonnade.products.radio.songs.actions import STAFF_ROOM

__all__ = ["SONGS"]

SONGS = SocketRoutes()


@SONGS.on_connect
async def admit(client: Client) -> None:
    """Let DJs enter the room of new requests and decisions."""
    who = client.identity
    if isinstance(who, Staff) and who.principal.may("songs:read"):
        client.enter(STAFF_ROOM)
