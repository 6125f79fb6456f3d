"""The description of socket events as tools need it: of every namespace, and only where there are sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from colonnade.kernel.access import Policy
from colonnade.kernel.core import Conflict, LoggedEvent, UnloggedEvent
from colonnade.kernel.http import SuccessEnvelope, describe_sockets, list_routes
from colonnade.kernel.http.events_page import page_values
from colonnade.kernel.http.services import Api
from colonnade.kernel.limits import Budget
from colonnade.kernel.realtime import Client, Joined, SocketLimits, SocketRoutes, SocketSetup
from colonnade.kernel.testing import lint_events

CLIENTS = Path(__file__).parents[2] / "clients"


class Occupied(Conflict):
    """Somebody else sits there."""

    code = "OCCUPIED"
    message = "This seat is taken."


class Seat(msgspec.Struct):
    """A seat at a table."""

    table_id: Annotated[int, Meta(ge=1)]
    neighbours: list[str] = []


class Seated(msgspec.Struct):
    """Who sits where; `table_id` is the table's."""

    seat: Seat
    name: str | None


MAIN, STUDIO = SocketRoutes(), SocketRoutes("/studio/one")


@MAIN.on("sit", spends="seats", raises=[Occupied])
async def sit(client: Client, data: Seat) -> Joined:
    """Take a seat; those of others are refused. Raise Occupied.

    The table is `table_id`.
    """
    raise Occupied


@MAIN.on("stand")
async def stand(client: Client) -> None:
    """Leave one's seat."""


@STUDIO.on("say")
async def say(client: Client, data: object) -> list[int]:
    """Say anything."""
    return []


SEATED = LoggedEvent("seated", Seated, to="the table", when="Somebody sits down.")
SEATED_STAFF = UnloggedEvent("seated", Seated, to="staff", when="Somebody sits down.")
RANG = UnloggedEvent("rang", str, to="everybody", when="The bell rings.")


def cafe(sockets: SocketSetup | None, *sends: Any) -> Api:
    return Api(
        name="cafe",
        title="Café",
        description="Tables.",
        envelope=SuccessEnvelope(),
        policy=Policy({}, {}),
        routes=[],
        budgets={"seats": Budget("seats", "3/minute")},
        sockets=sockets,
        sends=sends,
    )


CAFE = cafe(
    SocketSetup(routes=[MAIN, STUDIO], limits=SocketLimits(messages_per_minute=7)), SEATED, SEATED_STAFF, RANG
)


@pytest.mark.node
async def test_the_official_parser_reads_every_namespace(node: str, tmp_path: Path) -> None:
    assert await lint_events(describe_sockets(CAFE), CLIENTS, tmp_path) == []


def test_each_namespace_has_its_operations() -> None:
    document = describe_sockets(CAFE)
    assert {key: channel["address"] for key, channel in document["channels"].items()} == {
        "root": "/",
        "studio.one": "/studio/one",
    }
    sent = ["send.seated.the-table", "send.seated.staff", "send.rang", "send.error"]
    assert list(document["operations"]) == [
        *("receive.sit", "receive.stand", *sent),
        *(f"studio.one.{key}" for key in ("receive.say", *sent)),
    ]
    assert document["servers"]["socket-io"] == {
        "host": "localhost:3000",
        "pathname": "/socket.io",
        "protocol": "socketio",
        "protocolVersion": "5",
        "description": "Socket.IO 4 (Engine.IO protocol 4), over WebSocket or long polling.",
        "x-errors": [
            {
                "code": "TOO_MANY_SOCKETS",
                "message": "You are connected too many times. Close another window first.",
            }
        ],
    }
    assert document["x-limits"]["messagesPerMinute"] == 7


def test_an_operation_is_what_its_handler_says() -> None:
    document = describe_sockets(CAFE)
    sitting = document["operations"]["receive.sit"]
    assert sitting["summary"] == "Take a seat"
    assert sitting["description"] == (
        "Take a seat; those of others are refused.\n\nThe table is `table_id`.\n\n"
        "At most 3/minute per person, over all their sockets (`seats`)."
    )
    assert sitting["x-errors"] == [{"code": "OCCUPIED", "message": "This seat is taken."}]
    messages = document["channels"]["root"]["messages"]
    assert messages["receive.sit"]["payload"] == {"$ref": "#/components/schemas/Seat"}
    assert messages["acknowledge.sit"]["payload"] == {"$ref": "#/components/schemas/Joined"}
    assert messages["acknowledge.stand"]["payload"] == {"type": "null"}
    assert messages["send.rang"]["payload"] == {"type": "string"}
    studio = document["channels"]["studio.one"]["messages"]
    assert studio["receive.say"]["payload"] == {}
    assert studio["acknowledge.say"]["payload"] == {"type": "array", "items": {"type": "integer"}}


def test_the_page_names_nested_fields_and_what_they_may_be() -> None:
    values = page_values(describe_sockets(CAFE))
    seated = next(each for each in values["sent"] if each["name"] == "seated")
    assert seated["logged"]
    assert [(each["name"], each["kind"]) for each in seated["fields"]] == [
        ("seat", "object"),
        ("seat.table_id", "integer (≥ 1)"),
        ("seat.neighbours", "list of string"),
        ("name", "string or null"),
        ("seq", "integer (≥ 1)"),
    ]
    (sitting, *_) = values["received"]
    assert sitting["about"][1] == [(False, "The table is "), (True, "table_id"), (False, ".")]
    assert [namespace["name"] for namespace in values["namespaces"]] == ["/", "/studio/one"]
    assert [each["namespace"] for each in values["received"]] == ["/", "/", "/studio/one"]


def test_a_product_without_sockets_has_none_of_it() -> None:
    paths = {route.path for route in list_routes(cafe(None))}
    assert {"/api-docs", "/openapi.json"} <= paths
    assert not {"/api-docs/events", "/asyncapi.json"} & paths
    with pytest.raises(ValueError, match="cafe has no sockets"):
        describe_sockets(cafe(None))
