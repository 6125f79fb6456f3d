"""What the server uses of uvicorn's HTTP protocol, its private names included.

If one of these fails after an upgrade: read what changed there, adapt kernel/server, and run its tests.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from colonnade.kernel.server.cycle import Cycle, UnchunkedCycle
from colonnade.kernel.server.protocol import OneWriteProtocol
from colonnade.kernel.server.slices import Flow


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OneWriteProtocol, HttpToolsProtocol),
        (Cycle, RequestResponseCycle),
        (UnchunkedCycle, RequestResponseCycle),
        (Flow, FlowControl),
    ],
    ids=lambda kind: kind.__name__,
)
def test_what_is_overridden_takes_what_it_is_called_with(ours: Any, theirs: Any) -> None:
    shared = [
        name
        for name, member in inspect.getmembers(theirs, inspect.isfunction)
        if name != "__init__" and getattr(ours, name) is not member
    ]
    assert shared
    for name in shared:
        mine, base = getattr(ours, name), getattr(theirs, name)
        assert list(inspect.signature(mine).parameters) == list(inspect.signature(base).parameters), name
        assert inspect.iscoroutinefunction(mine) is inspect.iscoroutinefunction(base), name
        assert not name.startswith("_"), name


@pytest.mark.parametrize(
    ("name", "parameters"), [("_should_upgrade", ["self"]), ("_start_asgi_task", ["self", "cycle", "app"])]
)
def test_private_methods_that_are_called_are_there(name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(HttpToolsProtocol, name)).parameters) == parameters


def test_the_flow_keeps_its_transport_where_it_is_looked_for() -> None:
    transport: Any = object()
    assert FlowControl(transport)._transport is transport
