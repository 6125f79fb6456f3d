"""What somebody who is signed in is answered is kept by no cache, whichever route answers."""

from __future__ import annotations

from typing import Any

from tests.products.dealroom.whatsapp import text_message, webhook, wire, wire_server

from colonnade.kernel.testing.caching import kept_answers

__all__ = ["wire", "wire_server"]


async def test_no_answer_to_a_person_is_kept(wire: Any) -> None:
    async def before() -> None:
        wire.forget_limits()

    admin = wire.admin
    await wire.session(admin)
    wire.channel = await wire.connect(admin, phoneNumberId="106540352242923", phoneNumber="+62 811 6000 124")
    answer = await wire.deliver(webhook(text_message("wamid.1", "Halo"), number="106540352242923"))
    assert answer.status_code == 200
    document = (await admin.get("/openapi.json")).json()
    kept, answered = await kept_answers(document, admin, before)
    assert kept == []
    # The others need what no example creates.
    reads = [path for path, item in document["paths"].items() if "get" in item]
    assert len(answered) >= 0.6 * len(reads)
