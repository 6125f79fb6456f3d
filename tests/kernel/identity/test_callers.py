"""Looking up callers together: one statement for many, each with its own answer, none older than its question."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from colonnade.kernel.core import Unauthorized, Unavailable
from colonnade.kernel.db import Database
from colonnade.kernel.identity.callers import CallerLookup
from colonnade.kernel.testing import count_statements


async def signed_in(site: Any, *people: str) -> list[tuple[UUID, str]]:
    """Open a session of each of these people; return their ids and access tokens."""
    found = []
    for who in people:
        account_id = site.people[who]
        session_id = await site.db.fetch_value(
            "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') RETURNING id",
            account_id,
        )
        claims = {"sid": str(session_id)}
        token = site.services.tokens.issue("access", str(account_id), timedelta(hours=1), claims)
        found.append((session_id, token))
    return found


async def test_many_at_once_are_three_statements_and_everybody_is_who_they_are(site: Any) -> None:
    people = ["member", "manager", "member"]
    sessions = await signed_in(site, *people)
    await site.db.execute("UPDATE account_sessions SET revoked_at = now() WHERE id = $1", sessions[2][0])
    authenticate = site.services.authenticator.authenticate
    with count_statements(site.db) as statements:
        answers = await asyncio.gather(
            *(authenticate(token) for _ in range(5) for _, token in sessions), return_exceptions=True
        )
    assert statements.count == 3
    for number, answer in enumerate(answers):
        if number % 3 == 2:
            assert isinstance(answer, Unauthorized)
        else:
            assert (answer.id, answer.session_id) == (
                site.people[people[number % 3]],
                sessions[number % 3][0],
            )
            assert answer.role == people[number % 3]
            assert answer.permissions == site.services.product.policy.of(people[number % 3])


async def test_a_session_that_ends_during_a_look_up_is_seen_by_those_who_ask_then(site: Any) -> None:
    (_, first), (ended, second) = await signed_in(site, "member", "manager")
    other = await asyncpg.connect(site.db.dsn)
    held = other.transaction()
    await held.start()
    await other.execute("LOCK TABLE accounts")
    authenticate = site.services.authenticator.authenticate
    leading = [asyncio.create_task(authenticate(first)) for _ in range(2)]
    while await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
        pass
    following = asyncio.create_task(authenticate(second))
    await asyncio.sleep(0)
    await other.execute("UPDATE account_sessions SET revoked_at = now() WHERE id = $1", ended)
    await held.commit()
    assert [(await each).id for each in leading] == [site.people["member"]] * 2
    with pytest.raises(Unauthorized):
        await following
    await other.close()


async def test_whoever_gives_up_takes_no_answer_away(site: Any) -> None:
    people = ["member", "manager"] * 3
    sessions = await signed_in(site, *people)
    lookup = CallerLookup(site.db, custom_roles=False)
    for given_up in range(6):
        tasks = [asyncio.create_task(lookup.find(session_id)) for session_id, _ in sessions]
        await asyncio.sleep(0)
        tasks[given_up].cancel()
        rows = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(rows.pop(given_up), asyncio.CancelledError)
        assert [row["id"] for row in rows] == [
            site.people[who] for n, who in enumerate(people) if n != given_up
        ]
    assert await lookup.find(uuid4()) is None


async def test_without_a_database_everybody_is_told_and_the_next_may_ask_again(site: Any) -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    lookup = CallerLookup(db, custom_roles=True)
    (session_id, _), *_ = await signed_in(site, "member")
    for _ in range(2):
        answers = await asyncio.gather(*(lookup.find(session_id) for _ in range(5)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 5
    db.pool.dsn = site.db.dsn
    rows = await asyncio.gather(*(lookup.find(session_id) for _ in range(5)))
    assert [row["id"] for row in rows if row is not None] == [site.people["member"]] * 5
    await db.close()


async def test_statements_that_hang_hold_nobody_else_up(site: Any) -> None:
    db = Database(site.db.dsn)
    lookup = CallerLookup(db, custom_roles=False)
    (session_id, _), *_ = await signed_in(site, "member")
    async with db.transaction() as one, db.transaction() as other:
        backends = [await each.fetch_value("SELECT pg_backend_pid()") for each in (one, other)]
    for backend in backends:
        os.kill(backend, signal.SIGSTOP)
    try:
        hanging = [asyncio.create_task(lookup.find(session_id)) for _ in backends]
        await asyncio.sleep(0)
        for _ in range(2):
            async with asyncio.timeout(2):
                rows = await asyncio.gather(*(lookup.find(session_id) for _ in range(5)))
            assert [row["id"] for row in rows if row is not None] == [site.people["member"]] * 5
        assert not any(task.done() for task in hanging)
    finally:
        for backend in backends:
            os.kill(backend, signal.SIGCONT)
    assert [row["id"] for row in await asyncio.gather(*hanging) if row] == [site.people["member"]] * 2
    await db.close()
