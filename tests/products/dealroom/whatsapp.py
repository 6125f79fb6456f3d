"""A provider with the WhatsApp Cloud API on this machine, and a dealroom that calls it.

`wire` is the dealroom's server with its provider: `wire.provider` records its requests and answers as it is told,
`wire.deliver(…)` delivers a webhook body, signed, as the provider would.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, NamedTuple

import httpx
import pytest
from tests.products.dealroom.conftest import API, Room

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import FaultyService, LiveServer
from colonnade.products.dealroom.product import PRODUCT

TOKEN = "EAAJB-the-access-token-of-melati"
SECRET = "0123456789abcdef0123456789abcdef"
VERIFY = "kata-sandi-webhook"
NUMBER = "106540352242922"
SARI = "6281234567890"
JOKO = "6281398765432"


def error(code: int, message: str) -> dict[str, Any]:
    """Return an error of the provider's API."""
    return {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}}


class Upload(NamedTuple):
    """A file that was uploaded."""

    name: str
    content_type: str
    data: bytes


class FakeProvider(FaultyService):
    """Takes messages and files, has files and templates. `answers`: status and body of the next sendings, before it
    accepts any; `upload_answers` those of the next uploads.

    What `faults` are queued meets the next sendings.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Reset it to its initial state."""
        self.sent: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.asked: list[str] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.upload_answers: list[tuple[int, dict[str, Any]]] = []
        self.uploads: dict[str, Upload] = {}
        self.upload_gate: asyncio.Event | None = None
        self.files: dict[str, bytes] = {}
        self.said_size: str | None = None
        """What is said of each file's size, if that is not true."""
        self.templates: list[dict[str, Any]] = []
        self.templates_per_page = 100
        self._page_at = 0
        self.number_status = 200
        self.number_gate: asyncio.Event | None = None
        self.numbers: dict[str, str] = {NUMBER: "+62 811-6000-123"}
        self.managers: dict[str, set[str]] = {}
        """Tokens that manage a number; any does while none is named."""
        self.receipt_status = 200
        self.good_tokens: set[str] | None = None
        self.media_gate: asyncio.Event | None = None
        self.gate = None
        self.reached = asyncio.Event()
        self.answer_gate = None
        self.handled = asyncio.Event()
        self.faults.clear()

    @property
    def texts(self) -> list[str]:
        """Return the texts that were sent, in order, with those that were refused."""
        return [document["text"]["body"] for document in self.sent]

    def is_faulty(self, method: str, path: str, body: bytes) -> bool:
        """Return whether this is a sending."""
        return method == "POST" and path == f"/v25.0/{NUMBER}/messages" and b'"status":"read"' not in body

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Answer one request."""
        self.asked.append(f"{method} {path}")
        self.tokens.append(headers.get("authorization", ""))
        if self.good_tokens is not None and self.tokens[-1].removeprefix("Bearer ") not in self.good_tokens:
            return 401, error(190, "Token has expired")
        if method == "POST" and path == f"/v25.0/{NUMBER}/messages":
            return self._take(json.loads(body))
        if method == "POST" and path == f"/v25.0/{NUMBER}/media":
            return await self._keep(headers["content-type"], body)
        name = path.rpartition("/")[2]
        if name in self.numbers:
            if self.number_gate is not None:
                await self.number_gate.wait()
            return self._show(name)
        if name == "message_templates":
            return 200, self._page(path)
        if path.startswith("/v25.0/") and name in self.files:
            size = self.said_size or len(self.files[name])
            return 200, {"url": f"{self.url}/files/{name}", "file_size": size, "mime_type": "image/png"}
        if path.startswith("/files/"):
            if self.media_gate is not None:
                await self.media_gate.wait()
            return 200, self.files[name]
        return 404, error(100, "Unknown")

    def _show(self, id_: str) -> tuple[int, Any]:
        if self.number_status != 200:
            return self.number_status, error(190, "Token has expired")
        token = self.tokens[-1].removeprefix("Bearer ")
        if token not in self.managers.get(id_, {token}):
            return 400, error(100, f"Object with ID '{id_}' does not exist or cannot be loaded")
        shown = {"display_phone_number": self.numbers[id_], "verified_name": "Toko Melati"}
        return 200, {"id": id_, **shown}

    def _take(self, document: dict[str, Any]) -> tuple[int, Any]:
        if document.get("status") == "read":
            self.receipts.append(document)
            return self.receipt_status, {"success": True}
        self.sent.append(document)
        if self.answers:
            return self.answers.pop(0)
        to = document["to"]
        id_ = f"wamid.out-{len(self.sent)}"
        contacts = [{"input": to, "wa_id": to}]
        return 200, {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": id_}]}

    async def _keep(self, content_type: str, body: bytes) -> tuple[int, Any]:
        if self.upload_gate is not None:
            await self.upload_gate.wait()
        if self.upload_answers:
            return self.upload_answers.pop(0)
        form = message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        fields = {name: part.get_content() for name, part in parts.items() if name != "file"}
        file = parts["file"]
        type_ = str(file["content-type"]).replace('"', "")
        assert fields == {"messaging_product": "whatsapp", "type": type_}, fields
        id_ = f"media-{len(self.uploads) + 1}"
        self.uploads[id_] = Upload(file.get_filename(), type_, file.get_payload(decode=True))
        return 200, {"id": id_}

    def _page(self, path: str) -> dict[str, Any]:
        start, end = self._page_at, self._page_at + self.templates_per_page
        more = {"next": f"{self.url}/next"} if end < len(self.templates) else {}
        self._page_at = end if more else 0  # the path has no cursor
        return {"data": self.templates[start:end], "paging": {"cursors": {"after": str(end)}, **more}}


class Wire(Room):
    """A running dealroom whose provider is on this machine."""

    provider: FakeProvider
    channel: int

    async def connect(self, client: httpx.AsyncClient | None = None, **values: Any) -> int:
        """Create a channel of `client` (melati) and return its id."""
        body = {
            "name": "Toko Melati",
            "phoneNumberId": NUMBER,
            "phoneNumber": "+62 811 6000 123",
            "accessToken": TOKEN,
            "appSecret": SECRET,
            "verifyToken": VERIFY,
            **values,
        }
        self.provider.numbers.setdefault(body["phoneNumberId"], body["phoneNumber"])
        answer = await (client or self.melati).post(f"{API}/channels", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    async def deliver(
        self, body: Any, *, secret: str = SECRET, channel: int | None = None, **headers: Any
    ) -> httpx.Response:
        """Deliver a webhook body, signed with `secret`, and return the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        return await self.visitor.post(
            f"{API}/webhooks/whatsapp/{channel or self.channel}",
            content=raw,
            headers={
                "content-type": "application/json",
                "x-hub-signature-256": f"sha256={signed}",
                **headers,
            },
        )

    async def talk(self, *texts: str, wa_id: str = SARI) -> str:
        """Let a contact write these texts; return the session's id."""
        for number, text in enumerate(texts):
            answer = await self.deliver(webhook(text_message(f"wamid.{wa_id}-{text}-{number}", text, wa_id)))
            assert answer.status_code == 200, answer.text
        return (await self.sessions())[0]["id"]

    async def sessions(self, client: httpx.AsyncClient | None = None) -> list[dict[str, Any]]:
        """Return the sessions of `client` (melati), the one with the last message first."""
        return (await (client or self.melati).get(f"{API}/sessions")).json()["data"]

    async def messages(self, session_id: str) -> list[dict[str, Any]]:
        """Return the messages of a session of melati's."""
        return (await self.melati.get(f"{API}/messages/session/{session_id}")).json()["data"]

    async def health(self) -> dict[str, Any]:
        """Return the state of the channel."""
        return (await self.melati.get(f"{API}/channels/{self.channel}/state")).json()["data"]

    async def audited(self) -> list[dict[str, Any]]:
        """Return the audit log's entries about the channel, linked already or not yet."""
        rows = await self.services.db.fetch(
            """
            SELECT created_at, id, action, actor_id, before::text, after::text FROM audit.inbox
            WHERE target_kind = 'channel' AND created_at >= (SELECT min(created_at) FROM accounts)
            UNION SELECT created_at, id, action, actor_id, before::text, after::text FROM audit.entries
            WHERE target_kind = 'channel' AND created_at >= (SELECT min(created_at) FROM accounts)
            ORDER BY created_at
            """
        )
        return [dict(row) for row in rows]

    async def hurry(self) -> None:
        """End every backoff, of contacts and of channels."""
        await self.services.db.execute("UPDATE channel_contacts SET busy_until = now() WHERE run IS NULL")
        await self.services.db.execute("UPDATE job_queue SET run_at = now()")


def text_message(id_: str, text: str, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return a text as the provider delivers it, written now."""
    return {
        "from": wa_id,
        "id": id_,
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
        **more,
    }


def status_of(id_: str, status: str, wa_id: str = SARI, **more: Any) -> dict[str, Any]:
    """Return a status as the provider delivers it."""
    return {"id": id_, "status": status, "timestamp": "1760000001", "recipient_id": wa_id, **more}


def webhook(
    *messages: dict[str, Any],
    statuses: tuple[dict[str, Any], ...] = (),
    names: dict[str, str] | None = None,
    number: str = NUMBER,
) -> dict[str, Any]:
    """Return a webhook body as the provider sends it."""
    names = {SARI: "Ibu Sari", JOKO: "Pak Joko"} if names is None else names
    senders = dict.fromkeys(message["from"] for message in messages)
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "628116000123", "phone_number_id": number},
    }
    if messages:
        value["contacts"] = [{"profile": {"name": names.get(one, "")}, "wa_id": one} for one in senders]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


@pytest.fixture(scope="session")
async def wire_server(open_backend: OpenBackend) -> AsyncIterator[Wire]:
    """Provide the server itself; use `wire`."""
    provider = FakeProvider()
    async with LiveServer(provider) as live:
        provider.url = live.url
        async with open_backend(
            PRODUCT,
            Wire,
            whatsapp_base_url=f"{live.url}/v25.0",
            rate_limit_uploads="1000/hour",
            assistant_quiet_seconds=0,
        ) as wire:
            wire.provider = provider
            yield wire


@pytest.fixture
async def wire(wire_server: Wire) -> AsyncIterator[Wire]:
    """Provide an empty dealroom with two users, and a channel of melati's."""
    async with wire_server.for_test():
        wire_server.provider.reset()
        wire_server.channel = await wire_server.connect()
        wire_server.provider.asked.clear()
        wire_server.provider.tokens.clear()
        yield wire_server
