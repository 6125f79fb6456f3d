"""Probes cost what one probe costs, whoever asks how often; and they see what has changed within a second."""

from __future__ import annotations

import asyncio
import time

from colonnade.kernel.core.probes import MEMORY_SECONDS


async def test_hundreds_of_probes_check_each_dependency_once_a_second(open_lab, monkeypatch):
    lab = await open_lab()
    client = await lab.http()
    written = []
    storage, db = lab.services.storage, lab.services.db
    put = storage.put

    async def counted(key, *args, **options):
        written.append(key)
        await put(key, *args, **options)

    monkeypatch.setattr(storage, "put", counted)
    began, before = time.monotonic(), db.statements
    for _ in range(3):
        answers = await asyncio.gather(
            *(client.get(path) for path in ("/health", "/health/ready") for _ in range(50))
        )
        assert {answer.status_code for answer in answers} == {200}
    most = 1 + (time.monotonic() - began) / MEMORY_SECONDS
    assert 1 <= len(written) <= most
    assert 1 <= db.statements - before <= most


async def test_a_probe_sees_what_has_changed_after_a_second(open_lab, monkeypatch):
    lab = await open_lab()
    client = await lab.http()
    assert (await client.get("/health/ready")).status_code == 200

    async def fail(*args):
        raise ConnectionError

    monkeypatch.setattr(lab.services.db, "fetch_value", fail)
    async with asyncio.timeout(MEMORY_SECONDS + 2):
        while (await client.get("/health/ready")).status_code == 200:
            await asyncio.sleep(0.05)
    health = (await client.get("/health")).json()
    assert (health["status"], health["services"]["database"]) == ("unhealthy", "unhealthy")
    monkeypatch.undo()
    async with asyncio.timeout(MEMORY_SECONDS + 2):
        while (await client.get("/health")).status_code != 200:
            await asyncio.sleep(0.05)
