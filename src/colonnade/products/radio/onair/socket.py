"""Who has which request, over Socket.IO, for staff who may see the requests."""

from __future__ import annotations

from colonnade.kernel.realtime import Client, SocketRoutes
from colonnade.products.radio.livechat.schemas import Staff
from colonnade.products.radio.onair.actions import onair_room

__all__ = ["ONAIR"]

ONAIR = SocketRoutes()


@ONAIR.on_connect
async def admit(client: Client) -> None:
    """Let presenters enter the rooms of the requests that they may see."""
    who = client.identity
    if not isinstance(who, Staff):
        return
    if who.principal.may("songs:read"):
        client.enter(onair_room("song"))
    if who.principal.may("prayers:read-air"):
        client.enter(onair_room("prayer"))
