"""A request that a handler refuses is freed when it is answered, with its body: nothing waits for the collector."""

from __future__ import annotations

import gc
from types import FrameType, TracebackType


async def test_a_refused_article_leaves_no_cycle(radio):
    client = await radio.http("editor")
    body = {"title": "Judul yang baik", "content": "Shalom, sahabat", "category_id": 99_999}
    assert (await client.post("/articles", json=body)).status_code == 422
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            await client.post("/articles", json=body)
        gc.collect()
        found = [each for each in gc.garbage if isinstance(each, FrameType | TracebackType)]
        names = {each.f_code.co_qualname for each in found if isinstance(each, FrameType)}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert (len(found), names) == (0, set())
