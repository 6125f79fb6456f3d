"""Two users: a route called with the other's ids answers as if they did not exist, and changes nothing."""

from __future__ import annotations

import io
import re
from typing import Any

from colonnade.kernel.http import list_routes

API = "/api/v1"
BODIES: dict[str, Any] = {
    f"PATCH {API}/sessions/{{session_id}}": {"title": "Dicuri"},
    f"POST {API}/sessions/{{session_id}}/read": {"seq": 1},
    f"PATCH {API}/vendors/{{vendor_id}}": {"name": "Dicuri"},
    f"PATCH {API}/sellers/{{seller_id}}": {"name": "Dicuri"},
    f"POST {API}/sellers/{{seller_id}}/products": {"name": "Dicuri"},
    f"PATCH {API}/sellers/{{seller_id}}/products/{{product_id}}": {"name": "Dicuri"},
    f"PATCH {API}/messages/{{message_id}}": {"content": "Dicuri"},
    f"PATCH {API}/messages/{{message_id}}/status": {"status": "read"},
    f"PATCH {API}/channels/{{channel_id}}": {"name": "Dicuri"},
    f"POST {API}/channels/{{channel_id}}/templates/preview": {"name": "salam", "language": "id"},
    f"PATCH {API}/channels/{{channel_id}}/vendor": {"name": "Dicuri"},
    f"POST {API}/channels/{{channel_id}}/sellers": {"name": "Dicuri"},
    f"PATCH {API}/channels/{{channel_id}}/rules": {"language": "en"},
    f"POST {API}/sessions/{{session_id}}/takeover": {"minutes": 5},
    f"POST {API}/sessions/{{session_id}}/contact": {"channelId": 1, "phoneNumber": "+62 812 3456 7890"},
    f"PATCH {API}/contacts/{{contact_id}}": {"name": "Dicuri"},
    f"PUT {API}/contacts/{{contact_id}}": {"name": "Dicuri"},
    f"POST {API}/contacts/{{contact_id}}/merge": {"otherId": 2},
    f"POST {API}/contacts/{{contact_id}}/split": {"identityIds": [1]},
}
CHANNEL = {
    "name": "Toko Melati",
    "phoneNumberId": "106540352242922",
    "phoneNumber": "+62 811 6000 123",
    "accessToken": "Rahasia-Rahasia-Rahasia",
    "appSecret": "Rahasia-Rahasia-Rahasia",
    "verifyToken": "Rahasia-Rahasia-Rahasia",
}
OURS = ("session_id", "vendor_id", "seller_id", "product_id", "message_id", "channel_id", "contact_id")


async def snapshot(room: Any) -> list[list[tuple[Any, ...]]]:
    tables = ("chat_sessions", "vendors", "sellers", "seller_products", "messages", "realtime_events", "channels",
        "channel_contacts", "contacts", "contact_identities")  # fmt: skip
    return [
        [tuple(row) for row in await room.services.db.fetch(f"SELECT * FROM {t} ORDER BY 1, 2")]
        for t in tables
    ]


async def test_the_leak_matrix(room: Any) -> None:
    session = await room.session()
    await room.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Sinta"})
    await room.melati.post(
        f"{API}/sellers", json={"sessionId": session, "name": "Melati", "products": [{"name": "Sepatu"}]}
    )
    await room.say(session, "Rahasia")
    assert (await room.melati.post(f"{API}/channels", json=CHANNEL)).status_code == 201
    bind = {"channelId": 1, "phoneNumber": "+62 812 3456 7890"}
    bound = await room.melati.post(f"{API}/sessions/{session}/contact", json=bind)
    assert bound.json()["data"]["contactId"] == 1
    ids = {"session_id": session} | {name: "1" for name in OURS if name != "session_id"}
    before = await snapshot(room)
    asked = 0
    for route in list_routes(room.services.product):
        path = re.sub(r":\w+\}", "}", route.path)
        names = re.findall(r"\{(\w+)\}", path)
        if (
            not path.startswith(API)
            or not names
            or set(names) - set(OURS)
            or re.search("/auth/|/webhooks/", path)
        ):
            continue
        url = path.format(**ids)
        # A PUT takes what the PATCH beside it takes.
        body = BODIES.get(
            f"{route.method} {path}", BODIES.get(f"{route.method.replace('PUT', 'PATCH')} {path}")
        )
        if path.endswith("/image"):
            answer = await room.budi.request(route.method, url, files={"file": ("a.jpg", io.BytesIO(b"x"))})
        else:
            answer = await room.budi.request(route.method, url, json=body)
        assert answer.status_code == 404, f"{route.method} {path}: {answer.status_code} {answer.text}"
        assert "Rahasia" not in answer.text
        visitor = await room.visitor.request(route.method, url, json=body)
        assert visitor.status_code in (401, 415), f"{route.method} {path}: {visitor.status_code}"
        asked += 1
    assert asked >= 25
    for path, body in (
        ("vendors", {"name": "x"}),
        ("sellers", {"name": "x"}),
        ("messages", {"sender": "human", "content": "x"}),
    ):
        refused = await room.budi.post(f"{API}/{path}", json={"sessionId": session, **body})
        assert refused.status_code == 404, path
    assert (await room.budi.get(f"{API}/sessions")).json()["data"] == []
    assert (await room.budi.get(f"{API}/channels")).json()["data"] == []
    assert (await room.budi.get(f"{API}/contacts")).json()["data"] == []
    assert (await room.budi.get(f"{API}/messages/search?q=Rahasia")).json()["data"] == []
    assert (await room.admin.get(f"{API}/sessions/{session}")).status_code == 404
    assert await snapshot(room) == before
