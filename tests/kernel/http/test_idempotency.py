"""`Idempotency-Key`: repeating a POST is safe."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.db import erase_all_kept, erase_kept


async def test_the_stored_answer_is_replayed(lab):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    first = await client.post("/once", json={"name": "chair"}, headers=key)
    assert first.status_code == 201
    assert "idempotent-replayed" not in first.headers
    again = await client.post("/once", json={"name": "chair"}, headers=key)
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await lab.names() == ["chair"]


async def test_without_a_key_it_is_a_plain_post(lab):
    client = await lab.http()
    for _ in range(2):
        assert (await client.post("/once", json={"name": "chair"})).status_code == 201
    assert await lab.names() == ["chair", "chair"]


async def test_another_body_under_the_same_key_is_422(lab, failure):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    await client.post("/once", json={"name": "chair"}, headers=key)
    answer = await client.post("/once", json={"name": "table"}, headers=key)
    failure(answer, 422, "IDEMPOTENCY_KEY_REUSED")
    assert await lab.names() == ["chair"]


async def test_a_key_in_flight_is_409(lab, failure):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    running = asyncio.create_task(client.post("/once?wait=true", json={"name": "chair"}, headers=key))
    await lab.gate.reached.acquire()
    answer = await client.post("/once?wait=true", json={"name": "chair"}, headers=key)
    failure(answer, 409, "IDEMPOTENCY_KEY_IN_FLIGHT")
    lab.gate.open.set()
    assert (await running).status_code == 201
    again = await client.post("/once?wait=true", json={"name": "chair"}, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == (await running).json()
    assert await lab.names() == ["chair"]


async def test_twenty_at_once_have_one_effect(lab):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(
        *(client.post("/once", json={"name": "chair"}, headers=key) for _ in range(20))
    )
    assert await lab.names() == ["chair"]
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in done) == 1


async def test_a_failure_leaves_no_key(lab, failure):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    for _ in range(2):
        answer = await client.post("/once", json={"name": "conflict"}, headers=key)
        failure(answer, 409, "CONFLICT")
        assert "idempotent-replayed" not in answer.headers
    assert await lab.names() == []
    assert await lab.services.db.fetch_value("SELECT count(*) FROM idempotency_keys") == 0
    assert (await client.post("/once", json={"name": "chair"}, headers=key)).status_code == 201


async def test_an_answer_that_was_erased_is_not_given_again_and_nothing_is_made_again(lab, failure):
    client = await lab.http("admin")
    answers = [
        await client.post("/once", json={"name": name}, headers={"Idempotency-Key": name})
        for name in ("chair", "table")
    ]
    db = lab.services.db
    owner = await db.fetch_value("SELECT DISTINCT account_id FROM idempotency_keys")
    await erase_kept(db, owner + 1, ["chair"])
    await erase_kept(db, owner, ['"name":"chair"', "no such text"])
    erased = await client.post("/once", json={"name": "chair"}, headers={"Idempotency-Key": "chair"})
    failure(erased, 409, "IDEMPOTENCY_KEY_ERASED")
    kept = await client.post("/once", json={"name": "table"}, headers={"Idempotency-Key": "table"})
    assert kept.content == answers[1].content
    assert await lab.names() == ["chair", "table"]
    assert b"chair" not in await db.fetch_value(
        "SELECT string_agg(body || fingerprint, '') FROM idempotency_keys"
    )
    await erase_all_kept(db, owner)
    assert await db.fetch_value("SELECT count(*) FROM idempotency_keys") == 0


async def test_invalid_input_leaves_no_key(lab, failure):
    client = await lab.http()
    key = {"Idempotency-Key": "order-1"}
    failure(await client.post("/once", json={"name": "x"}, headers=key), 422, "VALIDATION_ERROR")
    assert (await client.post("/once", json={"name": "chair"}, headers=key)).status_code == 201


async def test_keys_of_others_are_their_own(lab):
    key = {"Idempotency-Key": "order-1"}
    for client in (await lab.http(), await lab.http("admin"), await lab.http("admin")):
        answer = await client.post("/once", json={"name": "chair"}, headers=key)
        assert answer.status_code == 201
        assert "idempotent-replayed" not in answer.headers
    assert await lab.names() == ["chair"] * 3


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
async def test_a_key_that_is_none_is_refused(lab, failure, key):
    answer = await (await lab.http()).post(
        "/once", json={"name": "chair"}, headers={"Idempotency-Key": key.encode("latin-1")}
    )
    failure(answer, 422, "VALIDATION_ERROR")
    assert await lab.names() == []


async def test_the_longest_key(lab):
    answer = await (await lab.http()).post(
        "/once", json={"name": "chair"}, headers={"Idempotency-Key": "x" * 255}
    )
    assert answer.status_code == 201
