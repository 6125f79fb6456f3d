"""A product's sockets in a process of its own, for the tests: uvicorn as the app runs it, prints its port.

python server.py '{"dsn": …, "redis": …, "namespace": …, "limits": {…}, "origins": […], "echo": false}'
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import msgspec
import uvicorn
import uvloop

from colonnade.kernel.core import (
    Conflict,
    Dispatcher,
    Event,
    Forbidden,
    LoggedEvent,
    Unauthorized,
    UnloggedEvent,
)
from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.db import Database
from colonnade.kernel.realtime import (
    UVICORN_OPTIONS,
    Client,
    Emit,
    Engine,
    Hub,
    Joined,
    RoomEvent,
    Session,
    SocketLimits,
    SocketRoutes,
    SocketSetup,
    append_each,
    append_event,
    append_events,
    close_sockets,
    prune_events,
)


class SignedOut(Unauthorized):
    """Somebody else has signed them out."""

    code = "SIGNED_OUT"
    message = "Signed out."


class Services:
    """The services of the handlers."""

    def __init__(self, db: Database, hub: Hub, dispatcher: Dispatcher) -> None:
        self.db = db
        self.hub = hub
        self.dispatcher = dispatcher
        self.hidden: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}

    @classmethod
    def __provided__(cls, services: Services) -> Services:
        return services


class Config(msgspec.Struct):
    """The only argument."""

    dsn: str
    redis: str | None = None
    namespace: str = "test"
    limits: dict[str, Any] = {}
    origins: list[str] = []
    echo: bool = False
    port: int = 0


class Echo:
    """A protocol on Engine.IO alone: it says what it hears."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def receive(self, data: str | bytes) -> None:
        self.session.send(data)

    def ended(self) -> None:
        pass


class Join(msgspec.Struct):
    room: str
    after: int | None = None


class Say(msgspec.Struct, forbid_unknown_fields=True):
    room: str
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Shout(msgspec.Struct):
    room: str
    event: str
    data: Any = None
    others: bool = False


class Flood(msgspec.Struct):
    room: str
    size: int
    count: int


SAID = LoggedEvent("said", dict, to="everybody in the room", when="Somebody says something.")


def unlogged(name: str) -> UnloggedEvent[Any]:
    return UnloggedEvent(name, object, to="whom the test says", when="When the test says so.")


main = SocketRoutes()
studio = SocketRoutes("/studio")
custom = SocketRoutes("/custom")


@main.on("join")
async def join(client: Client, data: Join, services: Services) -> Joined:
    return await services.hub.join_with_catchup(client, data.room, data.after)


@main.on("enter")
async def enter(client: Client, data: str, services: Services) -> list[str]:
    client.enter(data)
    return sorted(client.rooms)


@main.on("leave")
async def leave(client: Client, data: str, services: Services) -> list[str]:
    client.leave(data)
    return sorted(client.rooms)


@main.on("say")
async def say(client: Client, data: Say, services: Services) -> int:
    async with services.db.transaction() as tx:
        return await append_event(tx, room=data.room, event=SAID, data={"text": data.text})


@main.on("say-many")
async def say_many(client: Client, data: Say, services: Services) -> None:
    async with services.db.transaction() as tx:
        said = [{"text": f"{data.text}{number}"} for number in range(3)]
        await append_events(tx, room=data.room, event=SAID, data=said)
        await append_events(tx, room=data.room, event=SAID, data=[])
        await append_event(tx, room=data.room, event=SAID, data={"text": "last"})


@main.on("say-each")
async def say_each(client: Client, data: Say, services: Services) -> None:
    """Say something different in the room, and in two beside it."""
    async with services.db.transaction() as tx:
        said = {f"{data.room}{beside}": {"text": f"{data.text}{beside}"} for beside in ("-b", "", "-a")}
        await append_each(tx, event=SAID, data=said)
        await append_each(tx, event=SAID, data={})


@main.on("say-and-fail")
async def say_and_fail(client: Client, data: Say, services: Services) -> None:
    async with services.db.transaction() as tx:
        await append_event(tx, room=data.room, event=SAID, data={"text": data.text})
        tx.after_commit(Emit(room=data.room, event=unlogged("ghost"), data=None))
        raise Conflict("rolled back")


@main.on("say-swapped")
async def say_swapped(client: Client, data: Say, services: Services) -> None:
    """Commit twice; the callbacks of the second commit run first."""
    collected: list[list[Event]] = []
    for number in (1, 2):
        held = Database(services.db.dsn, dispatch=lambda events: keep(collected, list(events)))
        async with held.transaction() as tx:
            await append_event(tx, room=data.room, event=SAID, data={"text": f"{data.text}{number}"})
        await held.close()
    for events in reversed(collected):
        await services.dispatcher.dispatch(events)


async def keep(collected: list[list[Event]], events: list[Event]) -> None:
    collected.append(events)


@main.on("say-silently")
async def say_silently(client: Client, data: Say, services: Services) -> None:
    """Behave like a process that dies between its commit and the callbacks."""
    silent = Database(services.db.dsn)
    async with silent.transaction() as tx:
        await append_event(tx, room=data.room, event=SAID, data={"text": data.text})
    await silent.close()


@main.on("hide")
async def hide(client: Client, data: str, services: Services) -> None:
    services.hidden.add(data)


@main.replay("filtered:")
async def filtered(services: Services, room: str, events: list[RoomEvent]) -> list[RoomEvent]:
    """Remove hidden texts; leave "drop" out altogether."""
    return [
        RoomEvent(each.seq, each.event, {"text": None} if each.data["text"] in services.hidden else each.data)
        for each in events
        if each.data["text"] != "drop"
    ]


@main.on("prune")
async def prune(client: Client, data: object, services: Services) -> int:
    return await prune_events(services.db, timedelta(0))


@main.on("shout")
async def shout(client: Client, data: Shout, services: Services) -> None:
    await services.hub.emit(data.room, unlogged(data.event), data.data, skip=client.id if data.others else "")


@main.on("shout-bytes")
async def shout_bytes(client: Client, data: str, services: Services) -> None:
    await services.hub.emit(data, unlogged("picture"), {"png": b"\x89P\x00"})


@main.on("flood")
async def flood(client: Client, data: Flood, services: Services) -> None:
    text = "x" * data.size
    for number in range(data.count):
        await services.hub.emit(data.room, unlogged("flooded"), [number, text])
        await asyncio.sleep(0)


@main.on("echo")
async def echo(client: Client, data: Any, services: Services) -> Any:
    client.emit(unlogged("echoed"), data)
    return data


@main.on("message")
async def message(client: Client, data: tuple[Any, ...]) -> None:
    client.emit(unlogged("message-back"), data)


@main.on("message-with-ack")
async def message_with_ack(client: Client, data: tuple[Any, ...]) -> tuple[Any, ...]:
    return data


@main.on("pair")
async def pair(client: Client, data: tuple[int, str]) -> str:
    return f"{data[0]} {data[1]}"


@main.on("ask")
async def ask(client: Client, data: str) -> Any:
    """Ask the client back, once this event is acknowledged."""
    asking = asyncio.create_task(answer_of(client, data))
    client.state["asking"] = asking


async def answer_of(client: Client, question: str) -> None:
    try:
        client.emit(unlogged("answered"), await client.call(unlogged(question), (1, "two"), seconds=0.5))
    except TimeoutError:
        client.emit(unlogged("unanswered"), None)


@main.on("keep-garbage")
async def keep_garbage(client: Client) -> None:
    """Collect what there is, and keep from now on what only the collector would free."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)


@main.on("garbage")
async def garbage(client: Client) -> dict[str, int]:
    """Return the kept garbage by type."""
    gc.collect()
    gc.set_debug(0)
    found = Counter(type(each).__name__ for each in gc.garbage)
    gc.garbage.clear()
    gc.enable()
    return dict(found)


@main.on("boom")
async def boom(client: Client, data: object, services: Services) -> None:
    raise RuntimeError("secret internals")


@main.on("refuse")
async def refuse(client: Client, data: object, services: Services) -> None:
    raise Conflict("Not like this.", details={"why": "because"})


@main.on("slow")
async def slow(client: Client, data: object, services: Services) -> None:
    await asyncio.Event().wait()


@main.on("kick")
async def kick(client: Client, data: str, services: Services) -> None:
    await services.hub.disconnect(data, "SESSION_BLOCKED", "You have been blocked.")


@main.on("kick-in-transaction")
async def kick_in_transaction(client: Client, data: str, services: Services) -> None:
    async with services.db.transaction() as tx:
        await close_sockets(tx, key=data, problem=SignedOut(details={"by": "server"}))


@main.on("whoami")
async def whoami(client: Client, data: object, services: Services) -> dict[str, Any]:
    return {"id": client.id, "identity": client.identity, "address": client.address}


@main.on("count")
async def count(client: Client, data: str, services: Services) -> int:
    return services.hub.count(data)


@main.on("stats")
async def stats(client: Client, data: object, services: Services) -> Any:
    return services.hub.stats()


@main.on("open-gate")
async def open_gate(client: Client, data: str, services: Services) -> None:
    services.gates.setdefault(data, asyncio.Event()).set()


@main.on_connect
async def tag(client: Client, services: Services) -> None:
    if client.identity:
        client.tag(f"user:{client.identity}")
    client.enter("everybody")


@main.on_disconnect
async def tell(client: Client, services: Services) -> None:
    for room in sorted(client.rooms):
        await services.hub.emit(room, unlogged("user-left"), {"id": client.id, "rooms": sorted(client.rooms)})


@main.on_connect
@custom.on_connect
async def greet(client: Client) -> None:
    """Say something before the client knows that it is connected."""
    if client.identity == "greeted":
        client.emit(unlogged("welcome"), client.id)


@studio.on_connect
async def only_signed_in(client: Client, services: Services) -> None:
    if client.identity is None:
        raise Forbidden


@studio.on("enter")
async def studio_enter(client: Client, data: str, services: Services) -> list[str]:
    client.enter(data)
    return sorted(client.rooms)


async def authenticate(
    services: Services, auth: dict[str, Any] | None, scope: Mapping[str, Any]
) -> str | None:
    token = (auth or {}).get("token")
    if token == "wrong":
        raise Unauthorized("This session has ended.")
    if token == "boom":
        raise RuntimeError("secret internals")
    if token is not None and token.startswith("waits-"):
        await services.hub.emit("everybody", unlogged("waiting"), token)
        await services.gates.setdefault(token, asyncio.Event()).wait()
    return token


async def run(config: Config) -> None:
    dispatcher = Dispatcher()
    db = Database(config.dsn, dispatch=dispatcher.dispatch)
    bus = open_bus(config.redis, config.namespace)
    await bus.start()
    setup = SocketSetup(
        routes=[main, studio, custom], authenticate=authenticate, paths=("/socket.io", "/livechat/ws")
    )
    hub = Hub(setup, db=db, bus=bus, limits=SocketLimits(**config.limits), origins=config.origins)
    hub.attach(dispatcher)
    await hub.start(Services(db, hub, dispatcher))

    echo = Engine(lambda session, scope: Echo(session), limits=hub.limits, origin_allowed=lambda *_: True)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if config.echo and scope["path"] == "/engine.io/":
            await echo(scope, receive, send)
        elif hub.handles(scope["path"]):
            await hub.app(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", **UVICORN_OPTIONS))
    listener = socket.create_server(("127.0.0.1", config.port), backlog=512)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stop = asyncio.Event()
    while not server.started:
        await asyncio.sleep(0.01)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    await stop.wait()
    await hub.stop()
    server.should_exit = True
    await serving
    await bus.stop()
    await db.close()
    print("stopped", flush=True)


def main_program() -> None:
    """Serve as configured by the only argument, the JSON of a Config."""
    uvloop.run(run(msgspec.json.decode(sys.argv[1], type=Config)))


if __name__ == "__main__":
    main_program()
