"""Our side of the broadcast bench: the realtime kernel under uvicorn, as `colonnade up` runs it."""

from __future__ import annotations

import gc
import json
import socket
from typing import Any

import uvicorn

from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.realtime import UVICORN_OPTIONS, Client, Hub, SocketLimits, SocketRoutes, SocketSetup

ROOM = "main"
chat = SocketRoutes()


@chat.on("join-room")
async def join_room(client: Client, data: str, hub: Hub) -> None:
    """Join as a contract's client does."""
    client.enter(data)


@chat.on("send-message")
async def send_message(client: Client, data: dict[str, Any], hub: Hub) -> None:
    """Send to everybody in the room."""
    await hub.emit(ROOM, "new-message", data)


class NoDatabase:
    """The bench logs nothing: the peer does not either."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """No rows."""
        return []

    async def fetch_row(self, sql: str, *args: Any) -> Any:
        """No row."""
        return None

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Nothing."""
        return None

    async def execute(self, sql: str, *args: Any) -> str:
        """Nothing done."""
        return ""


async def main() -> None:
    limits = SocketLimits(messages_per_minute=10**9, packets_per_minute=10**9, sockets_per_address=10_000)
    bus = open_bus(None, "bench")
    await bus.start()
    hub = Hub(SocketSetup(routes=[chat]), db=NoDatabase(), bus=bus, limits=limits)
    await hub.start(hub)
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
