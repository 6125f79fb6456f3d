"""Mail servers for the tests: SMTP that keeps its mails, and HTTP that implements Resend's API."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiosmtpd.controller import Controller

from colonnade.kernel.db import Database

TABLES = files("colonnade.kernel.db").joinpath("migrations/0021_mail.sql").read_text()


@pytest.fixture
async def db(fresh_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Database]:
    address = await fresh_database()
    connection = await asyncpg.connect(address)
    await connection.execute(TABLES)
    await connection.close()
    database = Database(address)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a package that contains the folder `mails` of these tests."""
    root = tmp_path_factory.mktemp("templates")
    name = "mail_test_templates"
    shutil.copytree(Path(__file__).with_name("mails"), root / name / "mails")
    (root / name / "__init__.py").touch()
    sys.path.insert(0, str(root))
    yield name
    sys.path.remove(str(root))
    sys.modules.pop(name, None)


@dataclass
class Inbox:
    """An aiosmtpd handler. `answers` are given to RCPT or DATA, one per mail, before mails are accepted."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    rcpt_answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.rcpt_answers:
            return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answers:
            return self.data_answers.pop(0)
        self.raw.append(envelope.content)
        message = message_from_bytes(envelope.content, policy=default_policy)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.secure.append(session.ssl is not None)
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def start_smtp(inbox: Inbox, **options: Any) -> tuple[Controller, int]:
    """Start an SMTP server on a free port."""
    controller = Controller(inbox, hostname="127.0.0.1", port=0, **options)
    # The controller connects to its own port to see that it is up, so it has to know which one that is.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    return controller, controller.port


@pytest.fixture
def smtp_port(inbox: Inbox) -> Iterator[int]:
    controller, port = start_smtp(inbox, enable_SMTPUTF8=True)
    yield port
    controller.stop()


@dataclass
class FakeResend:
    """`POST /emails` as Resend answers it, idempotency keys included; `connections` counts all there ever were."""

    url: str = ""
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has closed a connection."""
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: list[tuple[int, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                await self._serve(reader, writer)
        self.left.set()
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        status, more, answer = self._answer(head[0], headers, body)
        content = json.dumps(answer).encode()
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + content)
        await writer.drain()

    def _answer(
        self, request: str, headers: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        assert request == "POST /emails HTTP/1.1"
        self.requests.append((headers, body))
        if self.answers:
            return self.answers.pop(0)
        if headers["authorization"] != "Bearer re_test":
            return 403, {}, {"statusCode": 403, "name": "invalid_api_key", "message": "API key is invalid"}
        key = headers["idempotency-key"]
        if self.sent.setdefault(key, body) != body:
            return 409, {}, {"statusCode": 409, "name": "invalid_idempotent_request", "message": "x"}
        return 200, {}, {"id": key}


@pytest.fixture
async def resend() -> AsyncIterator[FakeResend]:
    fake = FakeResend()
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield fake
    server.close()
    await server.wait_closed()
