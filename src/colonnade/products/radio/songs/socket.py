"""Song requests over Socket.IO: staff who may see them are told of them; nothing comes in this way."""

from __future__ import annotations

from colonnade.kernel.realtime import Client, SocketRoutes
from colonnade.products.radio.livechat.schemas import Staff
from colonnade.products.radio.songs.actions import STAFF_ROOM

__all__ = ["SONGS"]

SONGS = SocketRoutes()


@SONGS.on_connect
async def admit(client: Client) -> None:
    """Let DJs hear of new requests and of each other's decisions."""
    who = client.identity
    if isinstance(who, Staff) and who.principal.may("songs:read"):
        client.enter(STAFF_ROOM)
