"""Whoever was sent nothing but a text of a rule waits on, in the inbox and in the reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_channel_rules import closed_now, ruled
from tests.products.dealroom.whatsapp import Wire, wire, wire_server

__all__ = ["wire", "wire_server"]


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({**closed_now(), "closedMessage": "Kami buka besok."}, "Kami buka besok."),
        ({"handoverWords": ["petugas"], "handoverMessage": "Rekan kami membalas."}, "Rekan kami membalas."),
    ],
    ids=["closed", "handed over"],
)
async def test_a_text_of_a_rule_answers_nobody(wire: Wire, rules: dict[str, Any], text: str) -> None:
    await ruled(wire, **rules)
    session = await wire.talk("Ada petugas?")
    await wire.work()
    assert wire.provider.texts == [text]
    (waiting,) = (await wire.melati.get(f"{API}/inbox", params={"view": "waiting"})).json()["data"]
    asked = (await wire.messages(session))[0]
    assert (waiting["session"]["id"], waiting["waitingSince"]) == (session, asked["createdAt"])
    assert await figures(wire) == (1, 0, None)
    await wire.say(session, "Ada, Kak", "human")
    assert (await wire.melati.get(f"{API}/inbox", params={"view": "waiting"})).json()["data"] == []
    assert await figures(wire) == (1, 1, 0.0)


async def figures(wire: Wire) -> tuple[int, int, float | None]:
    """Return turns, answered ones, and the share of the assistant, of today."""
    today = datetime.now(UTC).date()
    days = {"from": str(today - timedelta(days=1)), "to": str(today)}
    found = (await wire.melati.get(f"{API}/reports/daily", params=days)).json()["data"]
    shares = [day["answeredByAssistant"] for day in found if day["answeredByAssistant"] is not None]
    share = shares[0] if shares else None
    return sum(day["turns"] for day in found), sum(day["answered"] for day in found), share
