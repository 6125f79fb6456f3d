"""The description of the socket events and its page: valid, complete, and where the product is mounted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.app.compose import RunningProduct
from colonnade.app.site import Site
from colonnade.kernel.http import describe_sockets
from colonnade.kernel.testing import NO_TLS, LiveServer, lint_events, run_command, strange_event_sentences
from colonnade.products.radio.product import PRODUCT

CLIENTS = Path(__file__).parents[2] / "clients"
CONTRACT_RECEIVED = {"join-room", "send-message", "leave-room"}
CONTRACT_SENT = {
    *("user-joined", "new-message", "message-moderated", "user-left", "error"),
    *("new-song-request", "request-approved", "request-rejected"),
}


@pytest.fixture
async def document(radio: Any) -> Any:
    """Return the description as clients get it."""
    answer = await (await radio.http()).get("/asyncapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def names(document: Any, action: str) -> list[str]:
    return [each["title"] for each in document["operations"].values() if each["action"] == action]


@pytest.mark.node
async def test_the_official_parser_has_nothing_to_say(document: Any, node: str, tmp_path: Path) -> None:
    assert await lint_events(document, CLIENTS, tmp_path) == []
    broken = {**document, "operations": {"receive.x": {"action": "take", "channel": {"$ref": "#/nowhere"}}}}
    assert await lint_events(broken, CLIENTS, tmp_path) != []


def test_every_event_is_in_it(document: Any) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert set(names(document, "receive")) == CONTRACT_RECEIVED
    sent = names(document, "send")
    assert set(sent) > CONTRACT_SENT
    assert sorted(sent) == sorted([*(event.name for event in PRODUCT.sends), "error"])


def test_the_payloads_of_the_contract(document: Any) -> None:
    schemas = document["components"]["schemas"]
    kinds = {
        ("GuestName", "username"): "string",
        ("GuestName", "timestamp"): "string",
        ("MessageModerated", "messageId"): "string",
        ("RequestApproved", "requestId"): "string",
        ("RequestApproved", "approvedBy"): "string",
        ("RequestRejected", "reason"): "string",
        ("SocketError", "message"): "string",
        ("SocketError", "code"): "string",
    }
    assert {key: schemas[key[0]]["properties"][key[1]]["type"] for key in kinds} == kinds
    messages = document["channels"]["root"]["messages"]
    logged, waiting = (
        messages[f"send.new-message.{to}"]["payload"] for to in ("everybody-in-the-room", "moderators")
    )
    assert logged["allOf"][0] == waiting == {"$ref": "#/components/schemas/ChatMessage"}
    assert logged["allOf"][1]["required"] == ["seq"]


def test_an_operation_says_everything(document: Any) -> None:
    joining = document["operations"]["receive.join-room"]
    assert joining["summary"] == "Enter the room after replaying the messages since `after`"
    assert "Raise" not in joining["description"]
    assert joining["x-budget"] == {"name": "chat-joins", "quota": "30/minute", "per": "person"}
    assert [error["code"] for error in joining["x-errors"]] == ["NOT_FOUND", "NOT_YOUR_SESSION"]
    assert [each["$ref"].rpartition("/")[2] for each in joining["reply"]["messages"]] == [
        "acknowledge.join-room",
        "refused",
    ]
    leaving = document["operations"]["send.user-left"]
    assert (leaving["x-to"], leaving["x-logged"]) == ("everybody in the room", False)
    assert document["x-limits"]["messagesPerMinute"] == 300
    assert document["x-limits"]["socketsPerPersonAndProcess"] == 10


async def test_it_knows_where_it_is_mounted(radio: Any) -> None:
    visitor = await radio.http()
    servers = (await visitor.get("/asyncapi.json")).json()["servers"]
    assert {(each["host"], each["pathname"]) for each in servers.values()} == {
        (radio.url.removeprefix("http://"), "/socket.io"),
        (radio.url.removeprefix("http://"), "/livechat/ws"),
    }
    assert "SESSION_BLOCKED" in [error["code"] for error in servers["socket-io"]["x-errors"]]
    odd = await visitor.get("/asyncapi.json", headers={"Host": "a<b"})
    assert odd.status_code == 400 or odd.json()["servers"]["socket-io"]["host"] == "localhost:3000"
    running = RunningProduct(radio.services, with_worker=False)
    async with (
        LiveServer(Site([running], single=False, show_logins=False, grace_seconds=1)) as server,
        httpx.AsyncClient(base_url=server.url, verify=NO_TLS) as gateway,
    ):
        below = (await gateway.get("/radio/asyncapi.json")).json()["servers"]["socket-io"]
        page = (await gateway.get("/radio/api-docs/events")).text
    assert below["pathname"] == "/radio/socket.io"
    assert 'href="/radio/asyncapi.json"' in page
    assert 'href="/radio/api-docs"' in page


def test_the_command_prints_what_the_server_serves(document: Any) -> None:
    printed = json.loads(json.dumps(describe_sockets(PRODUCT)))
    assert {**printed, "servers": document["servers"]} == document


async def test_the_page_shows_every_event_without_any_script(radio: Any, document: Any) -> None:
    visitor = await radio.http()
    page = await visitor.get("/api-docs/events")
    assert page.headers["content-type"].startswith("text/html")
    for name in {*names(document, "receive"), *names(document, "send")}:
        assert f"<h2><code>{name}</code></h2>" in page.text
    assert "RATE_LIMIT_EXCEEDED" in page.text
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    docs = (await visitor.get("/api-docs")).text
    assert '<a href="/api-docs/events">Socket events</a>' in docs
    assert '<a href="/asyncapi.json">AsyncAPI</a>' in docs


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/asyncapi.json", "/api-docs/events", "/api-docs/assets/swagger-ui-bundle.js"]
)
async def test_descriptions_are_sent_compressed_or_not_at_all_to_who_has_them(radio: Any, path: str) -> None:
    visitor = await radio.http()
    plain = await visitor.get(path, headers={"Accept-Encoding": "identity"})
    zipped = await visitor.get(path, headers={"Accept-Encoding": "gzip"})
    tag = plain.headers["etag"]
    assert "content-encoding" not in plain.headers
    assert (zipped.headers["content-encoding"], zipped.headers["etag"]) == ("gzip", f"W/{tag}")
    assert int(zipped.headers["content-length"]) < len(plain.content) / 3
    assert zipped.content == plain.content
    for asked in (tag, f"W/{tag}"):
        for encoding in ("gzip", "identity"):
            headers = {"If-None-Match": asked, "Accept-Encoding": encoding}
            again = await visitor.get(path, headers=headers)
            if plain.headers["cache-control"] == "no-store":
                assert (again.status_code, again.content) == (200, plain.content)
                continue
            assert (again.status_code, again.content) == (304, b"")
            assert "content-encoding" not in again.headers


@pytest.mark.browser
@pytest.mark.node
async def test_the_page_fits_a_telephone_by_day_and_by_night(radio: Any, node: str, chromium: str) -> None:
    url = f"{radio.url}/api-docs/events"
    code, out, err = await run_command("node", "pages.js", chromium, url, folder=CLIENTS)
    assert code == 0, err
    looks = json.loads(out)
    assert [(look["width"], look["colorScheme"]) for look in looks] == [
        (width, scheme) for width in (360, 1280) for scheme in ("light", "dark")
    ]
    for look in looks:
        assert look["sideways"] == 0, look
        assert (look["title"], look["language"]) == ("El Shaddai FM: socket events", "en")
        assert (look["failed"], look["complaints"]) == ([], []), look
        dark = look["colorScheme"] == "dark"
        assert (look["paper"] > 200, look["ink"] > 200) == (not dark, dark), look


async def test_every_refusal_is_in_a_known_form(radio: Any, document: Any) -> None:
    visitor = await radio.http()
    session = (await visitor.post("/livechat/session", json={"name": "Ibu Lestari"})).json()["data"]
    client = await radio.socket(session["token"])

    async def before() -> None:
        radio.forget_limits()

    found = await strange_event_sentences(client.call, document, known=re.compile("x"), before=before)
    assert "\n".join(sorted(found)) == ""
    assert (await client.call("send-message", {"message": " "}))["error"]["details"] == {
        "message": "Message must not be blank"
    }
