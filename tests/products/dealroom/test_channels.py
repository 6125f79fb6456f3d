"""Channels: connected, changed and removed by their owner only; their secrets; their state."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.whatsapp import (
    NUMBER,
    SARI,
    SECRET,
    TOKEN,
    VERIFY,
    text_message,
    webhook,
    wire,
    wire_server,
)
from tests.products.encrypted import check_declared

from colonnade.kernel.core import Undecryptable
from colonnade.products.dealroom.sending.jobs import watch_channels

__all__ = ["wire", "wire_server"]

API = "/api/v1"
SECRETS = (TOKEN, SECRET, VERIFY)


async def test_every_encrypted_column_is_declared(wire: Any) -> None:
    """What `colonnade keys reencrypt` does not know would be lost with its key."""
    secret = await wire.melati.post(f"{API}/auth/mfa/totp")
    assert secret.status_code == 200
    holding = {"channels.access_token", "channels.app_secret", "account_totp.secret"}
    await check_declared(wire.services, holding=holding)


async def test_a_channel_is_connected_shown_changed_and_removed(wire: Any) -> None:
    shown = await wire.melati.get(f"{API}/channels/{wire.channel}")
    channel = shown.json()["data"]
    assert channel == {
        "id": wire.channel,
        "provider": "whatsapp",
        "name": "Toko Melati",
        "phoneNumberId": NUMBER,
        "phoneNumber": "+628116000123",
        "webhookPath": f"{API}/webhooks/whatsapp/{wire.channel}",
        "state": "connected",
        "lastInboundAt": None,
        "lastOutboundAt": None,
        "lastError": None,
        "pausedUntil": None,
        "pauseKind": None,
        "businessAccountId": None,
        "readReceipts": True,
        "typingIndicator": True,
        "version": 1,
        "createdAt": channel["createdAt"],
        "updatedAt": channel["createdAt"],
        "quality": None,
        "messagingLimit": None,
        "restriction": None,
        "webhookItemsCutAt": None,
    }
    assert (await wire.melati.get(f"{API}/channels")).json()["data"] == [channel]
    changed = await wire.melati.patch(
        f"{API}/channels/{wire.channel}",
        json={"name": "Toko", "enabled": False},
        headers={"If-Match": '"v1"'},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["data"]["name"], changed.json()["data"]["state"]) == ("Toko", "disabled")
    stale = await wire.melati.patch(
        f"{API}/channels/{wire.channel}", json={"name": "Lain"}, headers={"If-Match": '"v1"'}
    )
    assert stale.status_code == 412
    path = f"{API}/channels/{wire.channel}"
    assert (await wire.melati.delete(path, headers={"If-Match": '"v1"'})).status_code == 412
    assert (await wire.melati.delete(path, headers={"If-Match": '"v2"'})).status_code == 204
    assert (await wire.melati.get(f"{API}/channels/{wire.channel}")).status_code == 404


async def test_a_number_has_one_channel(wire: Any) -> None:
    body = {"name": "B", "phoneNumberId": NUMBER, "phoneNumber": "+628116000124", "accessToken": "x" * 20}
    again = await wire.melati.post(
        f"{API}/channels", json={**body, "appSecret": SECRET, "verifyToken": VERIFY}
    )
    assert (again.status_code, again.json()["code"]) == (409, "CHANNEL_EXISTS")
    assert len((await wire.melati.get(f"{API}/channels")).json()["data"]) == 1
    assert wire.provider.asked == []


async def test_secrets_are_encrypted_at_rest_and_never_come_out(wire: Any) -> None:
    body = {"accessToken": "EAAJB-another-token", "appSecret": "f" * 32, "verifyToken": "kata-lain-lagi"}
    answers = [
        await wire.melati.get(f"{API}/channels"),
        await wire.melati.get(f"{API}/channels/{wire.channel}"),
        await wire.melati.get(f"{API}/channels/{wire.channel}/state"),
        await wire.melati.post(f"{API}/channels/{wire.channel}/probe"),
        await wire.melati.patch(f"{API}/channels/{wire.channel}", json=body),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    db = wire.services.db
    stored = await db.fetch_row("SELECT * FROM channels")
    entries = await wire.audited()
    seen = "".join(answer.text for answer in answers) + repr(dict(stored)) + repr(entries)
    assert "channel.created" in seen
    assert "accessToken" in seen
    for secret in (*SECRETS, *body.values()):
        assert secret not in seen
    assert stored["access_token"].startswith(wire.services.fields.prefix)
    assert stored["app_secret"].startswith(wire.services.fields.prefix)
    # A token that is moved into another row is worth nothing.
    with pytest.raises(Undecryptable):
        wire.services.fields.decrypt(stored["access_token"], place="channels.access_token:99")
    # The new secret holds from now on, the old one no longer.
    message = webhook(text_message("wamid.1", "Halo"))
    assert (await wire.deliver(message)).status_code == 403
    assert (await wire.deliver(message, secret="f" * 32)).status_code == 200


async def test_others_find_no_channel(wire: Any) -> None:
    session = await wire.talk("Halo")
    before = [dict(row) for row in await wire.services.db.fetch("SELECT * FROM channels")]
    path = f"{API}/channels/{wire.channel}"
    bind = {"channelId": wire.channel, "phoneNumber": "+628111111111"}
    own = await wire.session(wire.budi)
    answers = [
        await wire.budi.get(path),
        await wire.budi.patch(path, json={"name": "Milik Budi"}),
        await wire.budi.delete(path),
        await wire.budi.get(f"{path}/state"),
        await wire.budi.post(f"{path}/probe"),
        await wire.budi.post(f"{API}/sessions/{own}/contact", json=bind),
        await wire.budi.post(f"{API}/sessions/{session}/contact", json=bind),
        await wire.admin.get(path),
    ]
    assert [answer.status_code for answer in answers] == [404] * 8
    assert (await wire.budi.get(f"{API}/channels")).json()["data"] == []
    assert (await wire.visitor.get(path)).status_code == 401
    assert [dict(row) for row in await wire.services.db.fetch("SELECT * FROM channels")] == before
    assert wire.provider.asked == []


async def test_the_provider_proves_itself_when_the_webhook_is_set_up(wire: Any) -> None:
    path = f"{API}/webhooks/whatsapp/{wire.channel}"
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    answer = await wire.visitor.get(path, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    refused = [
        await wire.visitor.get(path, params={**asked, "hub.verify_token": "salah"}),
        await wire.visitor.get(path, params={**asked, "hub.mode": "unsubscribe"}),
        await wire.visitor.get(path, params={"hub.mode": "subscribe", "hub.challenge": "1"}),
        await wire.visitor.get(f"{API}/webhooks/whatsapp/999", params=asked),
    ]
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "WEBHOOK_REFUSED")}


async def test_the_state_tells_how_the_channel_does(wire: Any) -> None:
    assert await wire.health() == {
        "state": "connected",
        "lastInboundAt": None,
        "secondsSinceInbound": None,
        "lastOutboundAt": None,
        "pending": 0,
        "failed": 0,
        "unknown": 0,
        "setAside": 0,
        "lastError": None,
        "pausedUntil": None,
        "pauseKind": None,
    }
    session = await wire.talk("Halo")
    await wire.services.db.execute("UPDATE channels SET last_inbound_at = now() - interval '90 seconds'")
    await wire.say(session, "Ada", "human")
    health = await wire.health()
    assert (health["state"], health["pending"], health["failed"]) == ("connected", 1, 0)
    assert 90 <= health["secondsSinceInbound"] < 120


async def test_a_probe_asks_the_provider(wire: Any) -> None:
    path = f"{API}/channels/{wire.channel}/probe"
    assert (await wire.melati.post(path)).json()["data"]["state"] == "connected"
    assert wire.provider.asked == [f"GET /v25.0/{NUMBER}"]
    assert wire.provider.tokens == [f"Bearer {TOKEN}"]
    wire.provider.number_status = 401
    health = (await wire.melati.post(path)).json()["data"]
    assert (health["state"], health["lastError"]) == ("disconnected", "190: Token has expired")
    # A new token that is proven works.
    wire.provider.number_status = 200
    channel = f"{API}/channels/{wire.channel}"
    changed = await wire.melati.patch(channel, json={"accessToken": "EAAJB-another-token-of-melati"})
    assert (changed.json()["data"]["state"], changed.json()["data"]["lastError"]) == ("connected", None)
    wire.provider.number_status = 503
    health = (await wire.melati.post(path)).json()["data"]
    assert health["state"] == "degraded"
    wire.provider.number_status = 200
    health = (await wire.melati.post(path)).json()["data"]
    assert (health["state"], health["lastError"]) == ("connected", None)


async def test_silence_and_failures_degrade_a_channel_until_the_next_success(wire: Any) -> None:
    db = wire.services.db
    await wire.talk("Halo")
    await watch_channels(wire.services)
    assert (await wire.health())["state"] == "connected"
    await db.execute("UPDATE channels SET last_inbound_at = now() - interval '1441 minutes'")
    await watch_channels(wire.services)
    health = await wire.health()
    assert (health["state"], health["lastError"]) == ("degraded", "No customer wrote for 1440 minutes")
    # That the provider answers does not end the silence; that a customer writes does.
    assert (await wire.melati.post(f"{API}/channels/{wire.channel}/probe")).json()["data"][
        "state"
    ] == "degraded"
    await wire.talk("Masih buka?")
    assert (await wire.health())["state"] == "connected"
    await db.execute("UPDATE channels SET failures = 3, last_error = 'The provider does not answer'")
    await watch_channels(wire.services)
    assert (await wire.health())["state"] == "degraded"
    actions = [entry["action"] for entry in await wire.audited()]
    assert actions == [
        "channel.created",  # and connected: its number was proven
        "channel.degraded",
        "channel.connected",
        "channel.degraded",
    ]


async def test_a_session_is_bound_to_one_contact(wire: Any) -> None:
    session, other = await wire.session(), await wire.session()
    bind = {"channelId": wire.channel, "phoneNumber": "+62 812-3456-7890"}
    bound = await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)
    contact = bound.json()["data"]
    assert (bound.status_code, contact["sessionId"], contact["phoneNumber"]) == (200, session, f"+{SARI}")
    again = await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)
    assert (again.status_code, again.json()["data"]) == (200, contact)
    taken = [
        await wire.melati.post(f"{API}/sessions/{other}/contact", json=bind),
        await wire.melati.post(
            f"{API}/sessions/{session}/contact", json={**bind, "phoneNumber": "+628111111111"}
        ),
    ]
    assert [(one.status_code, one.json()["code"]) for one in taken] == [(409, "CONTACT_TAKEN")] * 2
    await wire.deliver(webhook(text_message("wamid.1", "Halo")))
    assert [message["content"] for message in await wire.messages(session)] == ["Halo"]
    assert len(await wire.sessions()) == 2


async def test_a_removed_channel_leaves_its_messages(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada", "human")
    assert (await wire.melati.delete(f"{API}/channels/{wire.channel}")).status_code == 204
    await wire.work()
    assert wire.provider.sent == []
    assert [(m["content"], m["status"]) for m in await wire.messages(session)] == [
        ("Halo", "sent"),
        ("Ada", "failed"),
    ]
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (integrity["intact"], integrity["count"]) == (True, 2)
    assert (await wire.say(session, "Masih di sini", "human"))["status"] == "recorded"
