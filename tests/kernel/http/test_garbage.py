"""Whatever a request needed is freed when it is answered: nothing waits in a cycle for the collector, which is rare."""

from __future__ import annotations

import gc
from collections import Counter
from types import FrameType, TracebackType
from typing import Any

import pytest

from colonnade.kernel.http import Exchange
from colonnade.kernel.server.cycle import Cycle

OF_REQUESTS = {Cycle.__name__, Exchange.__name__, FrameType.__name__, TracebackType.__name__}

REQUESTS = {
    "a list": ("GET", "/things", None),
    "a cached answer": ("GET", "/cached/a", None),
    "no route": ("GET", "/nowhere", None),
    "a wrong method": ("DELETE", "/things", None),
    "OPTIONS": ("OPTIONS", "/things", None),
    "a wrong parameter": ("GET", "/things?page=x&limit=y", None),
    "a write": ("POST", "/things", {"name": "chair", "count": 1}),
    "a wrong body": ("POST", "/things", {"name": 7, "count": "x"}),
}


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS.values(), ids=REQUESTS)
async def test_a_request_leaves_no_cycle(lab: Any, method: str, path: str, body: Any) -> None:
    client = await lab.http("editor")
    for _ in range(3):  # what is made once is made now
        await client.request(method, path, json=body)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            await client.request(method, path, json=body)
        gc.collect()
        found = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert {name: number for name, number in found.items() if name in OF_REQUESTS} == {}
