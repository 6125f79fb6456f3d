"""Engine.IO's packets: what is sent to sockets, encoded once for all of them, and what a polling client posts.

A packet is a digit and text; a binary message is its bytes (WebSocket) or `b` and base64 (polling). A payload of
polling joins packets by the record separator (Engine.IO protocol, revision 4).

Out of scope: Socket.IO's packets, which are the text and bytes of messages here (`protocol`).
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from typing import Final

from colonnade.kernel.realtime.transport import encode_frame

__all__ = [
    "CLOSE",
    "MESSAGE",
    "NOOP",
    "PING",
    "PONG",
    "PROBE",
    "PROBED",
    "UPGRADE",
    "Malformed",
    "Outgoing",
    "TooLarge",
    "decode_payload",
    "encode_payload",
]

CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"
PROBE: Final = "2probe"
PROBED: Final = "3probe"

_SEPARATOR: Final = b"\x1e"
_OVERHEAD_BYTES: Final = 64


class Malformed(ValueError):
    """What a client sent is no packet, or none that it may send now."""


class TooLarge(Malformed):
    """It is larger than a message may be."""


class Outgoing:
    """One packet for many sockets: text with its digit, or a binary message; encoded on demand, once."""

    __slots__ = ("_frame", "data")

    def __init__(self, data: str | bytes) -> None:
        self.data = data
        self._frame: bytes | None = None

    @classmethod
    def message(cls, data: str | bytes) -> Outgoing:
        """Return a message: a Socket.IO packet's text, or one binary attachment."""
        return cls(MESSAGE + data if isinstance(data, str) else data)

    @property
    def frame(self) -> bytes:
        """The WebSocket frame."""
        if self._frame is None:
            self._frame = encode_frame(self.data)
        return self._frame

    @property
    def polled(self) -> bytes:
        """The packet in a payload of polling."""
        if isinstance(self.data, str):
            return self.data.encode()
        return b"b" + binascii.b2a_base64(self.data, newline=False)

    @property
    def size_bytes(self) -> int:
        """Its approximate size in a queue."""
        return _OVERHEAD_BYTES + len(self.data)


def encode_payload(packets: Iterable[Outgoing]) -> bytes:
    """Return the body that answers a poll."""
    return _SEPARATOR.join([packet.polled for packet in packets])


def decode_payload(body: bytes) -> list[str | bytes]:
    """Return the packets of a posted body: text with its digit, or the bytes of a binary message. Raise Malformed."""
    return [_decode(packet) for packet in body.split(_SEPARATOR)]


def _decode(packet: bytes) -> str | bytes:
    try:
        if packet.startswith(b"b"):
            return binascii.a2b_base64(packet[1:], strict_mode=True)
        return packet.decode()
    except ValueError as error:
        raise Malformed("not a packet") from error
