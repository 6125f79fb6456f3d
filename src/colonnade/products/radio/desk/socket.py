"""The queue over Socket.IO: staff hear what changes in the kinds that they may see."""

from __future__ import annotations

from colonnade.kernel.realtime import Client, SocketRoutes
from colonnade.products.radio.desk.actions import sight_of
from colonnade.products.radio.livechat.schemas import Staff
from colonnade.products.radio.shared.actions import queue_room

__all__ = ["DESK"]

DESK = SocketRoutes()


@DESK.on_connect
async def admit(client: Client) -> None:
    """Let staff enter the rooms of the kinds that they may see; of prayers, the one for what they may read."""
    who = client.identity
    if not isinstance(who, Staff) or not who.principal.may("desk:work"):
        return
    sight = sight_of(who.principal)
    for kind in sight.kinds:
        client.enter(queue_room(kind, limited=kind == "prayer" and not sight.all_prayers))
