"""Our side of the broadcast bench: the realtime kernel under uvicorn, as `colonnade up` runs it."""

from __future__ import annotations

import gc
import json
import socket
from types import SimpleNamespace
from typing import Any

import uvicorn

from colonnade.kernel.core import UnloggedEvent
from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.realtime import UVICORN_OPTIONS, Client, Hub, SocketLimits, SocketRoutes, SocketSetup

ROOM = "main"
NEW_MESSAGE = UnloggedEvent("new-message", dict, to="everybody in the room", when="A client sends one.")
chat = SocketRoutes()


@chat.on("join-room")
async def join_room(client: Client, data: str, hub: Hub) -> None:
    """Join a room, as the contracts' clients do."""
    client.enter(data)


@chat.on("send-message")
async def send_message(client: Client, data: dict[str, Any], hub: Hub) -> None:
    """Send to everybody in the room."""
    await hub.emit(ROOM, NEW_MESSAGE, data)


class NoDatabase:
    """A database that stores nothing, because the peer stores nothing either."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return no rows."""
        return []

    async def fetch_row(self, sql: str, *args: Any) -> Any:
        """Return no row."""
        return None

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return no value."""
        return None

    async def execute(self, sql: str, *args: Any) -> str:
        """Do nothing."""
        return ""


async def main() -> None:
    limits = SocketLimits(messages_per_minute=10**9, packets_per_minute=10**9, sockets_per_address=10_000)
    bus = open_bus(None, "bench")
    await bus.start()
    hub = Hub(SocketSetup(routes=[chat]), db=NoDatabase(), bus=bus, limits=limits)
    await hub.start(SimpleNamespace(hub=hub))
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = uvicorn.Server(
        uvicorn.Config(hub.app, interface="asgi3", log_level="warning", lifespan="off", **UVICORN_OPTIONS)
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    await server.serve(sockets=[listener])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
