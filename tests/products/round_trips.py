"""The updates of a product that have a GET at their address, and objects for each, found by its API description.

`find_pairs` lists them; `Explorer` calls every GET that it can fill in, and has what is missing made by the examples of
POST. `snapshot` is everything that a request may leave behind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import httpx

from colonnade.kernel.db import Database

UPDATES = ("put", "patch")
NOT_COMPARED = {"account_sessions"}
"""Has when a session was last seen, which every request may move."""
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Pair:
    """An address with GET and an update: its template, the update's method, the names of the two shapes."""

    path: str
    method: str
    shown: str
    body: str

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def _name(reference: Any) -> str | None:
    return (
        reference["$ref"].rpartition("/")[2] if isinstance(reference, dict) and "$ref" in reference else None
    )


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _json(content: Any) -> Any:
    return content.get("content", {}).get("application/json", {})


def data_of(api: dict[str, Any], operation: Any, status: str = "200") -> Any:
    """Return the schema of the data that an operation answers, or None."""
    envelope = _name(_json(operation["responses"].get(status, {})).get("schema"))
    return api["components"]["schemas"][envelope]["properties"].get("data") if envelope else None


def find_pairs(api: dict[str, Any]) -> list[Pair]:
    """Return every update with JSON beside a GET of one object, in the order of the description."""
    found = []
    for path, operations in api["paths"].items():
        shown = _name(data_of(api, operations["get"])) if "get" in operations else None
        for method in UPDATES:
            body = _name(_json(operations.get(method, {}).get("requestBody", {})).get("schema"))
            if shown and body:
                found.append(Pair(path, method, shown, body))
    return found


def fields_of(api: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the properties of a shape."""
    properties: dict[str, Any] = api["components"]["schemas"][name].get("properties", {})
    return properties


class Explorer:
    """Knows the values of the parameters in the API's paths, as far as `client` may see the objects."""

    def __init__(self, api: dict[str, Any], client: httpx.AsyncClient, pairs: list[Pair]) -> None:
        self._api = api
        self._client = client
        self._lists = {pair.path.rpartition("/")[0]: pair.shown for pair in pairs if pair.path.endswith("}")}
        keys = {pair.shown: _PARAMETER.findall(pair.path) for pair in pairs if pair.path.endswith("}")}
        self._keys = {shown: names[-1] for shown, names in keys.items() if names}
        self.values: dict[str, list[Any]] = defaultdict(list)
        self._items: dict[str, list[Any]] = defaultdict(list)
        self._read_before: set[str] = set()
        self._parts: dict[str, list[str]] = defaultdict(list)

    async def look(self) -> None:
        """Call every GET whose parameters are known, until nothing new is found."""
        before = -1
        while before != (before := sum(len(values) for values in self.values.values())):
            for path, operations in self._api["paths"].items():
                if "get" in operations and "/auth/" not in path:
                    await self._read(path, operations["get"])

    async def _read(self, path: str, operation: Any) -> None:
        schema = data_of(self._api, operation)
        one = _name(schema)
        if schema is None:
            return
        for address in self.addresses(path):
            if address in self._read_before:
                continue
            self._read_before.add(address)
            answer = await self._client.get(address)
            if answer.status_code == 200 and "json" in answer.headers["content-type"]:
                data = answer.json()["data"]
                if not path.endswith("}"):
                    self._parts[path].append(address)
                kind = one or self._lists.get(path) or _name(schema.get("items"))
                for item in data if isinstance(data, list) else [data]:
                    self._learn(kind, item)

    def _learn(self, kind: str | None, item: Any) -> None:
        parameter = self._keys.get(kind or "")
        if parameter is not None:
            value = item.get(parameter, item.get("id"))
            if value is not None and value not in self.values[parameter]:
                self.values[parameter].append(value)
            self._items[kind or ""].append(item)
        for name, schema in fields_of(self._api, kind).items() if kind else ():
            for inner in (item.get(name) or ()) if "items" in schema else ():
                if isinstance(inner, dict):
                    self._learn(_name(schema["items"]), inner)

    def addresses(self, path: str) -> list[str]:
        """Return the addresses of a template, as far as the values of its parameters are known."""
        names = _PARAMETER.findall(path)
        if not names:
            return [path]
        if len(names) > 1:
            return []
        return [path.replace("{" + names[0] + "}", str(value)) for value in self.values[names[0]]]

    def objects_of(self, pair: Pair) -> list[str]:
        """Return the addresses of the objects of a pair, as far as they are known."""
        names = _PARAMETER.findall(pair.path)
        if names and not pair.path.endswith("}"):  # a part of the object, such as a channel's rules
            return self._parts[pair.path]
        found = [pair.path] if not names else []
        for item in self._items[pair.shown] if names else ():
            values = {name: item.get(name, item.get(_camel(name))) for name in names}
            values[names[-1]] = values[names[-1]] or item["id"]
            found.append(_PARAMETER.sub(lambda match: str(values[match[1]]), pair.path))  # noqa: B023
        return list(dict.fromkeys(found))

    async def make(self, pair: Pair, **values: Any) -> None:
        """Make an object of the pair by the example of the POST beside it."""
        operation = self._api["paths"][pair.path.rpartition("/")[0]]["post"]
        example = {**_json(operation["requestBody"])["example"], **values}
        answer = await self._client.post(pair.path.rpartition("/")[0], json=example)
        assert answer.status_code == 201, answer.text
        self._learn(pair.shown, answer.json()["data"])


async def snapshot(db: Database) -> dict[str, list[Any]]:
    """Return every row of every table, with the transaction that wrote it."""
    tables = await db.fetch(
        """
        SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> ALL($1::text[]) ORDER BY 1
        """,
        sorted(NOT_COMPARED),
    )
    found = {}
    for table in tables:
        rows = await db.fetch(f"SELECT xmin::text, t::text FROM {table['name']} t ORDER BY 2")
        if rows:
            found[table["name"]] = [tuple(row) for row in rows]
    return found
