"""Compares what sockets were sent in a test with the description of the product's socket events (AsyncAPI)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft7Validator

from colonnade.kernel.http import describe_sockets
from colonnade.kernel.product import Product
from colonnade.kernel.testing import SocketClient


class Traffic:
    """The described events of one product, and the problems of what clients got."""

    def __init__(self, product: Product) -> None:
        self._document = describe_sockets(product)
        self._common = {error["code"] for error in self._document["x-errors"]}
        self._schemas = {"schemas": closed(copy.deepcopy(self._document["components"]["schemas"]))}
        self._sent: dict[str, list[Any]] = {}
        self._received: dict[str, Any] = {}
        for operation in self._document["operations"].values():
            if operation["action"] == "send":
                self._sent.setdefault(operation["title"], []).append(operation)
            else:
                self._received[operation["title"]] = operation

    def problems(self, clients: Iterable[SocketClient]) -> list[str]:
        """Return what is not as it is described."""
        return list(self._problems(clients))

    def _problems(self, clients: Iterable[SocketClient]) -> Iterator[str]:
        for client in clients:
            for event, data in client.got:
                found = [self._event(operation, data) for operation in self._sent.get(event, ())]
                if all(found):  # as none of the events of this name; or there is none
                    yield f"{event} is not described: {data} {found}"
            for event, data in client.acknowledged:
                if event in self._received:
                    yield from self._acknowledgement(event, data)

    def _event(self, operation: dict[str, Any], data: Any) -> list[str]:
        payload = self._payload(operation["messages"][0])
        if operation["x-logged"]:
            own, numbered = payload["allOf"]
            errors = self._errors(numbered, data)
            data = {name: value for name, value in data.items() if name != "seq"}
            return [*errors, *self._errors(own, data)]
        return self._errors(payload, data)

    def _acknowledgement(self, event: str, data: Any) -> Iterator[str]:
        operation = self._received[event]
        done, refused = operation["reply"]["messages"]
        if isinstance(data, dict) and "error" in data:
            codes = {error["code"] for error in operation["x-errors"]} | self._common
            if data["error"]["code"] not in codes:
                yield f"{event} is refused with {data['error']['code']}, which is not described"
            errors = self._errors(self._payload(refused), data)
        else:
            errors = self._errors(self._payload(done), data)
        yield from (f"the acknowledgement of {event}: {error}" for error in errors)

    def _payload(self, reference: dict[str, str]) -> dict[str, Any]:
        found: Any = self._document
        for part in reference["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        payload: dict[str, Any] = found["payload"]
        return payload

    def _errors(self, schema: dict[str, Any], data: Any) -> list[str]:
        whole = {"allOf": [schema], "components": self._schemas}
        validator = Draft7Validator(whole, format_checker=Draft7Validator.FORMAT_CHECKER)
        return [error.message for error in validator.iter_errors(data)]


def closed(schema: Any) -> Any:
    """Return a schema whose objects have no other fields than those that it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if isinstance(inner.get("properties"), dict) and inner.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner
