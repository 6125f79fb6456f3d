"""Live chat over Socket.IO: authentication, and the events of the contract.

Everybody is in one public room, whose log replays missed messages: join with `after`, the last `seq` received. A guest
joins with its own session id. `user-joined` and `user-left` are sent when a guest's first socket of this process joins
and its last one leaves, at most once a second per guest.

Out of scope: lists of the guests who are present.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.kernel.core import Forbidden, NotFound, TooManyRequests, Unauthorized, UnloggedEvent, now
from colonnade.kernel.db import Database
from colonnade.kernel.identity import Authenticator, Tokens, session_is_live
from colonnade.kernel.limits import Budgets, Limiter, budget_spent
from colonnade.kernel.realtime import (
    Client,
    Emit,
    Hub,
    Joined,
    RoomEvent,
    SocketRoutes,
    hold_socket,
    release_socket,
)
from colonnade.products.radio.livechat import actions, queries
from colonnade.products.radio.livechat.actions.guests import Guest, fetch_guest
from colonnade.products.radio.livechat.rules.rooms import (
    MODERATORS_ROOM,
    ROOM,
    device_key,
    guest_key,
    guest_room,
)
from colonnade.products.radio.livechat.schemas import (
    NEW_MESSAGE,
    USER_JOINED,
    USER_LEFT,
    BlockedTerm,
    ChatClosed,
    GuestName,
    JoinRoom,
    NotYourSession,
    Posted,
    SendMessage,
    SessionBlocked,
    SessionEnded,
    SlowMode,
    Staff,
)

__all__ = ["CHAT", "identify", "person_of"]

MAX_TOKEN_CHARACTERS = 4096
CHAT = SocketRoutes()


async def identify(
    auth: dict[str, Any] | None,
    scope: Mapping[str, Any],
    db: Database,
    tokens: Tokens,
    authenticator: Authenticator,
) -> Guest | Staff:
    """Find who connects: the guest or member of staff of `auth.token`, a guest token or an access token.

    Raise SessionEnded, SessionBlocked, and Unauthorized, also without a token.
    """
    token = (auth or {}).get("token")
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
        raise Unauthorized("A token is required: auth: {token}.")
    try:
        tokens.verify("guest", token)
    except Unauthorized:
        principal = await authenticator.authenticate(token)
        return Staff(principal, principal.expires_at)
    return await fetch_guest(db, tokens, token)


def person_of(who: Guest | Staff) -> str:
    """Return the key that a client's budgets and sockets are counted under."""
    return f"account:{who.principal.id}" if isinstance(who, Staff) else f"guest:{who.session_id}"


@CHAT.on_connect
async def admit(client: Client, hub: Hub) -> None:
    """Tag the client with the keys that end its rights, and enter its own rooms."""
    who = client.identity
    if isinstance(who, Guest):
        client.tag(guest_key(who.session_id))
        if who.device is not None:
            client.tag(device_key(who.device))
        client.enter(guest_room(who.session_id))
        return
    assert isinstance(who, Staff)
    hold_socket(hub, client, who.principal)
    if who.principal.may("chat:read-hidden"):
        client.enter(MODERATORS_ROOM)


@CHAT.on("join-room", spends="chat-joins", raises=[NotYourSession, NotFound])
async def join_room(client: Client, data: str | JoinRoom | None, hub: Hub) -> Joined:
    """Enter the room after replaying the messages since `after`.

    `data` is the guest's session id (or the room's name), or an object. Raise NotYourSession, NotFound.
    """
    wanted = JoinRoom(session_id=data) if isinstance(data, str) else data or JoinRoom()
    who = client.identity
    own = {ROOM, str(who.session_id)} if isinstance(who, Guest) else {ROOM}
    for name in (wanted.session_id, wanted.room):
        if name is not None and name not in own:
            raise NotYourSession if isinstance(who, Guest) else NotFound("There is no such room.")
    joined = await hub.join_with_catchup(client, ROOM, wanted.after)
    if isinstance(who, Guest) and client.connected and _presence(who) not in client.rooms:
        first = hub.count(_presence(who)) == 0
        client.enter(_presence(who))
        if first:
            await _show(hub, USER_JOINED, who, skip=client.id)
    return joined


@CHAT.on("leave-room", spends="chat-leaves")
async def leave_room(client: Client, data: object, hub: Hub) -> None:
    """Leave the room; does nothing if the client is not in it."""
    client.leave(ROOM)
    who = client.identity
    if isinstance(who, Guest) and _presence(who) in client.rooms:
        client.leave(_presence(who))
        await _gone(hub, who)


@CHAT.on_disconnect
async def say_goodbye(client: Client, hub: Hub) -> None:
    """Announce that the guest has left, unless this process is stopping: its guests are about to reconnect."""
    release_socket(client)
    who = client.identity
    if isinstance(who, Guest) and _presence(who) in client.rooms and not hub.stopping:
        await _gone(hub, who)


@CHAT.on(
    "send-message",
    raises=[
        BlockedTerm,
        ChatClosed,
        Forbidden,
        SessionBlocked,
        SessionEnded,
        SlowMode,
        TooManyRequests,
        Unauthorized,
    ],
)
async def send_message(
    client: Client, data: SendMessage, budgets: Budgets, limiter: Limiter, db: Database
) -> Posted:
    """Post a message; at most 100 a minute from one guest or account, and ten times that from guests at one address.

    The client need not have joined: clients first send the messages they queued while offline. Raise TooManyRequests
    and the errors of the actions.
    """
    who = client.identity
    budget = budgets["chat"]
    wanted = [(budget, person_of(who))]
    if isinstance(who, Guest):
        # Not the socket's peer, which may be a proxy.
        wanted.append((budget.crowd, who.address))
    refused = [each for each in await limiter.spend_all(wanted) if not each.allowed]
    if refused:
        last = max(refused, key=lambda decision: decision.reset_seconds)
        raise budget_spent(last, "Rate limit exceeded. Please slow down.")
    if isinstance(who, Guest):
        return await _post_as_guest(db, who, data)
    if not await session_is_live(db, who.principal.session_id):
        raise Unauthorized("The session has ended. Please sign in again.")
    if not who.principal.may("chat:moderate"):
        raise Forbidden
    said = (data.message, data.client_message_id)
    async with db.single_statement(who) as tx:
        posted = await actions.post_station_message(tx, who.principal, *said)
    return posted or await queries.find_posted(db, who.principal.id, data.client_message_id)


async def _post_as_guest(db: Database, guest: Guest, data: SendMessage) -> Posted:
    """Post in two round trips; in a transaction, with locks, where anything stands in the way."""
    said = (guest.session_id, data.message, data.client_message_id)
    context = await queries.find_posting_context(db, guest.session_id, data.client_message_id)
    async with db.single_statement(guest) as single:
        posted = await actions.post_at_once(single, context, *said)
    if posted is not None:
        return posted
    async with db.transaction(guest) as tx:
        return await actions.post_guest_message(tx, *said)


@CHAT.replay("livechat:")
async def without_hidden(room: str, events: list[RoomEvent], db: Database) -> list[RoomEvent]:
    """Filter the log for late joiners: messages that are public now, and every decision and setting."""
    said = NEW_MESSAGE.name
    ids = {event.data["id"] for event in events if event.event == said}
    public = await queries.list_public_messages(db, sorted(ids)) if ids else {}
    return [event for event in events if event.event != said or event.data["id"] in public]


def _presence(guest: Guest) -> str:
    """Return the room of the guest's joined sockets, which serves to count them."""
    return f"livechat:present:{guest.session_id}"


async def _show(hub: Hub, event: UnloggedEvent[GuestName], guest: Guest, *, skip: str = "") -> None:
    said = Emit(room=ROOM, event=event, data=GuestName(guest.name, now()), skip=skip)
    await hub.show(_presence(guest), event.name, said)


async def _gone(hub: Hub, guest: Guest) -> None:
    if hub.count(_presence(guest)) == 0:
        await _show(hub, USER_LEFT, guest)
