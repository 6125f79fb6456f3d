"""Live sessions over Socket.IO: the owner's clients receive the events of a session, and catch up when they reconnect.

What they are told is declared by the slices that send it (`Slice.sends`).

Out of scope: writing messages (over HTTP).
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Forbidden, Unauthorized
from colonnade.kernel.db import Database
from colonnade.kernel.identity import Authenticator, session_is_live
from colonnade.kernel.realtime import (
    Client,
    Emit,
    Hub,
    Joined,
    SocketRoutes,
    TooManyRooms,
    hold_socket,
    release_socket,
)
from colonnade.products.dealroom.live.schemas import (
    TYPING,
    JoinSession,
    LeaveSession,
    ReadUpTo,
    SomebodyTypes,
    Typing,
)
from colonnade.products.dealroom.sessions import actions, queries
from colonnade.products.dealroom.sessions.schemas import SessionNotFound, SessionRead
from colonnade.products.dealroom.shared.rules.places import inbox_room, session_room

__all__ = ["LIVE", "identify"]

USE = "chats:use"
MAX_TOKEN_CHARACTERS = 4096
LIVE = SocketRoutes()
CUSTOMER_SEES_SECONDS = 20.0
_SHOWN = "shown"
"""When customers were last shown that an answer is written, by session, in a client's `state`."""

_TYPING = "typing"
"""Who is typing through a client, in its `state`: that ends with it."""


async def identify(
    auth: dict[str, Any] | None, scope: Mapping[str, Any], authenticator: Authenticator
) -> Principal:
    """Find who connects: the account of the access token or API key in `auth.token`. Raise Unauthorized, Forbidden."""
    token = (auth or {}).get("token")
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
        raise Unauthorized("A token is required: auth: {token}.")
    principal = await authenticator.authenticate(token)
    if not principal.may(USE):
        raise Forbidden
    return principal


@LIVE.on_connect
async def admit(client: Client, hub: Hub) -> None:
    """Close the client when its session, account or token ends."""
    hold_socket(hub, client, client.identity)


@LIVE.on_disconnect
async def release(client: Client, hub: Hub) -> None:
    """Cancel the client's expiry, and show that it types no more."""
    release_socket(client)
    if not hub.stopping:
        await _end_typing(client, hub, *client.state.get(_TYPING, ()))


@LIVE.on("join-session", spends="live-joins", raises=[SessionNotFound, TooManyRooms])
async def join_session(client: Client, data: JoinSession, db: Database, hub: Hub) -> Joined:
    """Follow a session, after replaying the events since `after`. Raise SessionNotFound."""
    await queries.fetch_session(db, client.identity.id, data.session_id)
    return await hub.join_with_catchup(client, session_room(data.session_id), data.after)


@LIVE.on("join-inbox", spends="live-joins", raises=[TooManyRooms])
async def join_inbox(client: Client) -> None:
    """Be told from now on which of one's sessions have changed: load the inbox after joining."""
    client.enter(inbox_room(client.identity.id))


@LIVE.on("leave-session", spends="live-leaves")
async def leave_session(client: Client, data: LeaveSession, hub: Hub) -> None:
    """Stop following a session; whoever was typing there has stopped."""
    client.leave(session_room(data.session_id))
    said = client.state.get(_TYPING, ())
    await _end_typing(client, hub, *(each for each in said if each.session_id == data.session_id))


@LIVE.on("typing", spends="live-typing", raises=[SessionNotFound])
async def show_typing(client: Client, data: Typing, hub: Hub, db: Database) -> None:
    """Show the owner's other clients that somebody is typing, in a session that was joined; once a second at most."""
    room = session_room(data.session_id)
    if room not in client.rooms:
        raise SessionNotFound
    said = SomebodyTypes(data.session_id, data.who, data.active)
    typing: set[SomebodyTypes] = client.state.setdefault(_TYPING, set())
    if said.active:
        typing.add(said)
        await _show(client, hub, said)
        await _show_customer(client, db, said)
    else:
        await _end_typing(client, hub, said)


async def _show_customer(client: Client, db: Database, said: SomebodyTypes) -> None:
    """Show a channel's customer that an answer is written: what they see lasts for 25 seconds."""
    shown: dict[UUID, float] = client.state.setdefault(_SHOWN, {})
    if said.who == "customer" or monotonic() < shown.get(said.session_id, 0.0) + CUSTOMER_SEES_SECONDS:
        return
    shown[said.session_id] = monotonic()
    async with db.transaction(client.identity) as tx:
        await actions.show_activity(tx, said.session_id, typing=True)


async def _end_typing(client: Client, hub: Hub, *ended: SomebodyTypes) -> None:
    for each in ended:
        said = SomebodyTypes(each.session_id, each.who, False)
        client.state[_TYPING].discard(SomebodyTypes(each.session_id, each.who, True))
        await _show(client, hub, said)


async def _show(client: Client, hub: Hub, said: SomebodyTypes) -> None:
    room = session_room(said.session_id)
    event = Emit(room=room, event=TYPING, data=said, skip=client.id)
    await hub.show((room, client.person, said.who), said.active, event)


@LIVE.on("read", spends="live-reads", raises=[SessionNotFound, Unauthorized])
async def mark_read(client: Client, data: ReadUpTo, db: Database) -> SessionRead:
    """Record how far the owner has read. Raise SessionNotFound, Unauthorized."""
    caller: Principal = client.identity
    async with db.transaction(caller) as tx:
        if not await session_is_live(tx, caller.session_id):
            raise Unauthorized("The session has ended. Please sign in again.")
        session = await actions.mark_read(tx, caller, data.session_id, data.seq)
    return SessionRead(session.read_seq)
