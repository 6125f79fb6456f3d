"""Large bodies and the assistant: who has written much in one is answered once, when all of it is in the record."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant_outages import (
    HONEST,
    Switch,
    answers,
    model,
    model_server,
    switch,
    until,
    working,
)
from tests.products.dealroom.test_delivery_lines import finish, keep
from tests.products.dealroom.test_webhook_deliveries import burst, people, waiting, words
from tests.products.dealroom.whatsapp import SARI, Wire, text_message, webhook, wire, wire_server

from colonnade.kernel.testing import own_seconds
from colonnade.products.dealroom.webhooks.queries import deliveries

__all__ = ["model", "model_server", "switch", "wire", "wire_server"]

MESSAGES = 400
WRITERS = 8


async def test_each_person_of_a_large_body_costs_one_call(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    """Fifty messages of each: more than one transaction takes."""
    switch(assistant_quiet_seconds=0.2)
    model.says(HONEST)
    async with working(wire):
        assert (await wire.deliver(burst(MESSAGES, WRITERS))).status_code == 200
        later = webhook(text_message("wamid.later", "nanti", people(1)[0]), names={})
        assert (await wire.deliver(later)).status_code == 200
        await until(lambda: _is_received(wire), 60)
        await until(lambda: _are_answered(wire), 30)
        await asyncio.sleep(0.5)
    assert len(model.requests) == WRITERS
    prompts = [json.dumps(request) for request in model.requests]
    for number in range(WRITERS):
        assert sum(f"pesan {MESSAGES - WRITERS + number}" in prompt for prompt in prompts) == 1
    assert sum("nanti" in prompt for prompt in prompts) == 1
    found = await words(wire)
    for number, one in enumerate(people(WRITERS)):
        expected = [f"pesan {n}" for n in range(number, MESSAGES, WRITERS)]
        assert found[one][: len(expected) + 1 - bool(number)] == [*expected, *([] if number else ["nanti"])]


async def _is_received(wire: Any) -> bool:
    return await waiting(wire) == 0


async def _are_answered(wire: Any) -> bool:
    states = await wire.services.db.fetch("SELECT state FROM answers")
    return len(states) >= WRITERS and {row["state"] for row in states} <= {"sent", "held"}


async def test_an_answer_waits_while_more_was_delivered_and_then_for_the_quiet_of_the_last(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    switch(assistant_quiet_seconds=0.3)
    model.says(HONEST)
    async with working(wire):
        session = await wire.talk("Halo")
        body = await keep(wire, SARI, "other")
        await asyncio.sleep(2.5)  # beyond the longest wait for a burst
        assert model.requests == []
        [answer] = await answers(wire, session)
        assert answer["state"] == "queued"
        # A body without anything of hers is none of her business.
        await deliveries.leave_lines(wire.services.db, wire.channel, body, [SARI])
        began = own_seconds()
        await until(lambda: _is_sent(wire, session), 10)
        assert own_seconds() - began < 5
        assert len(model.requests) == 1
    await finish(wire, body)


async def _is_sent(wire: Any, session: str) -> bool:
    return [one["state"] for one in await answers(wire, session)] == ["sent"]


async def test_one_that_writes_much_keeps_nobody_of_the_same_body_waiting(wire: Wire) -> None:
    """The hundredth of 120 who wrote once is in the record before the last of 300 messages of one."""
    many, singles = people(1)[0], people(121)[1:]
    texts = [text_message(f"wamid.m{n}", f"pesan {n}", many) for n in range(300)]
    body = webhook(*texts, *(text_message(f"wamid.s{one}", "Halo", one) for one in singles), names={})
    assert (await wire.deliver(body)).status_code == 200
    await wire.work()
    ids = await wire.services.db.fetch(
        "SELECT c.wa_id, max(m.id) AS id FROM messages m JOIN channel_contacts c USING (session_id) GROUP BY 1"
    )
    last = {row["wa_id"]: row["id"] for row in ids}
    assert len(last) == 121
    assert max(last[one] for one in singles) < last[many]
    assert (await words(wire))[many] == [f"pesan {n}" for n in range(300)]


async def test_who_has_nothing_more_in_a_body_waits_for_it_no_longer(wire: Wire) -> None:
    first, second = await keep(wire, "a", "b"), await keep(wire, "b")
    claim = timedelta(minutes=1)
    await deliveries.leave_lines(wire.services.db, wire.channel, first, ["b"])
    found = await deliveries.claim_delivery(wire.services.db, wire.channel, 1, claim)
    assert found is not None
    assert found[0] == first
    found = await deliveries.claim_delivery(wire.services.db, wire.channel, 2, claim)
    assert found is not None
    assert found[0] == second
    await finish(wire, first)
    await finish(wire, second)
