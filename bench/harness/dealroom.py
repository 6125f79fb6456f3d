"""The `dealroom` scenarios: writing a message, and polling for what is new, as the signed-in owners of 2,000 sessions.

Before anything is timed each server must answer correctly; afterwards the record that all of them wrote together must
be intact: numbers without gaps and one unbroken chain of hashes per session, by our own integrity check.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from data.chats import TURNS, Chat, chats, texts
from data.generate import SEED
from harness import load, settings
from harness.scenarios import WrongAnswer
from harness.sessions import sign_in
from harness.wanted import OURS, PEER, PEER_TUNED, Target

MESSAGES = "/api/v1/messages"
PAGE = 50
FIELDS = {
    "id", "sessionId", "seq", "sender", "senderName", "phoneNumber", "phoneNumberTyped", "type", "content", "mediaUrl",
    "mediaMimeType", "fileName", "fileSizeBytes", "replyToId", "clientMessageId", "providerMessageId", "status",
    "version", "createdAt", "editedAt", "deletedAt",
}  # fmt: skip
_LINES = 12_000


@dataclass(frozen=True, slots=True)
class Owners:
    """The chats of a loaded database with an access token of each owner. `ids` has, by chat and number, message ids."""

    dsn: str
    chats: list[Chat]
    tokens: Mapping[int, str]
    ids: Mapping[tuple[str, int], int]

    def headers(self, chat: Chat) -> dict[str, str]:
        """Return the headers with which the owner of `chat` is signed in."""
        return {"Authorization": f"Bearer {self.tokens[chat.owner_id]}"}


@dataclass(frozen=True, slots=True)
class SignedLoad:
    """Random lines of a file, see load.signed."""

    lines: Path

    async def prepare(self) -> None:
        """Do nothing: all rounds use the same lines."""

    def run(self, base_url: str, seconds: float) -> load.LoadResult:
        """Send requests for `seconds`."""
        return load.signed(base_url, self.lines, seconds)


@dataclass(frozen=True, slots=True)
class DealroomScenario:
    """One kind of request, as lines of token, path and body; without `targets` it is only reported."""

    name: str
    title: str
    lines: Callable[[Owners], list[str]]
    targets: tuple[Target, ...] = (Target(PEER, 5.0), Target(PEER_TUNED, 4.0))
    others: tuple[str, ...] = (PEER, PEER_TUNED)

    def load(self, owners: Owners) -> SignedLoad:
        """Write the requests to a file for wrk."""
        file = settings.HOME / f"{self.name}.lines"
        file.write_text("\n".join(self.lines(owners)) + "\n")
        return SignedLoad(file)


async def prepare_owners(dsn: str) -> Owners:
    """Sign every owner in; the database must be loaded."""
    found = chats()
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT session_id::text, seq, id FROM messages")
    finally:
        await connection.close()
    tokens = await sign_in(dsn, "dealroom", "user", {chat.owner_id for chat in found})
    return Owners(dsn, found, tokens, {(row["session_id"], row["seq"]): row["id"] for row in rows})


def _create(owners: Owners, wanted: list[Chat]) -> list[str]:
    rng, said = random.Random(SEED), texts()
    lines = []
    for number in range(_LINES):
        chat = wanted[number % len(wanted)]
        body = {
            "sessionId": str(chat.id),
            "sender": rng.choice(("customer", "assistant")),
            "content": rng.choice(said),
        }
        lines.append(f"{owners.tokens[chat.owner_id]}\t{MESSAGES}\t{json.dumps(body, ensure_ascii=False)}")
    return lines


def _batch_path(owners: Owners, chat: Chat, last_seq: int) -> str:
    last = owners.ids[str(chat.id), last_seq] if last_seq else 0
    return f"{MESSAGES}/batch/{chat.id}?lastMessageId={last}&limit={PAGE}"


def _batch(owners: Owners) -> list[str]:
    rng = random.Random(SEED)
    return [
        f"{owners.tokens[chat.owner_id]}\t{_batch_path(owners, chat, rng.randint(0, TURNS - PAGE))}"
        for chat in owners.chats
        for _ in range(_LINES // len(owners.chats))
    ]


DEALROOM_SCENARIOS: tuple[DealroomScenario, ...] = (
    DealroomScenario(
        name="batch-poll",
        title="batch poll (50 messages of a random session after a random one)",
        lines=_batch,
    ),
    DealroomScenario(
        name="message-create",
        title="message create (into random ones of 2,000 sessions)",
        lines=lambda owners: _create(owners, owners.chats),
    ),
    DealroomScenario(
        name="message-create-one",
        title="message create, all into one session",
        lines=lambda owners: _create(owners, owners.chats[:1]),
        targets=(),
    ),
)


async def verify(owners: Owners, bases: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Check every server by itself, and compare; return `verified` of each scenario. Raises WrongAnswer."""
    pages: dict[str, Any] = {}
    batch_bytes, message_bytes = {}, {}
    for name, base in bases.items():
        async with httpx.AsyncClient(base_url=base, timeout=60.0) as client:
            batch_bytes[name], pages[name] = await _check_batch(owners, name, client)
            message_bytes[name] = await _check_create(owners, name, client)
    if len({repr(page) for page in pages.values()}) > 1:
        raise WrongAnswer(f"the servers disagree about a batch: {pages}")
    created = {"body_bytes": message_bytes, "probes": 1}
    return {
        "batch-poll": {"body_bytes": batch_bytes, "probes": 1},
        "message-create": created,
        "message-create-one": created,
    }


async def verify_record(owners: Owners, base: str) -> dict[str, int]:
    """Verify every tenth session, among them the one that all wrote into; return the counts. Raises WrongAnswer."""
    total, checked = 0, owners.chats[::10]
    async with httpx.AsyncClient(base_url=base, timeout=60.0) as client:
        for chat in checked:
            path = f"/api/v1/sessions/{chat.id}/integrity"
            found = (await client.get(path, headers=owners.headers(chat))).json()["data"]
            _equal(OURS, f"integrity of {chat.id}", (found["intact"], found["gaps"]), (True, 0))
            total += found["count"]
    return {"checked_sessions": len(checked), "checked_messages": total}


async def _check_batch(owners: Owners, name: str, client: httpx.AsyncClient) -> tuple[int, Any]:
    """Check a page after message 20 of a session: in order, for its owner alone."""
    chat, other = owners.chats[7], owners.chats[8]
    path = _batch_path(owners, chat, 20)
    answer = await client.get(path, headers=owners.headers(chat))
    _equal(name, "status of a batch", answer.status_code, 200)
    body = answer.json()
    _equal(name, "numbers of a batch", [item["seq"] for item in body["data"]], list(range(21, 71)))
    _equal(name, "results and fields", (body["results"], set(body["data"][0])), (PAGE, FIELDS))
    _equal(name, "another's batch", (await client.get(path, headers=owners.headers(other))).status_code, 404)
    _equal(name, "an anonymous batch", (await client.get(path)).status_code, 401)
    comparable = [{key: item[key] for key in FIELDS - {"createdAt"}} for item in body["data"]]
    return len(answer.content), [sorted(item.items()) for item in comparable]


async def _check_create(owners: Owners, name: str, client: httpx.AsyncClient) -> int:
    """Check that a message gets the next number and reaches the room's log, and that a closed session takes none."""
    chat, other = owners.chats[9], owners.chats[10]
    body = {"sessionId": str(chat.id), "sender": "customer", "content": 'Halo "Bu",\n41 ada? ✓'}
    connection = await asyncpg.connect(owners.dsn)
    try:
        before = await connection.fetchval("SELECT last_seq FROM chat_sessions WHERE id = $1", chat.id)
        answer = await client.post(MESSAGES, json=body, headers=owners.headers(chat))
        _equal(name, "status of a message", answer.status_code, 201)
        message = answer.json()["data"]
        _equal(name, "fields", set(message), FIELDS)
        _equal(name, "number and text", (message["seq"], message["content"]), (before + 1, body["content"]))
        logged = await connection.fetchval(
            "SELECT e.data::text FROM realtime_events e JOIN realtime_rooms r USING (room, seq) WHERE room = $1",
            f"chat:{chat.id}",
        )
        _equal(name, "logged", json.loads(logged), {"message": message})
        refused = await client.post(MESSAGES, json=body, headers=owners.headers(other))
        _equal(name, "message into another's", refused.status_code, 404)
        _equal(name, "anonymous message", (await client.post(MESSAGES, json=body)).status_code, 401)
        empty = await client.post(MESSAGES, json=body | {"content": ""}, headers=owners.headers(chat))
        _equal(name, "empty message", empty.status_code, 422)
        await connection.execute("UPDATE chat_sessions SET status = 'closed' WHERE id = $1", chat.id)
        closed = await client.post(MESSAGES, json=body, headers=owners.headers(chat))
        _equal(name, "message into a closed session", closed.status_code, 409)
        await connection.execute("UPDATE chat_sessions SET status = 'active' WHERE id = $1", chat.id)
        after = await connection.fetchval("SELECT last_seq FROM chat_sessions WHERE id = $1", chat.id)
        _equal(name, "messages written", after - before, 1)
    finally:
        await connection.close()
    return len(answer.content)


def _equal(name: str, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise WrongAnswer(f"{name}: {what} is {found!r}, wanted {wanted!r}")
