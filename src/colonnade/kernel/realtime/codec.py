"""Socket.IO's packets: python-socketio's codec with msgspec's JSON, and packets made for many clients at once.

`import socketio` imports everything that the library has: clients, which poll with requests, and managers for Redis and
Valkey, which use those clients. Together that is a quarter of a second and 17 MB in every process. The library does
without each that is not installed, and they count as not installed here while it is imported.

Out of scope: `socketio.Client` and the managers of other processes, which therefore do not work in this process.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from colonnade.kernel.core import Invalid, Problem
from colonnade.kernel.realtime.packets import Malformed, Outgoing

_UNUSED = ("redis", "requests", "valkey")


@contextmanager
def _not_installed(names: tuple[str, ...]) -> Iterator[None]:
    """Make `import` of these packages raise ModuleNotFoundError in the block, as None in sys.modules does."""
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


with _not_installed(_UNUSED):
    from socketio import packet

__all__ = [
    "Beginning",
    "Kind",
    "SocketPacket",
    "arguments_of",
    "beginning_of",
    "count_values",
    "encode_event",
    "error_payload",
    "event_packets",
    "packets_of",
]

MAX_RULES_SAID: Final = 3
"""Rules that a refusal's message names; its details name all."""
_BINARY: Final = (bytes, bytearray)


class Kind(IntEnum):
    """The types of Socket.IO's packets."""

    CONNECT = packet.CONNECT
    DISCONNECT = packet.DISCONNECT
    EVENT = packet.EVENT
    ACK = packet.ACK
    CONNECT_ERROR = packet.CONNECT_ERROR
    BINARY_EVENT = packet.BINARY_EVENT
    BINARY_ACK = packet.BINARY_ACK


class _Json:
    """msgspec in place of the json module: faster, and strict.

    What it cannot read though it is JSON, half a surrogate pair in a text, is read by the json module: whoever takes
    the text refuses it, and the client learns of it.
    """

    @staticmethod
    def dumps(data: Any, **_: Any) -> str:
        return msgspec.json.encode(data).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class SocketPacket(packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet; msgspec encodes it, so that datetimes, UUIDs and Structs can be sent."""

    json = _Json
    packet_type: int
    namespace: str | None
    id: int | None
    data: Any
    attachment_count: int

    @classmethod
    def read(cls, text: str, attachments: Sequence[bytes] = ()) -> SocketPacket:
        """Return a client's packet with its attachments. Raise Malformed."""
        if not text:
            raise Malformed("an empty packet")
        try:
            read: SocketPacket = cls(encoded_packet=text)
            for attachment in attachments:
                read.add_attachment(attachment)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise Malformed("not a packet of Socket.IO") from error
        if read.packet_type > Kind.BINARY_ACK or read.attachment_count != len(attachments):
            raise Malformed("not a packet of a client")
        return read


class Beginning(NamedTuple):
    """What stands before the JSON of an event or acknowledgement; `number` is that by which an event is answered."""

    attachments: int
    namespace: str
    number: int | None


_BEGINNING: Final = re.compile(r"([2356])(?:(\d{1,9})-)?(?:(/[^,?]{0,200})[^,]{0,200},)?(\d{1,15})?")


def beginning_of(text: str) -> Beginning | None:
    """Return the beginning of an event or acknowledgement, whose rest may be unreadable; None for other packets."""
    found = _BEGINNING.match(text)
    if found is None:
        return None
    kind, attachments, namespace, number = found.groups()
    count = int(attachments or 0) if int(kind) in (Kind.BINARY_EVENT, Kind.BINARY_ACK) else 0
    # An acknowledgement has a number of ours: refused with it, it would look like the answer to an event of the client.
    answered = number and int(kind) in (Kind.EVENT, Kind.BINARY_EVENT)
    return Beginning(count, namespace or "/", int(number) if answered else None)


def count_values(text: str) -> int:
    """Return at least the number of values of a JSON text, without decoding it; what its strings hold counts too."""
    return text.count(",") + text.count("[") + text.count("{")


def arguments_of(data: Any) -> list[Any]:
    """Return the arguments that `data` stands for, of JSON and bytes objects: a tuple for several, None for none."""
    arguments = data if isinstance(data, tuple) else () if data is None else (data,)
    plain: list[Any] = msgspec.to_builtins(list(arguments), builtin_types=_BINARY)
    return plain


def encode_event(event: str, data: Any) -> tuple[bytes, list[bytes]]:
    """Return the JSON of an event with the arguments of `data`, and the bytes objects taken out of it."""
    plain = [event, *arguments_of(data)]
    if not SocketPacket.data_is_binary(plain):
        return msgspec.json.encode(plain), []
    plain, attachments = SocketPacket.deconstruct_binary(plain)
    return msgspec.json.encode(plain), [bytes(each) for each in attachments]


def event_packets(
    namespace: str, body: bytes, attachments: Sequence[bytes] = (), ack: int | None = None
) -> list[Outgoing]:
    """Return the packets of an encoded event, which is to be acknowledged with the number `ack`."""
    kind = f"{Kind.BINARY_EVENT:d}{len(attachments)}-" if attachments else f"{Kind.EVENT:d}"
    prefix = kind if namespace == "/" else f"{kind}{namespace},"
    text = f"{prefix}{'' if ack is None else ack}{body.decode()}"
    return [Outgoing.message(text), *map(Outgoing.message, attachments)]


def packets_of(made: SocketPacket) -> list[Outgoing]:
    """Return what is sent for a packet: its text, then its attachments."""
    encoded = made.encode()
    return [Outgoing.message(each) for each in (encoded if isinstance(encoded, list) else [encoded])]


def error_payload(problem: Problem) -> dict[str, Any]:
    """Return a Problem as clients see it: message, code, and details if there are any.

    Of input that breaks rules the message says which: chat windows show nothing else.
    """
    message = problem.message
    if isinstance(problem, Invalid) and message == Invalid.message and problem.details:
        message = ". ".join(str(said) for said in islice(problem.details.values(), MAX_RULES_SAID)) + "."
    payload: dict[str, Any] = {"message": message, "code": problem.code}
    if problem.details:
        payload["details"] = dict(problem.details)
    return payload
