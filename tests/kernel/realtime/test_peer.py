"""One session's clients in several namespaces."""

from __future__ import annotations

import asyncio
from typing import Any

from colonnade.kernel.core import Problem
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.peer import Peer
from colonnade.kernel.realtime.rooms import Rooms
from colonnade.kernel.realtime.session import Counters, Session

SCOPE = {"type": "websocket", "path": "/", "headers": []}


class _House:
    """Lets everybody in, into `/late` once the gate is open."""

    namespaces = frozenset({"/", "/late"})

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.connecting: list[Client] = []
        self.left: list[str] = []

    def tag(self, client: Client, key: str) -> None:
        raise NotImplementedError

    async def connect(self, peer: Peer, namespace: str, auth: Any) -> Client:
        client = Client(
            id=namespace,
            namespace=namespace,
            identity=None,
            person=None,
            opened_at=0.0,
            session=peer.session,
            rooms=Rooms(),
            tagger=self,
        )
        self.connecting.append(client)
        if namespace == "/late":
            await self.gate.wait()
        if peer.session.closed:
            raise Problem("The connection was closed.")
        return client

    async def handle(self, client: Client, event: str, arguments: list[Any]) -> list[Any]:
        return []

    async def disconnected(self, client: Client) -> None:
        self.left.append(client.namespace)


async def test_a_client_leaves_though_another_is_sent_away_after_the_session_has_ended() -> None:
    """What is sent away while it connects must not take the others' leaving along: they would be counted for ever."""
    house = _House()
    session = Session("sid", "192.0.2.1", SocketLimits(), Counters(), lambda _: None)
    peer = session.listener = Peer(session, SCOPE, house)
    session.receive("40")
    session.receive("40/late,")
    while len(house.connecting) < 2:
        await asyncio.sleep(0)
    session.lost()
    peer.dismiss(house.connecting[1])
    house.gate.set()
    async with asyncio.timeout(5):
        while not house.left:
            await asyncio.sleep(0)
    assert house.left == ["/"]
