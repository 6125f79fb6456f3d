"""Signing up: the contract reveals that an account exists; neither text nor time reveals more about it."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import Any

import pytest
from tests.products.dealroom.conftest import room, room_server

__all__ = ["room", "room_server"]

pytestmark = pytest.mark.slow

SAMPLES = 400
TAKEN = {
    "username": "melati",
    "email": "melati@test.id",
    "phoneNumber": "+62 811 6000 101",
}


async def test_neither_text_nor_time_tells_what_is_taken(room: Any) -> None:
    numbers = itertools.count(1)
    seconds: dict[str, list[float]] = {field: [] for field in TAKEN}
    texts = set()
    for _ in range(SAMPLES):
        for field, value in TAKEN.items():
            number = next(numbers)
            body = {
                "username": f"orang{number}",
                "email": f"orang{number}@test.id",
                "phoneNumber": f"+62 812 {number:07}",
                "password": "kunci-rumah-kita-77",
                field: value,
            }
            room.services.limiter._meters.clear()
            began = time.perf_counter()
            answer = await room.visitor.post("/api/v1/users", json=body)
            seconds[field].append(time.perf_counter() - began)
            texts.add((answer.status_code, answer.json()["message"], answer.json()["code"]))
    assert texts == {(409, "User already exists", "USER_EXISTS")}
    medians = {field: statistics.median(values) * 1000 for field, values in seconds.items()}
    print({field: f"{value:.2f} ms" for field, value in medians.items()})
    assert max(medians.values()) - min(medians.values()) < 5
    assert await room.services.db.fetch_value("SELECT count(*) FROM accounts") == 3
