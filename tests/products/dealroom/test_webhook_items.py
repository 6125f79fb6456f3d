"""Nothing of a webhook is thrown away: every kind that the provider documents, in the record and as it came."""

from __future__ import annotations

import json
from typing import Any

from tests.products.dealroom.whatsapp import (
    JOKO,
    NUMBER,
    SARI,
    status_of,
    webhook,
    wire,
    wire_server,
)

from colonnade.products.dealroom.webhooks.rules.kinds import KINDS, UNKNOWN, UNREADABLE
from colonnade.products.dealroom.webhooks.rules.payloads import Item
from colonnade.products.dealroom.webhooks.rules.reading import read_item

__all__ = ["wire", "wire_server"]

API = "/api/v1"
OWN = "628116000123"
MEDIA = {"id": "m1", "mime_type": "image/webp", "sha256": "x"}

# What the provider's reference documents (webhooks/reference, November 2026): types of messages …
MESSAGE_TYPES: dict[str, dict[str, Any]] = {
    "text": {"text": {"body": "Halo"}},
    "image": {"image": MEDIA},
    "video": {"video": MEDIA},
    "audio": {"audio": {**MEDIA, "voice": True}},
    "document": {"document": MEDIA},
    "sticker": {"sticker": {**MEDIA, "animated": False}},
    "location": {"location": {"latitude": -6.2, "longitude": 106.8}},
    "contacts": {"contacts": [{"name": {"formatted_name": "Budi"}}]},
    "order": {"order": {"catalog_id": "1", "product_items": []}},
    "button": {"button": {"payload": "p", "text": "Ya"}},
    "interactive.button_reply": {
        "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Ya"}}
    },
    "interactive.list_reply": {
        "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "41"}}
    },
    "interactive.nfm_reply": {
        "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}"}}
    },
    "interactive.product": {"interactive": {"type": "product", "product": {"product_retailer_id": "SKU-1"}}},
    "interactive.call_permission_reply": {
        "interactive": {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}
    },
    "request_welcome": {},
    "reaction": {"reaction": {"message_id": "wamid.0", "emoji": "👍"}},
    "edit": {"edit": {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "x"}}}},
    "revoke": {"revoke": {"original_message_id": "wamid.0"}},
    "system.user_changed_number": {"system": {"type": "user_changed_number", "wa_id": "628999999999"}},
    "system.user_changed_user_id": {"system": {"type": "user_changed_user_id", "user_id": "ID.2"}},
    "system.customer_changed_number": {"system": {"type": "customer_changed_number", "wa_id": "62899999"}},
    "system.customer_identity_changed": {"system": {"type": "customer_identity_changed"}},
    "unsupported": {"errors": [{"code": 131051, "title": "Message type unknown"}]},
    "group": {"group_id": "g1", "text": {"body": "Halo semua"}},
}

# … statuses …
STATUSES = ("sent", "delivered", "read", "played", "failed", "deleted", "warning")

# … and fields other than `messages`.
FIELDS = (
    "account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events",
    "business_capability_update", "business_status_update", "business_username_update", "business_username_updates",
    "flows", "group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update",
    "history", "message_template_components_update", "message_template_quality_update",
    "message_template_status_update", "messaging_handovers", "partner_solutions", "payment_configuration_update",
    "phone_number_name_update", "phone_number_quality_update", "phone_number_settings", "security",
    "smb_app_state_sync", "standby", "template_category_update", "template_correct_category_detection",
    "tracking_events", "user_id_update", "user_preferences",
)  # fmt: skip


def message(id_: str, called: str, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return a message of a documented type, as the provider delivers it."""
    type_ = "text" if called == "group" else called.partition(".")[0]
    return {
        "from": wa_id,
        "id": id_,
        "timestamp": "1760000000",
        "type": type_,
        **MESSAGE_TYPES[called],
        **more,
    }


def value(field: str, value_: Any, moment: int = 1760000000) -> dict[str, Any]:
    """Return a body with one change of a field."""
    entry = {"id": "1", "time": moment, "changes": [{"field": field, "value": value_}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def of_number(**parts: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, **parts}


def echo(id_: str, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return what the owner has sent from a phone."""
    sent = {"from": OWN, "to": wa_id, "id": id_, "timestamp": "1760000000", "type": "text", **more}
    return value("smb_message_echoes", of_number(message_echoes=[sent]))


async def kept(wire: Any, **filters: Any) -> list[dict[str, Any]]:
    """Return what is kept of the channel's webhooks, the first first, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await wire.melati.get(
            f"{API}/channels/{wire.channel}/webhook-items", params={"limit": 50, **filters, **cursor}
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
        following = answer.json().get("meta", {}).get("nextCursor") or answer.json().get("nextCursor")
        if following is None or "limit" in filters:
            return found[::-1]
        cursor = {"cursor": following}


async def raw(wire: Any, item: dict[str, Any]) -> Any:
    path = f"{API}/channels/{wire.channel}/webhook-items/{item['id']}"
    text = (await wire.melati.get(path)).json()["data"]["raw"]
    return None if text is None else json.loads(text)


async def told(wire: Any) -> list[dict[str, Any]]:
    """Return the messages of the only session."""
    (session,) = await wire.sessions()
    found: list[dict[str, Any]] = await wire.messages(session["id"])
    return found


def test_every_documented_kind_is_in_the_table() -> None:
    for called in MESSAGE_TYPES:
        item = Item("messages", "messages", json.dumps(message("w", called)).encode())
        assert read_item(item)[0].kind == f"messages.{called}", called
    for status in STATUSES:
        item = Item("messages", "statuses", json.dumps(status_of("w", status)).encode())
        assert read_item(item)[0].kind == f"statuses.{status}"
    for field in FIELDS:
        assert read_item(Item(field, "", b"{}"))[0].kind == field
    for field in ("smb_message_echoes", "message_echoes"):
        for type_ in ("text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction",
                      "edit", "revoke", "template", "unsupported"):  # fmt: skip
            sent = {"id": "w", "to": SARI, "from": OWN, "type": type_}
            found = read_item(Item(field, "message_echoes", json.dumps(sent).encode()))[0]
            assert found.kind == f"{field}.{type_}"
    for event in ("connect", "terminate"):
        call = {"id": "w", "from": SARI, "event": event}
        assert read_item(Item("calls", "calls", json.dumps(call).encode()))[0].kind == f"calls.{event}"
    known = {f"messages.{one}" for one in MESSAGE_TYPES} | {"messages.errors"}
    assert {kind for kind in KINDS if kind.startswith("messages.")} == known


def test_a_kind_that_is_not_in_the_table_is_unknown() -> None:
    assert (
        read_item(Item("messages", "messages", b'{"from":"6281234567890","id":"w","type":"poll"}'))[0].kind
        == UNKNOWN
    )
    assert read_item(Item("messages", "statuses", b'{"id":"w","status":"forwarded"}'))[0].kind == UNKNOWN
    assert read_item(Item("new_field", "", b"{}"))[0].kind == UNKNOWN
    assert read_item(Item("", "", b"x"))[0].kind == UNREADABLE


async def test_each_kind_becomes_what_the_table_says(wire: Any) -> None:
    for number, called in enumerate(MESSAGE_TYPES):
        body = webhook(message(f"wamid.{number + 1}", called))
        assert (await wire.deliver(body)).status_code == 200, called
    found = await kept(wire)
    assert [(one["kind"], one["outcome"]) for one in found] == [
        (f"messages.{called}", KINDS[f"messages.{called}"]) for called in MESSAGE_TYPES
    ]
    for field in FIELDS:
        assert (await wire.deliver(value(field, {"event": "X"}))).status_code == 200
    assert [one["kind"] for one in await kept(wire, outcome="ignored")] == ["messages.group", *FIELDS]


async def test_contents_are_readable(wire: Any) -> None:
    cards = [
        {
            "name": {"formatted_name": "Budi Santoso", "first_name": "Budi"},
            "org": {"company": "Toko Jaya"},
            "phones": [{"phone": "+62 812-1111-2222", "wa_id": "6281211112222", "type": "CELL"}],
            "emails": [{"email": "budi@toko.test"}],
        },
        {"name": {"first_name": "Ani"}},
    ]
    order = {
        "catalog_id": "77",
        "text": "Kirim besok ya",
        "product_items": [
            {"product_retailer_id": "SKU-1", "quantity": 2, "item_price": 450000, "currency": "IDR"},
            {"product_retailer_id": "SKU-2", "quantity": "1", "item_price": 99.5, "currency": "IDR"},
        ],
    }
    answers = {
        "flow_token": "t",
        "nama": "Sari",
        "ukuran": ["41", "42"],
        "alamat": {"kota": "Bandung"},
        "baru": True,
    }
    place = {"latitude": -6.2, "longitude": 106.8, "name": "Toko Melati", "address": "Jl. Mawar 1"}
    ad = {"source_url": "https://fb.me/x", "source_type": "ad", "source_id": "9", "headline": "Sepatu kulit"}
    product = {"catalog_id": "7", "product_retailer_id": "S"}
    bodies = [
        message("w1", "location", location=place),
        message("w2", "contacts", contacts=cards),
        message("w3", "order", order=order),
        message("w4", "interactive.nfm_reply", interactive={
            "type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": json.dumps(answers)}}),
        message("w5", "interactive.list_reply", interactive={
            "type": "list_reply", "list_reply": {"id": "41", "title": "Ukuran 41", "description": "Hitam"}}),
        message("w6", "text", text={"body": "Halo, info?"}, referral=ad),
        message("w7", "reaction", reaction={"message_id": "w6", "emoji": "👍"}),
        message("w8", "unsupported", unsupported={"type": "poll_creation"}),
        message("w9", "text", context={"forwarded": True, "referred_product": product}),
        message("w10", "audio"),
    ]  # fmt: skip
    assert (await wire.deliver(webhook(*bodies))).status_code == 200
    found = await told(wire)
    assert [(m.get("kind"), m["content"]) for m in found] == [
        ("location", "📍 Toko Melati, Jl. Mawar 1 (-6.2, 106.8)"),
        ("contacts", "👤 Budi Santoso: Toko Jaya, +62 812-1111-2222, budi@toko.test\n👤 Ani"),
        ("order", "🛒 2 × SKU-1, 450000 IDR\n🛒 1 × SKU-2, 99.5 IDR\n= 900099.5 IDR\nKirim besok ya"),
        ("nfm_reply", "📝 nama: Sari\nukuran: 41, 42\nalamat.kota: Bandung\nbaru: yes"),
        ("list_reply", "Ukuran 41\nHitam"),
        (None, "Halo, info?"),
        ("reaction", "👍"),
        ("unsupported", "[unsupported: poll_creation]"),
        (None, "Halo"),
        ("voice", "[audio]"),
    ]
    data = [m.get("data") for m in found]
    assert data[0] == {"latitude": -6.2, "longitude": 106.8, "name": "Toko Melati", "address": "Jl. Mawar 1"}
    assert data[1]["contacts"][0]["phones"] == [
        {"phone": "+62 812-1111-2222", "waId": "6281211112222", "type": "CELL"}
    ]
    assert data[2]["lines"][0] == {
        "productRetailerId": "SKU-1",
        "quantity": "2",
        "price": "450000",
        "currency": "IDR",
    }
    assert (data[2]["total"], data[2]["currency"], data[2]["catalogId"]) == ("900099.5", "IDR", "77")
    assert data[3]["answers"] == {"nama": "Sari", "ukuran": "41, 42", "alamat.kota": "Bandung", "baru": "yes"}
    assert data[5] == {"referral": ad}
    assert found[6]["replyToId"] == found[5]["id"]
    assert data[8] == {"referredProduct": {"catalog_id": "7", "product_retailer_id": "S"}, "forwarded": True}
    assert data[9] == {"media": {"id": "m1", "kind": "audio", "mimeType": "image/webp"}}
    # The list, the message alone and the events of the room say the same.
    shown = (await wire.melati.get(f"{API}/messages/{found[2]['id']}")).json()["data"]
    assert shown == found[2]
    (session,) = await wire.sessions()
    integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
    assert (integrity["intact"], integrity["count"]) == (True, 10)


async def test_every_item_is_kept_as_it_came_and_shown_to_its_owner_alone(wire: Any) -> None:
    sent = message("w1", "order", order={"catalog_id": "1", "strange": [1, {"a": None}]})
    assert (await wire.deliver(webhook(sent))).status_code == 200
    (item,) = await kept(wire)
    assert (item["kind"], item["providerId"], item["messageId"], item["providerTime"]) == (
        "messages.order",
        "w1",
        1,
        "2025-10-09T08:53:20Z",
    )
    assert await raw(wire, item) == sent
    path = f"{API}/channels/{wire.channel}/webhook-items"
    assert (await wire.budi.get(path)).status_code == 404
    assert (await wire.budi.get(f"{path}/{item['id']}")).status_code == 404
    assert (await wire.visitor.get(path)).status_code == 401
    assert (await wire.melati.get(f"{path}?cursor=x")).status_code == 422
    stored = await wire.services.db.fetch_value("SELECT raw FROM webhook_items")
    assert stored.startswith("v1.")
    assert "order" not in stored
    first = (await wire.melati.get(path, params={"limit": 1})).json()
    assert first["data"] == [item]


async def test_a_repeated_delivery_changes_nothing_whatever_is_in_it(wire: Any) -> None:
    await wire.talk("Halo")
    session = (await wire.sessions())[0]["id"]
    await wire.say(session, "Ada", "human")
    await wire.work()
    bodies = [
        webhook(message("w1", "reaction"), message("w2", "group"), message("w3", "system.customer_identity_changed")),
        webhook(statuses=(status_of("wamid.out-1", "delivered", pricing={"billable": True}),)),
        echo("w4", text={"body": "Dari HP"}),
        value("account_update", {"event": "DISABLED_UPDATE"}),
        value("calls", of_number(calls=[{"id": "c1", "from": SARI, "event": "terminate", "status": "COMPLETED",
                                        "duration": 62, "direction": "USER_INITIATED"}])),
    ]  # fmt: skip
    for body in bodies:
        assert (await wire.deliver(body)).status_code == 200
    before = (await wire.messages(session), await kept(wire))
    for body in bodies * 2:
        assert (await wire.deliver(body)).status_code == 200
    assert (await wire.messages(session), await kept(wire)) == before
    assert [m["content"] for m in before[0][-4:]] == [
        "👍",
        "The customer's identity has changed",
        "Dari HP",
        "📞 Call: completed, 62 s",
    ]
    # The same again an hour later is something new.
    assert (
        await wire.deliver(value("account_update", {"event": "DISABLED_UPDATE"}, 1760003600))
    ).status_code == 200
    assert len(await kept(wire, kind="account_update")) == 2


async def test_the_owners_phone_takes_over(wire: Any) -> None:
    session = await wire.talk("Halo")
    assert (await wire.deliver(echo("e1", text={"body": "Saya jawab sendiri"}))).status_code == 200
    found = (await wire.messages(session))[1]
    assert (found["sender"], found["content"], found["status"], found["data"]) == (
        "human",
        "Saya jawab sendiri",
        "sent",
        {"from": "phone"},
    )
    shown = (await wire.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert shown["handledBy"] == "human"
    await wire.work()
    assert wire.provider.sent == []
    # It goes on as any message of ours: statuses, edits and revocations from the phone.
    assert (await wire.deliver(webhook(statuses=(status_of("e1", "read"),)))).status_code == 200
    changed = {"original_message_id": "e1", "message": {"type": "text", "text": {"body": "Saya jawab"}}}
    assert (await wire.deliver(echo("e2", type="edit", edit=changed))).status_code == 200
    found = (await wire.messages(session))[1]
    assert (found["content"], found["status"]) == ("Saya jawab", "read")
    # To somebody who has never written it begins a session.
    assert (await wire.deliver(echo("e3", JOKO, text={"body": "Pesanan siap"}))).status_code == 200
    assert len(await wire.sessions()) == 2


def edit_of(original: str, id_: str, words: str, seconds: int) -> Any:
    text = {"original_message_id": original, "message": {"type": "text", "text": {"body": words}}}
    return webhook(message(id_, "edit", edit=text) | {"timestamp": str(1_790_000_000 + seconds)})


async def test_what_the_provider_says_of_our_messages_is_kept(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Ada", "human")
    await wire.work()
    pricing = {"billable": True, "pricing_model": "PMP", "category": "service"}
    conversation = {"id": "c1", "origin": {"type": "service"}}
    errors = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "no"}}]
    body = webhook(
        statuses=(
            status_of("wamid.out-1", "sent", pricing=pricing, conversation=conversation),
            status_of("wamid.out-1", "failed", errors=errors),
        )
    )
    assert (await wire.deliver(body)).status_code == 200
    ours = (await wire.messages(session))[1]
    entries = (await wire.melati.get(f"{API}/messages/{ours['id']}/statuses")).json()["data"]
    assert [(one["status"], one["pricing"], one["conversation"], one["errors"]) for one in entries] == [
        ("sent", pricing, conversation, None),
        ("failed", None, None, errors),
    ]
    assert entries[0]["providerTime"] == "2025-10-09T08:53:21Z"
    assert (await wire.budi.get(f"{API}/messages/{ours['id']}/statuses")).status_code == 404


def of_contacts(piece: bytes) -> bytes:
    """Return a body of one message, in which something is said of each of 4,900 people."""
    about = b'{"wa_id":"62812%08d","profile":{"name":"x"},"x":%s}'
    people = b",".join(about % (number, piece) for number in range(4_900))
    value = b'{"metadata":{"phone_number_id":"%s"},"contacts":[%s],"messages":[{"id":"w1"}]}'
    return (
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":'
        + value % (NUMBER.encode(), people)
        + b"}]}]}"
    )


async def test_what_cannot_be_stored_is_kept_as_refused(wire: Any) -> None:
    await wire.services.db.execute("ALTER TABLE messages ADD CONSTRAINT poison CHECK (kind <> 'order')")
    try:
        assert (
            await wire.deliver(webhook(message("w1", "order"), message("w2", "location")))
        ).status_code == 200
    finally:
        await wire.services.db.execute("ALTER TABLE messages DROP CONSTRAINT poison")
    assert [(one["kind"], one["outcome"]) for one in await kept(wire)] == [
        ("messages.order", "refused"),
        ("messages.location", "turn"),
    ]
    assert [m["content"] for m in await told(wire)] == ["[unreadable]", "📍 (-6.2, 106.8)"]
