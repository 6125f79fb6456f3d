"""Sockets: a Socket.IO v4 server per product, rooms across all processes, and rooms with a log.

A slice declares the events that clients may send and how they are authenticated:

>>> class SendMessage(msgspec.Struct):
...     message: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
>>>
>>> NEW_MESSAGE = LoggedEvent("new-message", Message, to="everybody at the table", when="A message appears.")
>>>
>>> chat = SocketRoutes()
>>>
>>> @chat.on("join-room")
... async def join_room(client: Client, data: JoinRoom, hub: Hub) -> Joined:
...     return await hub.join_with_catchup(client, f"table:{data.table_id}", data.after)
>>>
>>> @chat.on("send-message")
... async def send(client: Client, data: SendMessage, db: Database) -> None:
...     async with db.transaction(client.identity) as tx:
...         await post_message(tx, client.identity, data)
>>>
>>> async def post_message(tx, guest, data):            # an action: it serves HTTP alike
...     message = await queries.insert_message(tx, guest, data)
...     await append_event(tx, room="table:1", event=NEW_MESSAGE, data=message)
>>>
>>> @chat.replay("table:")
... async def without_hidden(room, events, db: Database): ...
>>>
>>> Slice(name="chat", sockets=SocketSetup(routes=[chat], authenticate=find_guest), sends=[NEW_MESSAGE])

- `append_event(tx, room=…, event=…, data=…)` is delivered after the commit, to all processes, in order and without
  gaps, and is kept: a client that reconnects with the last `seq` it has receives the events it missed.
  Such rooms are joined with `hub.join_with_catchup`, the others with `client.enter`.
- A write that is one statement can log its event itself: `appending` gives the SQL, `announce` delivers.
- `tx.after_commit(Emit(room=…, event=…, data=…))` or `await hub.emit(…)` is delivered at most once and not kept.
- `await hub.show(key, state, Emit(…))` is for what changes often (who is here, who types): once a second, the latest
  always. `@chat.on("join-room", spends="chat-joins")` limits how often a person may send an event.
- `client.tag("session:…")` and `await hub.disconnect("session:…", "SESSION_BLOCKED")` close sockets.
- Room names are shared by all namespaces of a product; names that begin with "$" are reserved.
- A tuple is several arguments, in `emit`, acknowledgements and, as the type of a payload, in what a handler takes;
  `await client.call("ask", …)` waits for the client's own acknowledgement.
- `Engine` serves another protocol than Socket.IO on Engine.IO's sessions: `Engine(lambda session, scope: listener, …)`.
- The server must be uvicorn with `**UVICORN_OPTIONS`: others do not pass frames on.
"""

from colonnade.kernel.realtime.client import Client, TooManyRooms
from colonnade.kernel.realtime.delivery import Joined
from colonnade.kernel.realtime.engine import Engine
from colonnade.kernel.realtime.holders import hold_socket, release_socket
from colonnade.kernel.realtime.hub import Hub, HubStats, UnknownEvent
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.log import (
    EVENT_HIDDEN,
    Appended,
    Emit,
    RoomEvent,
    announce,
    append_each,
    append_event,
    append_events,
    appending,
    close_sockets,
    erase_room,
    prune_events,
    rewrite_events,
)
from colonnade.kernel.realtime.packets import Malformed
from colonnade.kernel.realtime.persons import TooManySockets
from colonnade.kernel.realtime.routes import (
    Authenticate,
    EventRoute,
    ReplayFilter,
    SocketRoutes,
    SocketSetup,
    merge_setups,
)
from colonnade.kernel.realtime.session import Listener, Session
from colonnade.kernel.realtime.transport import UVICORN_OPTIONS, WebSocketProtocol

__all__ = [
    "EVENT_HIDDEN",
    "UVICORN_OPTIONS",
    "Appended",
    "Authenticate",
    "Client",
    "Emit",
    "Engine",
    "EventRoute",
    "Hub",
    "HubStats",
    "Joined",
    "Listener",
    "Malformed",
    "ReplayFilter",
    "RoomEvent",
    "Session",
    "SocketLimits",
    "SocketRoutes",
    "SocketSetup",
    "TooManyRooms",
    "TooManySockets",
    "UnknownEvent",
    "WebSocketProtocol",
    "announce",
    "append_each",
    "append_event",
    "append_events",
    "appending",
    "close_sockets",
    "erase_room",
    "hold_socket",
    "merge_setups",
    "prune_events",
    "release_socket",
    "rewrite_events",
]
