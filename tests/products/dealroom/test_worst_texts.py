"""The worst legal text in every field of every route, while another client asks for `/health/live`."""

from __future__ import annotations

from colonnade.kernel.testing.worst import delaying_texts


async def test_no_text_delays_others(room):
    document = (await room.visitor.get("/openapi.json")).json()

    async def forget_limits() -> None:
        room.forget_limits()

    found = await delaying_texts(document, room.melati, room.visitor, forget_limits, most_seconds=0.1)
    assert found == []
