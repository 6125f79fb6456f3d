"""What is sent again, and what is not: failures, outcomes that nobody knows, and providers that do not answer."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.test_sending import API, intact, states
from tests.products.dealroom.whatsapp import (
    error,
    status_of,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing import Fault

__all__ = ["intact", "wire", "wire_server"]


async def test_a_failed_message_is_sent_again_once(wire: Any) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    path = f"{API}/messages/{written['id']}/resend"
    wire.provider.answers = [(400, error(131026, "Message undeliverable"))]
    await wire.work()
    for _ in range(2):  # the second asks for what is under way
        answer = await wire.melati.post(path)
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "pending")
        assert "error" not in answer.json()["data"]
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu", "satu"], ["sent"])
    refused = await wire.melati.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RESENDABLE")
    # What the provider says of the first attempt is not said of the second.
    assert [one["biz_opaque_callback_data"] for one in wire.provider.sent] == [
        f"{written['id']}",
        f"{written['id']}.1",
    ]
    late = status_of("wamid.first", "failed", biz_opaque_callback_data=f"{written['id']}")
    await wire.deliver(webhook(statuses=(late,)))
    assert await states(wire, session) == ["sent"]


async def test_only_ones_own_messages_that_failed_are_sent_again(wire: Any) -> None:
    session = await wire.talk("Halo")
    customers = (await wire.messages(session))[0]["id"]
    assert (await wire.melati.post(f"{API}/messages/{customers}/resend")).status_code == 409
    mine = await wire.say(session, "satu", "human")
    wire.provider.answers = [(400, error(131026, "Message undeliverable"))]
    await wire.work()
    assert (await wire.budi.post(f"{API}/messages/{mine['id']}/resend")).status_code == 404
    assert await states(wire, session) == ["failed"]
    elsewhere = await wire.session()
    unsent = await wire.say(elsewhere, "Halo", "human")
    await wire.melati.patch(f"{API}/messages/{unsent['id']}/status", json={"status": "failed"})
    assert (await wire.melati.post(f"{API}/messages/{unsent['id']}/resend")).status_code == 409


@pytest.mark.parametrize(
    "fault",
    [Fault(cut=True), Fault(garbage=True), Fault.answer(504, b"<html>"), Fault.answer(200, {})],
    ids=["cut", "garbage", "gateway", "no id"],
)
async def test_an_outcome_that_nobody_knows_is_said_and_not_doubled(wire: Any, fault: Fault) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    wire.provider.faults.append(fault)
    await wire.work()
    await wire.hurry()
    await wire.work()
    assert wire.provider.texts.count("satu") <= 1
    assert await states(wire, session) == ["unknown", "sent"]
    found = (await wire.messages(session))[1]
    assert found["error"]["code"] == "OUTCOME_UNKNOWN"
    assert (await wire.health())["unknown"] == 1
    # The provider's statuses carry our id of it.
    more = {"biz_opaque_callback_data": str(written["id"])}
    await wire.deliver(webhook(statuses=(status_of("wamid.late", "delivered", **more),)))
    found = (await wire.messages(session))[1]
    assert (found["status"], found["providerMessageId"], "error" in found) == (
        "delivered",
        "wamid.late",
        False,
    )


async def test_what_never_reached_the_provider_is_sent_later(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    wire.provider.faults.append(Fault.answer(500, error(131000, "Something went wrong")))
    await wire.work()
    assert await states(wire, session) == ["pending"]
    await wire.hurry()
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["sent"])


async def test_a_provider_that_does_not_answer_costs_few_messages(wire: Any) -> None:
    session = await wire.talk("Halo")
    for number in range(8):
        await wire.say(session, str(number), "human")
    wire.provider.faults.extend([Fault(cut=True)] * 20)
    wire.provider.number_status = 503
    for _ in range(8):
        await wire.work()
        await wire.hurry()
    assert await states(wire, session) == ["unknown"] * 3 + ["pending"] * 5
    assert (await wire.health())["pauseKind"] == "unreachable"
    wire.provider.faults.clear()
    wire.provider.number_status = 200
    for _ in range(2):
        await wire.work()
        await wire.hurry()
    assert await states(wire, session) == ["unknown"] * 3 + ["sent"] * 5
