"""What the sockets use of the pinned libraries: uvicorn's WebSocket protocol and python-socketio's codec.

If one of these fails after an upgrade: read what changed there, adapt transport.py or codec.py, run the tests with the
real clients and the broadcast bench.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
import socketio.packet
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from colonnade.kernel.realtime import UVICORN_OPTIONS, WebSocketProtocol
from colonnade.kernel.realtime.codec import SocketPacket
from colonnade.kernel.realtime.packets import Outgoing
from colonnade.kernel.realtime.transport import encode_frame


def test_uvicorns_protocol_has_what_the_wire_uses() -> None:
    for name in (
        "data_received",
        "handle_connect",
        "handle_cont",
        "handle_parser_exception",
        "handle_ping",
        "handle_pong",
        "connection_lost",
        "pause_writing",
        "resume_writing",
        "send_receive_event_to_app",
    ):
        assert inspect.isfunction(getattr(WebSocketsSansIOProtocol, name)), name
    for name in (
        "data_received", "handle_connect", "handle_cont", "handle_ping", "handle_pong", "send_receive_event_to_app",
        "send", "connection_lost",
    ):  # fmt: skip
        ours, theirs = (getattr(each, name) for each in (WebSocketProtocol, WebSocketsSansIOProtocol))
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
        assert inspect.iscoroutinefunction(ours) is inspect.iscoroutinefunction(theirs)

    async def build() -> WebSocketProtocol:
        config = uvicorn.Config(app=_app, lifespan="off", **UVICORN_OPTIONS)
        config.load()
        assert config.ws_protocol_class is WebSocketProtocol
        return WebSocketProtocol(config=config, server_state=ServerState(), app_state={})

    protocol = asyncio.run(build())
    assert isinstance(protocol.writable, asyncio.Event)
    assert (protocol.disconnected, protocol.handshake_complete, protocol.close_sent) == (False, False, False)
    assert (protocol.read_paused, protocol.frames, protocol.curr_msg_data_type) == (False, [], "bytes")
    assert inspect.isgenerator(protocol.conn.parser)
    assert isinstance(protocol.conn, ServerProtocol)
    assert protocol.conn.extensions == []
    assert protocol.conn.state is not OPEN
    assert protocol.conn.max_message_size == UVICORN_OPTIONS["ws_max_size"]


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


def test_bytes_are_base64_for_polling_and_a_frame_for_websockets() -> None:
    outgoing = Outgoing.message(b"\x00\xff")
    assert outgoing.polled == b"bAP8="
    assert outgoing.frame == encode_frame(b"\x00\xff")
    assert outgoing.polled == b"bAP8="


def test_the_json_of_the_codec_is_changed_for_our_packets_only() -> None:
    assert SocketPacket.json is not socketio.packet.Packet.json
    assert socketio.packet.Packet.json.__name__ == "engineio.json"


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "number", "data"),
    [
        ("0", 0, None, None, None),
        ('0/admin,{"token":"x"}', 0, "/admin", None, {"token": "x"}),
        ("0/admin?token=x,", 0, "/admin", None, None),
        ('2["hey"]', 2, None, None, ["hey"]),
        ('2/admin,456["hey","1-2"]', 2, "/admin", 456, ["hey", "1-2"]),
        ("3/admin,456[]", 3, "/admin", 456, []),
        ('51-/admin,456["hey"]', 5, "/admin", 456, ["hey"]),
    ],
)
def test_the_codec_reads_the_protocols_examples(
    text: str, kind: int, namespace: str | None, number: int | None, data: Any
) -> None:
    read = SocketPacket.read(text, [b"x"] if kind == 5 else [])
    assert (read.packet_type, read.namespace, read.id, read.data) == (kind, namespace, number, data)
