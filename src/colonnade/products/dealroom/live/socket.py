"""Live sessions over Socket.IO: the owner's clients receive the events of a session, and catch up when they reconnect.

Logged, with `seq` of the room: `message-created`, `message-updated` ({message}), `read` ({readSeq}),
`session-updated` ({session}), `answer-held`, `answer-decided` ({answer}). Not logged: `typing`, `session-deleted`.

Out of scope: writing messages (over HTTP).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Forbidden, Unauthorized
from colonnade.kernel.db import Database
from colonnade.kernel.identity import Authenticator, session_is_live
from colonnade.kernel.realtime import Client, Emit, Hub, Joined, SocketRoutes, hold_socket, release_socket
from colonnade.products.dealroom.sessions import actions, queries
from colonnade.products.dealroom.sessions.schemas import SessionNotFound
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = ["LIVE", "identify"]

USE = "chats:use"
MAX_TOKEN_CHARACTERS = 4096
LIVE = SocketRoutes()


class JoinSession(Struct, frozen=True, rename="camel"):
    """The session to follow; `after` is the last `seq` received, later events are replayed."""

    session_id: UUID
    after: Annotated[int, Meta(ge=0)] | None = None


class LeaveSession(Struct, frozen=True, rename="camel"):
    """The session to stop following."""

    session_id: UUID


class Typing(Struct, frozen=True, rename="camel"):
    """Somebody is typing, or has stopped."""

    session_id: UUID
    who: Literal["customer", "assistant", "human"] = "human"
    active: bool = True


class ReadUpTo(Struct, frozen=True, rename="camel"):
    """Messages up to number `seq` have been read."""

    session_id: UUID
    seq: Annotated[int, Meta(ge=0)]


async def identify(
    auth: dict[str, Any] | None, scope: Mapping[str, Any], authenticator: Authenticator
) -> Principal:
    """Return the principal of the access token or API key in `auth.token`. Raise Unauthorized, Forbidden."""
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
async def release(client: Client) -> None:
    """Cancel the client's expiry."""
    release_socket(client)


@LIVE.on("join-session", spends="live-joins")
async def join_session(client: Client, data: JoinSession, db: Database, hub: Hub) -> Joined:
    """Follow a session, after replaying the events since `after`. Raise SessionNotFound."""
    await queries.fetch_session(db, client.identity.id, data.session_id)
    return await hub.join_with_catchup(client, session_room(data.session_id), data.after)


@LIVE.on("leave-session", spends="live-leaves")
async def leave_session(client: Client, data: LeaveSession) -> None:
    """Stop following a session."""
    client.leave(session_room(data.session_id))


@LIVE.on("typing", spends="live-typing")
async def show_typing(client: Client, data: Typing, hub: Hub) -> None:
    """Show the owner's other clients that somebody is typing, in a session that was joined; once a second at most."""
    room = session_room(data.session_id)
    if room not in client.rooms:
        raise SessionNotFound
    said = {"sessionId": str(data.session_id), "who": data.who, "active": data.active}
    event = Emit(room=room, event="typing", data=said, skip=client.id)
    await hub.show((room, client.person, data.who), data.active, event)


@LIVE.on("read", spends="live-reads")
async def mark_read(client: Client, data: ReadUpTo, db: Database) -> dict[str, int]:
    """Record how far the owner has read. Raise SessionNotFound, Unauthorized."""
    caller: Principal = client.identity
    async with db.transaction(caller) as tx:
        if not await session_is_live(tx, caller.session_id):
            raise Unauthorized("The session has ended. Please sign in again.")
        session = await actions.mark_read(tx, caller, data.session_id, data.seq)
    return {"readSeq": session.read_seq}
