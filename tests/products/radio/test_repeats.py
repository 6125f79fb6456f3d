"""Repeats with an `Idempotency-Key`: one effect, one answer, and one unit of the route's limit."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

LIMIT = 5
PRAYER = {"content": "Mohon doakan ibu saya yang sedang sakit."}
TESTIMONIAL = {"name": "Ibu Lestari", "content": "Siaran doa malam menguatkan kami."}


@pytest.fixture
async def radio(radio: Any) -> Any:
    """Provide the station with an open tier of partnership."""
    await radio.services.db.execute(
        "INSERT INTO membership_tiers (code, position, name, description, benefits, monthly_minimum_rupiah, is_open) "
        "VALUES ('mitra', 1, 'Mitra Pelayanan', 'Bersama kami', ARRAY['Kunjungan studio'], 250000, true)"
    )
    return radio


def partner(number: int) -> dict[str, str]:
    return {
        "contact_person": "Ruth Siregar",
        "email": f"ruth{number}@gereja.id",
        "phone": "+62 812-5550-1101",
        "partnership_type": "mitra",
    }


def body(path: str, number: int) -> dict[str, str]:
    """Return the body of request `number` to `path`."""
    bodies = {
        "/services/prayer": PRAYER,
        "/testimonials": TESTIMONIAL,
        "/membership/register": partner(number),
    }
    return bodies[path]


async def send(client: httpx.AsyncClient, path: str, number: int) -> httpx.Response:
    return await client.post(path, json=body(path, number), headers={"Idempotency-Key": f"request-{number}"})


@pytest.mark.parametrize("path", ["/services/prayer", "/testimonials", "/membership/register"])
async def test_repeats_take_nothing_from_the_limit(radio: Any, path: str) -> None:
    client = await radio.http()
    # Whoever has a device is counted by it from the first request on.
    song = {"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari"}
    assert (await client.post("/services/song_request", json=song)).status_code == 201
    together = await asyncio.gather(*(send(client, path, 0) for _ in range(4 * LIMIT)))
    assert {answer.status_code for answer in together} <= {201, 409}
    (first,) = [a for a in together if a.status_code == 201 and "idempotent-replayed" not in a.headers]
    for _ in range(2 * LIMIT):
        again = await send(client, path, 0)
        assert (again.status_code, again.content) == (201, first.content)

    for number in range(1, LIMIT):
        answer = await send(client, path, number)
        assert answer.status_code == 201, answer.text
        assert f"r={LIMIT - number - 1}" in answer.headers["ratelimit"].split(", ")[1]
    for number in (LIMIT, LIMIT + 1):
        refused = await send(client, path, number)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert (await client.post(path, json=body(path, LIMIT))).status_code == 429
    # The limit is spent, and what succeeded is still answered.
    again = await send(client, path, 0)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_fails_under_a_key_takes_from_the_limit(radio: Any) -> None:
    """Otherwise a key would be a way round it, to ask which addresses are registered, say."""
    client = await radio.http()
    headers = {"Idempotency-Key": "mine"}
    assert (await client.post("/membership/register", json=partner(1))).status_code == 201
    answers = [
        await client.post("/membership/register", json=partner(1), headers=headers) for _ in range(LIMIT)
    ]
    assert [answer.status_code for answer in answers] == [409] * (LIMIT - 1) + [429]
