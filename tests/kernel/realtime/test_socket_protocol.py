"""Socket.IO's protocol, revision 5, case by case, and what the kernel adds to it: refusals with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed

SECONDS = 5.0

Open = Callable[..., Awaitable[ClientConnection]]


@pytest.fixture
async def open_engine(server: Any) -> AsyncIterator[Open]:
    """Open WebSockets that have not connected to a namespace."""
    opened = []

    async def begin(to: Any = None) -> ClientConnection:
        url = f"ws://127.0.0.1:{(to or server).port}/socket.io/?EIO=4&transport=websocket"
        websocket = await open_websocket(url, ping_interval=None)
        opened.append(websocket)
        hello = await websocket.recv()
        assert isinstance(hello, str)
        assert hello.startswith("0{")
        return websocket

    yield begin
    for websocket in opened:
        await websocket.close()


@pytest.fixture
async def connected(open_engine: Open) -> Callable[[], Awaitable[ClientConnection]]:
    """Open WebSockets that are connected to the main namespace."""

    async def begin() -> ClientConnection:
        websocket = await open_engine()
        await websocket.send("40")
        assert (await hear(websocket)).startswith('40{"sid":"')
        return websocket

    return begin


LEFT = '42["user-left"'


async def hear(websocket: ClientConnection, *, of_others: bool = False) -> str:
    """Return the next text; whom other tests' clients leave is told to everybody, and only returned if asked for."""
    async with asyncio.timeout(SECONDS):
        heard = await websocket.recv()
        while not of_others and isinstance(heard, str) and heard.startswith(LEFT):
            heard = await websocket.recv()
    assert isinstance(heard, str)
    return heard


async def until_closed(websocket: ClientConnection) -> list[str | bytes]:
    got: list[str | bytes] = []
    async with asyncio.timeout(SECONDS):
        try:
            while True:
                if not str(heard := await websocket.recv()).startswith(LEFT):
                    got.append(heard)
        except ConnectionClosed:
            return got


async def test_a_client_connects_to_the_main_namespace(open_engine: Open) -> None:
    websocket = await open_engine()
    await websocket.send("40")
    answer = await hear(websocket)
    assert answer.startswith('40{"sid":"')
    assert answer.endswith('"}')


@pytest.mark.parametrize("packet", ["40/custom,", "40/custom", '40/custom,{"token":"123"}'])
async def test_a_client_connects_to_another_namespace(open_engine: Open, packet: str) -> None:
    websocket = await open_engine()
    await websocket.send(packet)
    assert (await hear(websocket)).startswith('40/custom,{"sid":"')


async def test_a_client_connects_with_credentials(open_engine: Open) -> None:
    websocket = await open_engine()
    await websocket.send('40{"token":"123"}')
    assert (await hear(websocket)).startswith('40{"sid":"')
    await websocket.send('421["whoami"]')
    assert '"identity":"123"' in await hear(websocket)


async def test_what_is_said_to_a_client_before_it_is_connected_follows_that(open_engine: Open) -> None:
    websocket = await open_engine()
    await websocket.send('40{"token":"greeted"}')
    connected = await hear(websocket)
    assert connected.startswith('40{"sid":"')
    sid = connected.split('"')[3]
    assert await hear(websocket) == f'42["welcome","{sid}"]'


async def test_connecting_twice_changes_nothing(connected: Any) -> None:
    websocket = await connected()
    await websocket.send("40")
    await websocket.send('421["echo",1]')
    assert [await hear(websocket), await hear(websocket)] == ['42["echoed",1]', "431[1]"]


@pytest.mark.parametrize("packet", ["40/random", "40/random,", '40/random,{"token":"123"}'])
async def test_an_unknown_namespace_is_named_as_that(open_engine: Open, packet: str) -> None:
    websocket = await open_engine()
    await websocket.send(packet)
    assert await hear(websocket) == '44/random,{"message":"Invalid namespace"}'


@pytest.mark.parametrize("packet", ["4abc", "4", "49", "40[", "4²"])
async def test_a_handshake_that_is_none_closes_the_connection(open_engine: Open, packet: str) -> None:
    websocket = await open_engine()
    await websocket.send(packet)
    assert await until_closed(websocket) == ["1"]


async def test_a_connection_without_a_handshake_is_closed(start_server: Any, open_engine: Open) -> None:
    websocket = await open_engine(await start_server(limits={"connect_seconds": 0.3}))
    assert await until_closed(websocket) == ["1"]


async def test_leaving_every_namespace_is_like_joining_none(start_server: Any, open_engine: Open) -> None:
    websocket = await open_engine(await start_server(limits={"connect_seconds": 0.3}))
    await websocket.send("40")
    assert (await hear(websocket)).startswith("40")
    await websocket.send("41")
    assert await until_closed(websocket) == ["1"]


async def test_a_client_leaves_the_main_namespace(connected: Any) -> None:
    websocket, witness = await connected(), await connected()
    await websocket.send('421["enter","left-by-packet"]')
    assert await hear(websocket) == '431[["everybody","left-by-packet"]]'
    await websocket.send("41")
    while '"left-by-packet"' not in await hear(witness, of_others=True):
        pass
    await websocket.send('42["echo",1]')  # nobody is there to answer
    await websocket.send("40")
    assert (await hear(websocket)).startswith('40{"sid"')


async def test_a_client_leaves_another_namespace(connected: Any) -> None:
    websocket = await connected()
    await websocket.send("40/custom,")
    assert (await hear(websocket)).startswith("40/custom,")
    await websocket.send("41/custom,")
    await websocket.send('42["message","message to main namespace"]')
    assert await hear(websocket) == '42["message-back","message to main namespace"]'


async def test_every_argument_arrives(connected: Any) -> None:
    websocket = await connected()
    await websocket.send('42["message",1,"2",{"3":[true]}]')
    assert await hear(websocket) == '42["message-back",1,"2",{"3":[true]}]'


async def test_bytes_arrive(connected: Any) -> None:
    websocket = await connected()
    await websocket.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    await websocket.send(b"\x01\x02\x03")
    await websocket.send(b"\x04\x05\x06")
    assert await hear(websocket) == (
        '452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    )
    assert [await websocket.recv(), await websocket.recv()] == [b"\x01\x02\x03", b"\x04\x05\x06"]


async def test_every_argument_of_an_acknowledgement_arrives(connected: Any) -> None:
    websocket = await connected()
    await websocket.send('42456["message-with-ack",1,"2",{"3":[false]}]')
    assert await hear(websocket) == '43456[1,"2",{"3":[false]}]'


async def test_bytes_of_an_acknowledgement_arrive(connected: Any) -> None:
    websocket = await connected()
    await websocket.send(
        '452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    )
    await websocket.send(b"\x01\x02\x03")
    await websocket.send(b"\x04\x05\x06")
    assert await hear(websocket) == '462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
    assert [await websocket.recv(), await websocket.recv()] == [b"\x01\x02\x03", b"\x04\x05\x06"]


@pytest.mark.parametrize(
    "packet",
    [
        "4abc",
        "42{}",
        "42",
        "42[]",
        "42[1]",
        'x2["echo"]',
        '42abc["message-with-ack",1,"2",{"3":[false]}]',
        '42["say',
        '42["echo",NaN]',
        '43["x"]',
        "43x[]",
        '44{"message":"a client may not"}',
        "47",
        '4{"a":1}',
        "4null",
    ],
)
async def test_what_is_no_packet_closes_the_connection_and_says_so(connected: Any, packet: str) -> None:
    websocket = await connected()
    await websocket.send(packet)
    heard = await until_closed(websocket)
    assert heard[-1] == "1"
    assert len(heard) == 1 if packet[0] != "4" else '"code":"BAD_REQUEST"' in str(heard[0])


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        ('4217["say', "BAD_REQUEST"),
        ("4217{}", "BAD_REQUEST"),
    ],
)
async def test_an_unreadable_event_is_acknowledged_with_its_error(
    connected: Any, packet: str, code: str
) -> None:
    websocket = await connected()
    await websocket.send(packet)
    error, answer, end = await until_closed(websocket)
    assert str(error).startswith('42["error",{"message":')
    assert str(answer).startswith('4317[{"error":{"message":')
    assert f'"code":"{code}"' in str(answer)
    assert end == "1"


@pytest.mark.parametrize("packet", ["437{}", '437["x"', "4617-7[]"])
async def test_a_refused_acknowledgement_answers_no_event(connected: Any, packet: str) -> None:
    """Its number is the server's; the client may have an event of its own with the same."""
    websocket = await connected()
    await websocket.send(packet)
    await websocket.send("4")
    error, *_, end = heard = await until_closed(websocket)
    assert str(error).startswith('42["error",{"message":')
    assert not [each for each in heard if str(each).startswith("43")]
    assert end == "1"


async def test_an_unreadable_event_with_attachments_is_acknowledged_with_its_error(connected: Any) -> None:
    websocket = await connected()
    await websocket.send('451-17["echo"')
    await websocket.send(b"attachment")
    error, answer, end = await until_closed(websocket)
    assert '"code":"BAD_REQUEST"' in str(error)
    assert str(answer).startswith('4317[{"error":{"message":')
    assert end == "1"


@pytest.mark.parametrize("values", ["[" * 60_000, "[" + "[]," * 20_000 + "1]"], ids=["deep", "many"])
async def test_more_values_than_anybody_needs_are_refused_undecoded(connected: Any, values: str) -> None:
    websocket = await connected()
    await websocket.send(f'421["echo",{values}]')
    problem = '{"message":"Too many values.","code":"VALIDATION_ERROR"}'
    assert [await hear(websocket), await hear(websocket)] == [
        f'42["error",{problem}]',
        f'431[{{"error":{problem}}}]',
    ]
    await websocket.send('422["echo",1]')
    assert await hear(websocket) == '42["echoed",1]'


async def test_credentials_are_short_and_large_attachments_end_the_connection(connected: Any) -> None:
    websocket = await connected()
    await websocket.send(f'40/custom,{{"token":"{"x" * 17_000}"}}')
    assert '"message":"The credentials are too long."' in await hear(websocket)
    await websocket.send('4510-1["echo"]')
    for _ in range(5):
        await websocket.send(b"x" * 60_000)
    heard = await until_closed(websocket)
    assert (str(heard[1]).startswith("431["), heard[-1]) == (True, "1")


@pytest.mark.parametrize(
    "messages",
    [
        ['451-["echo",{"_placeholder":true,"num":7}]', b"attachment"],
        ['451-["echo",{"_placeholder":true,"num":0}]', "40"],
        [b"an attachment of nothing"],
    ],
)
async def test_attachments_out_of_order_close_the_connection(
    connected: Any, messages: list[str | bytes]
) -> None:
    websocket = await connected()
    for message in messages:
        await websocket.send(message)
    heard = await until_closed(websocket)
    assert '"code":"BAD_REQUEST"' in str(heard[0])
    assert heard[-1] == "1"


@pytest.mark.parametrize(
    ("packet", "attachments"),
    [('5599-1["echo"]', 99), ('5511-1["echo"]', 3)],
)
async def test_too_many_attachments_are_refused_and_ignored(
    connected: Any, packet: str, attachments: int
) -> None:
    websocket = await connected()
    await websocket.send(f"4{packet}")
    for _ in range(attachments):
        await websocket.send(b"x")
    message = '{"message":"Too many attachments.","code":"VALIDATION_ERROR"}'
    assert await hear(websocket) == f'42["error",{message}]'
    assert await hear(websocket) == f'431[{{"error":{message}}}]'
    await websocket.send('422["echo",1]')
    assert [await hear(websocket), await hear(websocket)] == ['42["echoed",1]', "432[1]"]


@pytest.mark.parametrize("text", [r"\ud83d", r"ab\udc00c"])
async def test_half_a_character_is_a_mistake_in_the_data_only(connected: Any, text: str) -> None:
    """Legal JSON, as of a page that cuts a text within an emoji; no such text can be stored or sent on."""
    websocket = await connected()
    await websocket.send(f'421["echo","{text}"]')
    message = "Text must not contain half of a surrogate pair."
    assert f'"message":"{message}"' in await hear(websocket)
    assert await hear(websocket) == f'431[{{"error":{{"message":"{message}","code":"VALIDATION_ERROR"}}}}]'
    await websocket.send('422["echo","ok"]')
    assert await hear(websocket) == '42["echoed","ok"]'


async def test_arguments_that_no_handler_takes_are_refused(connected: Any) -> None:
    websocket = await connected()
    await websocket.send('421["echo",1,2]')
    problem = '{"message":"This event takes one argument.","code":"VALIDATION_ERROR"}'
    assert await hear(websocket) == f'42["error",{problem}]'
    assert await hear(websocket) == f'431[{{"error":{problem}}}]'
    await websocket.send('422["echo",1,null]')  # as of `emit("echo", 1, undefined)`
    assert [await hear(websocket), await hear(websocket)] == ['42["echoed",1]', "432[1]"]
    await websocket.send('423["pair",7,"seven"]')
    assert await hear(websocket) == '433["7 seven"]'
    for wrong in ("7", '7,"seven",8', '"seven",7', ""):
        await websocket.send(f'424["pair"{"," if wrong else ""}{wrong}]')
        assert '"code":"VALIDATION_ERROR"' in await hear(websocket)
        assert '"code":"VALIDATION_ERROR"' in await hear(websocket)


async def test_the_server_asks_and_the_client_answers(connected: Any) -> None:
    websocket = await connected()
    for answer, told in (("[1]", ",1"), ('[1,"2"]', ',1,"2"'), ("[]", "")):
        await websocket.send('42["ask","how-many"]')
        asked = await hear(websocket)
        assert asked.endswith('["how-many",1,"two"]')
        number = asked.removeprefix("42").partition("[")[0]
        await websocket.send(f"43999{answer}")  # nobody has asked this
        await websocket.send(f"43{number}{answer}")
        await websocket.send(f"43{number}{answer}")  # it was answered
        assert await hear(websocket) == f'42["answered"{told}]'
    await websocket.send('42["ask","how-many"]')
    assert (await hear(websocket)).endswith('["how-many",1,"two"]')
    assert await hear(websocket) == '42["unanswered"]'


async def test_pings_are_answered_while_a_handler_takes_its_time(
    start_server: Any, open_engine: Open
) -> None:
    limits = {"ping_interval_seconds": 0.2, "ping_timeout_seconds": 1.0, "handler_seconds": 2.0}
    websocket = await open_engine(await start_server(limits=limits))
    await websocket.send("40")
    await websocket.send('421["slow"]')
    pings = 0
    async with asyncio.timeout(SECONDS * 2):
        while not (heard := await hear(websocket)).startswith("431"):
            if heard == "2":
                pings += 1
                await websocket.send("3")
    assert pings >= 5


async def test_what_waits_to_be_handled_is_bounded(start_server: Any, open_engine: Open) -> None:
    websocket = await open_engine(await start_server(limits={"handler_seconds": 1.0}))
    await websocket.send("40")
    assert (await hear(websocket)).startswith("40")
    await websocket.send('42["slow"]')
    for number in range(30):
        await websocket.send(f'42{number}["echo","{"x" * 60_000}"]')
    answers: list[str] = []
    while len(answers) < 30:
        if (heard := await hear(websocket)).startswith("43"):
            answers.append(heard)
    refused = [each for each in answers if "RATE_LIMIT_EXCEEDED" in each]
    assert 25 <= len(refused) <= 27
