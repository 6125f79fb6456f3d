"""A socket that has ended is freed at once: nothing of it waits in a cycle for the collector, which is rare."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.kernel.realtime.test_limits import Poller

from colonnade.kernel.testing import NO_TLS

OF_SOCKETS = {
    *("Session", "Peer", "Client", "Exchange", "Cycle"),
    *("WebSocketProtocol", "ServerProtocol", "OneWriteProtocol"),
}


@pytest.mark.parametrize("transport", ["websocket", "polling", "refused"])
async def test_a_socket_leaves_no_cycle(start_server: Any, connect: Any, room: str, transport: str) -> None:
    server = await start_server()
    witness = await connect(server)
    await witness.call("keep-garbage")
    async with httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as http:
        for _ in range(10):
            if transport == "polling":
                poller = await Poller.open(http)
                await poller.post('420["join",{"room":"r"}]')
                await poller.poll()
                await poller.post("1")
            else:
                client = await connect(server, auth={"token": "wrong" if transport == "refused" else "ana"})
                if transport == "websocket":
                    await client.call("join", {"room": room})
                    await client.call("echo", {"text": "hello"})
                await client.close()
        while (await witness.call("stats"))["sockets"] > 1:
            pass
        found = await witness.call("garbage")
    assert {name: number for name, number in found.items() if name in OF_SOCKETS} == {}
