"""What the provider says about the account by webhook: templates that it judges anew, restrictions of the number."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.products.dealroom.test_sending_templates import ORDER, send, shop
from tests.products.dealroom.whatsapp import wire, wire_server

__all__ = ["shop", "wire", "wire_server"]

API = "/api/v1"


def told(field: str, seconds: int = 2, **value: Any) -> dict[str, Any]:
    """Return a body of a field of the account, told so many seconds from now."""
    entry = {"id": "1", "time": int(time.time()) + seconds, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def of_template(event: str, **more: Any) -> dict[str, Any]:
    about = {"message_template_name": "order_update", "message_template_language": "id", "event": event}
    return told("message_template_status_update", **(about | more))


async def states(wire: Any) -> dict[str, tuple[str, str]]:
    listed = (await wire.melati.get(f"{API}/channels/{wire.channel}/templates")).json()["data"]
    return {one["name"]: (one["state"], one["category"]) for one in listed}


async def test_a_template_that_is_paused_or_rejected_is_not_sent(shop: Any) -> None:
    session = await shop.talk("Halo")
    for event, state in (("PAUSED", "PAUSED"), ("REINSTATED", "APPROVED"), ("REJECTED", "REJECTED")):
        assert (await shop.deliver(of_template(event, reason=event.lower()))).status_code == 200
        assert (await states(shop))["order_update"] == (state, "UTILITY")
        answer = await send(shop, session)
        assert (answer.status_code, answer.json().get("code")) == (
            (201, None) if state == "APPROVED" else (409, "TEMPLATE_NOT_APPROVED")
        )
    # What was said before the last fetch, another's template, and what is none change nothing.
    for body in (
        of_template("APPROVED", seconds=-3600),
        of_template("APPROVED", message_template_language="en"),
        of_template("approved"),
        told("message_template_status_update", event=7, message_template_name=["x"]),
        of_template("FLAGGED"),
    ):
        assert (await shop.deliver(body)).status_code == 200
    assert await states(shop) == {
        "order_update": ("REJECTED", "UTILITY"),
        "welcome": ("PENDING", "MARKETING"),
    }
    named = {"message_template_name": "order_update", "message_template_language": "id"}
    moved = told("template_category_update", previous_category="UTILITY", new_category="MARKETING", **named)
    assert (await shop.deliver(moved)).status_code == 200
    assert (await states(shop))["order_update"] == ("REJECTED", "MARKETING")
    assert ORDER["category"] == "UTILITY"


@pytest.mark.parametrize(
    "value",
    [
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["DISABLE"]}},
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"}],
        },
    ],
)
async def test_a_restricted_account_pauses_and_goes_on_when_it_is_reinstated(wire: Any, value: Any) -> None:
    session = await wire.talk("Halo")
    for _ in range(2):  # the provider repeats itself
        assert (await wire.deliver(told("account_update", **value))).status_code == 200
    await wire.say(session, "satu", "human")
    await wire.work()
    health = await wire.health()
    assert (wire.provider.sent, health["state"], health["pauseKind"]) == ([], "degraded", "blocked")
    assert "account" in health["lastError"]
    mended = told("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": ["REINSTATE"]})
    assert (await wire.deliver(mended)).status_code == 200
    await wire.work()
    assert wire.provider.texts == ["satu"]
    assert (await wire.health())["state"] == "connected"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (
            "phone_number_quality_update",
            {"event": "FLAGGED", "display_phone_number": "628116000123"},
            "quality",
        ),
        (
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ADULT"}},
            "ADULT",
        ),
        (
            "account_update",
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING"}],
            },
            "RESTRICTED_BIZ_INITIATED_MESSAGING",
        ),
    ],
)
async def test_a_warning_marks_the_channel_and_stops_nothing(
    wire: Any, field: str, value: Any, said: str
) -> None:
    session = await wire.talk("Halo")
    assert (await wire.health())["state"] == "connected"
    assert (await wire.deliver(told(field, **value))).status_code == 200
    health = await wire.health()
    assert (health["state"], health["pausedUntil"]) == ("degraded", None)
    assert said in health["lastError"]
    await wire.say(session, "satu", "human")
    await wire.work()
    assert wire.provider.texts == ["satu"]


async def test_what_is_said_of_another_number_or_cannot_be_read_marks_nothing(wire: Any) -> None:
    await wire.talk("Halo")
    for field, value in (
        ("phone_number_quality_update", {"event": "FLAGGED", "display_phone_number": "14155550100"}),
        ("phone_number_quality_update", {"event": "UPGRADE", "display_phone_number": "628116000123"}),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": [1]}),
        ("account_update", {"event": ["ACCOUNT_DELETED"]}),
        ("account_update", {"event": "PARTNER_ADDED"}),
    ):
        assert (await wire.deliver(told(field, **value))).status_code == 200
    health = await wire.health()
    assert (health["state"], health["pausedUntil"]) == ("connected", None)
