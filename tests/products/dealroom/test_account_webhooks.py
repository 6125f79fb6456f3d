"""What the provider says about the account by webhook: templates that it judges anew, restrictions of the number."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.products.dealroom.test_sending_templates import ORDER, send, shop
from tests.products.dealroom.whatsapp import (
    JOKO,
    NUMBER,
    SARI,
    error,
    status_of,
    webhook,
    wire,
    wire_server,
)

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


async def channel_of(wire: Any) -> dict[str, Any]:
    shown = (await wire.melati.get(f"{API}/channels/{wire.channel}")).json()["data"]
    return {name: shown[name] for name in ("quality", "messagingLimit", "restriction")}


async def test_the_channel_shows_quality_limit_and_restriction(wire: Any) -> None:
    await wire.talk("Halo")
    number = {"display_phone_number": "628116000123"}
    nothing = {"quality": None, "messagingLimit": None, "restriction": None}
    assert await channel_of(wire) == nothing
    for event, limit, quality in (
        ("FLAGGED", "TIER_1K", "flagged"),
        ("DOWNGRADE", "TIER_250", "flagged"),
        ("UNFLAGGED", "TIER_250", "good"),
        ("UPGRADE", "tier!", "good"),
    ):
        told_ = told("phone_number_quality_update", event=event, current_limit=limit, **number)
        assert (await wire.deliver(told_)).status_code == 200
        known = limit if limit != "tier!" else "TIER_250"
        assert await channel_of(wire) == nothing | {"quality": quality, "messagingLimit": known}
    # It stays when the next message goes through, unlike `lastError`.
    restricted = told(
        "account_update",
        event="ACCOUNT_RESTRICTION",
        restriction_info=[
            {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1_900_000_000}
        ],
    )
    assert (await wire.deliver(restricted)).status_code == 200
    await wire.talk("Hai")
    shown = await channel_of(wire)
    assert shown["restriction"] == (
        "The provider restricts the account: RESTRICTED_BIZ_INITIATED_MESSAGING (until 2030-03-17)"
    )
    assert (await wire.health())["state"] == "connected"
    mended = told("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": ["REINSTATE"]})
    assert (await wire.deliver(mended)).status_code == 200
    assert (await channel_of(wire))["restriction"] is None


def preference(value: str, moment: int, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return what the provider tells of a customer's wish, as it is documented."""
    said = {
        "wa_id": wa_id,
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": moment,
        **more,
    }
    return told(
        "user_preferences",
        messaging_product="whatsapp",
        metadata={"display_phone_number": "628116000123", "phone_number_id": NUMBER},
        contacts=[{"profile": {"name": "Ibu Sari"}, "wa_id": wa_id}],
        user_preferences=[said],
    )


async def test_who_has_stopped_marketing_gets_no_such_template(shop: Any) -> None:
    async def stopped() -> list[str | None]:
        (contact,) = (await shop.melati.get(f"{API}/contacts")).json()["data"]
        return [contact["marketingStoppedAt"], contact["identities"][0]["marketingStoppedAt"]]

    session = await shop.talk("Halo")
    await shop.services.db.execute("UPDATE channel_templates SET state = 'APPROVED', category = 'MARKETING'")
    assert await stopped() == [None, None]
    assert (await shop.deliver(preference("stop", 1_760_000_000))).status_code == 200
    assert await stopped() == ["2025-10-09T08:53:20Z"] * 2
    answer = await send(shop, session)
    assert (answer.status_code, answer.json()["code"]) == (409, "MARKETING_STOPPED")
    assert len(await shop.messages(session)) == 1
    part = next(one for one in shop.services.product.personal_data if one.name == "contacts")
    (exported,) = await part.collect(shop.services.db, shop.accounts["melati"])
    assert [one["marketing_stopped_at"] for one in exported["identities"]] == ["2025-10-09T08:53:20+00:00"]
    # What was said before, of something else, or of somebody who is not known changes nothing.
    for body in (
        preference("resume", 1_759_999_999),
        preference("resume", 1_760_000_001, category="utility_messages"),
        preference("pause", 1_760_000_001),
        preference("resume", 1_760_000_001, wa_id=JOKO),
    ):
        assert (await shop.deliver(body)).status_code == 200
    assert await stopped() == ["2025-10-09T08:53:20Z"] * 2
    # Templates of other categories are sent, and marketing again once they want it.
    await shop.services.db.execute("UPDATE channel_templates SET category = 'UTILITY'")
    assert (await send(shop, session)).status_code == 201
    await shop.services.db.execute("UPDATE channel_templates SET category = 'MARKETING'")
    assert (await shop.deliver(preference("resume", 1_760_000_002))).status_code == 200
    assert await stopped() == [None, None]
    assert (await send(shop, session)).status_code == 201


@pytest.mark.parametrize("how", ["at once", "by a status"])
async def test_a_refusal_says_that_somebody_has_stopped_marketing(shop: Any, how: str) -> None:
    """What the provider answers to a sending means what its webhook of the same wish means."""
    session = await shop.talk("Halo")
    await shop.talk("Halo juga", wa_id=JOKO)
    await shop.services.db.execute("UPDATE channel_templates SET state = 'APPROVED', category = 'MARKETING'")
    refusal = error(131050, "User has stopped marketing messages")
    if how == "at once":
        shop.provider.answers = [(400, refusal)]
    assert (await send(shop, session)).status_code == 201
    await shop.work()
    if how == "by a status":
        errors = [{"code": 131050, "title": "User has stopped marketing messages"}]
        assert (
            await shop.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", errors=errors),)))
        ).status_code == 200
    assert [m["error"]["code"] for m in await shop.messages(session) if m["status"] == "failed"] == ["131050"]
    contacts = (await shop.melati.get(f"{API}/contacts")).json()["data"]
    stopped = {one["profileName"] for one in contacts if one["marketingStoppedAt"] is not None}
    assert stopped == {"Ibu Sari"}
    answer = await send(shop, session)
    assert (answer.status_code, answer.json()["code"]) == (409, "MARKETING_STOPPED")
    # They may want it again.
    assert (await shop.deliver(preference("resume", int(time.time()) + 60))).status_code == 200
    assert (await send(shop, session)).status_code == 201


async def test_a_wish_goes_with_the_number_that_somebody_changes(shop: Any) -> None:
    session = await shop.talk("Halo")
    await shop.services.db.execute("UPDATE channel_templates SET state = 'APPROVED', category = 'MARKETING'")
    assert (await shop.deliver(preference("stop", 1_760_000_000))).status_code == 200
    system = {"type": "user_changed_number", "wa_id": "628999000111", "body": "Sari has a new number"}
    changed = {"from": SARI, "id": "w9", "timestamp": "1760000001", "type": "system", "system": system}
    assert (await shop.deliver(webhook(changed))).status_code == 200
    answer = await send(shop, session)
    assert (answer.status_code, answer.json()["code"]) == (409, "MARKETING_STOPPED")


async def test_marketing_that_waits_is_not_sent_to_who_stops_it_meanwhile(shop: Any) -> None:
    session = await shop.talk("Halo")
    await shop.services.db.execute("UPDATE channel_templates SET state = 'APPROVED', category = 'MARKETING'")
    shop.provider.answers = [(500, error(131000, "Something went wrong"))]
    waiting = (await send(shop, session)).json()["data"]["id"]
    await shop.work()
    assert len(shop.provider.sent) == 1
    assert (await shop.deliver(preference("stop", 1_760_000_000))).status_code == 200
    text = await shop.say(session, "Ini teks biasa", "human")
    await shop.hurry()
    await shop.work()
    found = {one["id"]: (one["status"], one.get("error")) for one in (await shop.messages(session))[1:]}
    reason = "This customer has stopped marketing messages"
    assert found == {
        waiting: ("failed", {"code": "MARKETING_STOPPED", "reason": reason}),
        text["id"]: ("sent", None),
    }
    assert [one["type"] for one in shop.provider.sent[1:]] == ["text"]
    assert (await shop.health())["state"] == "connected"
    # Nor is it when it is sent again, until they want it.
    for wish, state, sent in (("stop", "failed", 2), ("resume", "sent", 3)):
        assert (await shop.deliver(preference(wish, 1_760_000_002))).status_code == 200
        assert (await shop.melati.post(f"{API}/messages/{waiting}/resend")).status_code == 200
        await shop.work()
        assert (await shop.messages(session))[1]["status"] == state
        assert len(shop.provider.sent) == sent
