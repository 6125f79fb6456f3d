"""The worst legal text in every field of every route, while another client asks for `/health/live`."""

from __future__ import annotations

from colonnade.kernel.testing.worst import delaying_texts


async def test_no_text_delays_others(radio):
    document = (await (await radio.http()).get("/openapi.json")).json()

    async def forget_limits() -> None:
        radio.forget_limits()
        await radio.services.db.execute("DELETE FROM song_listeners")

    found = await delaying_texts(
        document, await radio.http("admin"), await radio.http(), forget_limits, most_seconds=0.1
    )
    assert found == []
