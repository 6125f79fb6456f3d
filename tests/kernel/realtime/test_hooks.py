"""The private hooks of the pinned libraries on which the fan-out depends.

If one of these fails after an upgrade: read what changed there, adapt engine.py, fanout.py or transport.py,
run the tests against the real clients and the broadcast bench, then renew the fingerprint.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from importlib.metadata import version
from typing import Any

import engineio
import pytest
import socketio
import uvicorn
from engineio import async_socket, base_server, base_socket
from engineio import packet as engineio_packet
from engineio.async_drivers import asgi
from socketio import base_manager
from socketio import packet as socketio_packet
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from colonnade.kernel.realtime import UVICORN_OPTIONS, WebSocketProtocol
from colonnade.kernel.realtime.engine import EngineServer, LeanSocket, Outgoing
from colonnade.kernel.realtime.fanout import LeanManager, SocketServer
from colonnade.kernel.realtime.transport import encode_frame

FINGERPRINTS = [
    (async_socket.AsyncSocket, "af72dafc541d46e6"),
    (base_socket.BaseSocket, "d787ee3666d08b7a"),
    (asgi.WebSocket, "ce9c81653992cd62"),
    (engineio.AsyncServer._handle_connect, "5bd7edc1d1ae115a"),
    (engineio.AsyncServer.handle_request, "1a8c878e35166cfe"),
    (engineio.AsyncServer._service_task, "b6358bda51d0b34b"),
    (engineio.AsyncServer.disconnect, "8bb6448caae41ca6"),
    (base_server.BaseServer.__init__, "a06b17502fbd9646"),
    (base_server.BaseServer._get_socket, "ae2f99e66d632944"),
    (engineio_packet.Packet.encode, "8f3d5d869711cbb8"),
    (socketio.AsyncManager, "93e3af0127f9a042"),
    (base_manager.BaseManager, "b393b4c05dbd88e2"),
    (socketio.AsyncServer._handle_connect, "c97c480cf777de36"),
    (socketio.AsyncServer._handle_event, "65178105ef8b593d"),
    (socketio.AsyncServer._handle_event_internal, "472e8b723a12d507"),
    (socketio.AsyncServer._handle_eio_message, "bef50fc0e1635921"),
    (socketio.AsyncServer._handle_disconnect, "c0b32ada5b371230"),
    (socketio.AsyncServer._trigger_event, "01ba90cfa09ba43e"),
    (socketio.AsyncServer.disconnect, "7d2f76686c12cc23"),
    (socketio_packet.Packet, "e1660ba64e4e31fc"),
]


def test_the_versions_are_those_that_were_read() -> None:
    assert (version("python-engineio"), version("python-socketio")) == ("4.15.1", "5.18.1")


@pytest.mark.parametrize(
    ("what", "expected"), FINGERPRINTS, ids=lambda value: getattr(value, "__qualname__", "")
)
def test_what_is_overridden_or_called_has_not_changed(what: Any, expected: str) -> None:
    assert hashlib.sha256(inspect.getsource(what).encode()).hexdigest()[:16] == expected


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (LeanSocket, async_socket.AsyncSocket),
        (EngineServer, engineio.AsyncServer),
        (LeanManager, socketio.AsyncManager),
        (SocketServer, socketio.AsyncServer),
    ],
    ids=lambda value: value.__name__,
)
def test_overrides_take_what_they_are_called_with(ours: Any, theirs: Any) -> None:
    shared = [
        name
        for name, member in vars(ours).items()
        if inspect.isfunction(member) and hasattr(theirs, name) and name != "__init__"
    ]
    assert shared
    for name in shared:
        mine = list(inspect.signature(getattr(ours, name)).parameters)
        base = list(inspect.signature(getattr(theirs, name)).parameters)
        assert mine == base, name


def test_uvicorns_protocol_has_what_the_wire_uses() -> None:
    for name in ("handle_connect", "connection_lost", "send", "pause_writing", "resume_writing"):
        assert inspect.isfunction(getattr(WebSocketsSansIOProtocol, name)), name
    assert list(inspect.signature(WebSocketsSansIOProtocol.handle_connect).parameters) == ["self", "event"]
    assert not inspect.iscoroutinefunction(WebSocketsSansIOProtocol.handle_connect)

    async def build() -> WebSocketProtocol:
        config = uvicorn.Config(app=_app, lifespan="off", **UVICORN_OPTIONS)
        config.load()
        assert config.ws_protocol_class is WebSocketProtocol
        return WebSocketProtocol(config=config, server_state=ServerState(), app_state={})

    protocol = asyncio.run(build())
    assert isinstance(protocol.writable, asyncio.Event)
    assert protocol.disconnected is False
    assert isinstance(protocol.conn, ServerProtocol)
    assert protocol.conn.extensions == []
    assert protocol.conn.state is not OPEN


async def _app(scope: Any, receive: Any, send: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_frame_is_what_the_protocol_itself_would_write(size: int, opcode: Opcode) -> None:
    data = b"x" * size
    frame = encode_frame(data.decode() if opcode is Opcode.TEXT else data)
    protocol = ServerProtocol()
    protocol.state = OPEN
    protocol.send_frame(Frame(opcode, data))
    assert b"".join(protocol.data_to_send()) == frame


def test_a_packet_with_bytes_is_not_spoilt_by_a_polling_client() -> None:
    outgoing = Outgoing.message(b"\x00\xff")
    assert outgoing.packet.encode(b64=True) == "bAP8="
    assert outgoing.frame == encode_frame(b"\x00\xff")


def test_json_and_engines_are_of_one_server_only() -> None:
    SocketServer(async_mode="asgi")
    assert socketio_packet.Packet.json.__name__ == "engineio.json"
    assert engineio_packet.Packet.json.__name__ == "engineio.json"
    stock = socketio.AsyncServer(async_mode="asgi")
    assert type(stock.eio) is engineio.AsyncServer
    assert stock.eio._async["websocket"] is asgi.WebSocket
