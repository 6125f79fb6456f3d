"""Every event that a product sends to sockets is listed by the slice whose module declares it, and described."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.products.test_layout import NAMES, declared_in
from tests.products.traffic import Traffic

from colonnade.app.catalog import load_product
from colonnade.kernel.core import SentEvent


@pytest.mark.parametrize("product", NAMES)
def test_every_declared_event_is_listed_by_its_slice(product: str) -> None:
    for each in load_product(product).slices:
        assert declared_in(product, each.name, SentEvent) == set(each.sends), each.name


UUID = "7d9f2c1e-4b7a-4e0f-9d57-0a6d2f7c1b34"


@pytest.mark.parametrize(
    ("event", "data", "described"),
    [
        ("typing", {"sessionId": UUID, "who": "human", "active": True}, True),
        ("typing", {"sessionId": UUID, "who": "nobody", "active": True}, False),
        ("typing", {"sessionId": 7, "who": "human", "active": True}, False),
        ("typing", {"sessionId": UUID, "who": "human"}, False),
        ("typing", {"sessionId": UUID, "who": "human", "active": True, "more": 1}, False),
        ("read", {"readSeq": 3, "seq": 1}, True),
        ("read", {"readSeq": 3}, False),
        ("read", {"readSeq": 3, "seq": 0}, False),
        ("error", {"message": "No.", "code": "NO", "details": {"why": 1}}, True),
        ("ghost", {}, False),
    ],
)
def test_traffic_that_is_not_described_is_found(event: str, data: Any, described: bool) -> None:
    client: Any = SimpleNamespace(got=[(event, data)], acknowledged=[])
    assert (Traffic(load_product("dealroom")).problems([client]) == []) is described


@pytest.mark.parametrize(
    ("answer", "described"),
    [
        ({"readSeq": 3}, True),
        ({"readSeq": "3"}, False),
        (None, False),
        ({"error": {"message": "Session not found", "code": "SESSION_NOT_FOUND"}}, True),
        ({"error": {"message": "Too many", "code": "RATE_LIMIT_EXCEEDED"}}, True),
        ({"error": {"message": "No.", "code": "NO"}}, False),
    ],
)
def test_acknowledgements_that_are_not_described_are_found(answer: Any, described: bool) -> None:
    client: Any = SimpleNamespace(got=[], acknowledged=[("read", answer)])
    assert (Traffic(load_product("dealroom")).problems([client]) == []) is described
