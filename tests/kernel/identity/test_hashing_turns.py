"""The order of hashing passwords: over HTTP with the threads held, so that the order is known and nothing is timed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD
from tests.kernel.identity.test_attacks import MEMBER, log_in

from colonnade.kernel.core.turns import Turns
from colonnade.kernel.identity import HashingBusy, PasswordHasher
from colonnade.kernel.identity.passwords.hashing import MAX_WAITING_PER_THREAD

HOME, ELSEWHERE = 900_000, 800_000


class Gate:
    """Holds every hashing thread until it is opened; `order` has the passwords in the order of their turns."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.hasher = hasher
        self.threads = hasher._threads._max_workers
        self.order: list[str] = []
        self._open = threading.Event()
        self._verify = hasher._verify
        hasher._verify = self._held  # type: ignore[method-assign]

    def open(self) -> None:
        self._open.set()

    def restore(self) -> None:
        self.open()
        self.hasher._verify = self._verify  # type: ignore[method-assign]

    def _held(self, password: str, *more: Any) -> Any:
        self.order.append(password)
        self._open.wait()
        return self._verify(password, *more)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0)

    def waiting(self, *, known: bool) -> int:
        line = self.hasher._turns._known if known else self.hasher._turns._others
        return line._count


@pytest.fixture
def gate(site: Any) -> Iterator[Callable[[], Gate]]:
    """Provide a closed gate; it is opened at the end in any case."""
    made: list[Gate] = []

    def close() -> Gate:
        made.append(Gate(site.services.hasher))
        return made[-1]

    yield close
    for each in made:
        each.restore()


def patient(site: Any) -> httpx.AsyncClient:
    """Provide a visitor who waits as long as a busy machine takes for a whole queue of hashes."""
    client: httpx.AsyncClient = site.client()
    client.timeout = httpx.Timeout(120)
    return client


async def fill(site: Any, gate: Gate, more: int = 0) -> list[asyncio.Task[httpx.Response]]:
    """Send strangers' logins, each from an address of its own: for all threads, the whole queue, and `more`."""
    count = gate.threads * (1 + MAX_WAITING_PER_THREAD) + more
    clients = [patient(site) for _ in range(1 + count // 50)]  # a client opens a hundred connections at most
    tasks = [
        asyncio.create_task(log_in(clients[n // 50], f"leaked{n}@club.example", f"stuffed-{n}", n))
        for n in range(count)
    ]
    await gate.until(
        lambda: (
            gate.waiting(known=False) == gate.threads * MAX_WAITING_PER_THREAD
            and sum(task.done() for task in tasks) == more
        )
    )
    return tasks


async def test_a_flood_is_refused_beyond_the_bound_and_nobody_known_waits_for_it(
    site: Any, gate: Callable[[], Gate]
) -> None:
    owner = patient(site)
    assert (await log_in(owner, MEMBER, PASSWORD, HOME)).status_code == 200
    held = gate()
    tasks = await fill(site, held, more=15)
    refused = [task.result() for task in tasks if task.done()]
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in refused} == {
        (503, "SERVICE_UNAVAILABLE")
    }
    assert {answer.headers["retry-after"] for answer in refused} == {"2"}
    # A stranger's own device is refused at once as well; what hashes nothing is answered as ever.
    assert (await log_in(site.client(), MEMBER, PASSWORD, ELSEWHERE)).status_code == 503
    assert (await site.client().get("/whoami")).status_code == 200
    owning = asyncio.create_task(log_in(owner, MEMBER, PASSWORD, HOME + 1))
    await held.until(lambda: held.waiting(known=True) == 1)
    held.open()
    assert (await owning).status_code == 200
    assert held.order.index(PASSWORD) <= held.threads + 1  # behind those that ran, and one stranger at most
    statuses = [answer.status_code for answer in await asyncio.gather(*tasks)]
    assert sorted(statuses) == [401] * (len(tasks) - 15) + [503] * 15
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 2


async def test_what_was_refused_does_not_count_as_a_failed_login(site: Any, gate: Callable[[], Gate]) -> None:
    held = gate()
    tasks = await fill(site, held)
    client = patient(site)
    for _ in range(6):
        assert (await log_in(client, MEMBER, PASSWORD, ELSEWHERE)).status_code == 503
    held.open()
    await asyncio.gather(*tasks)
    wrong = [(await log_in(client, MEMBER, "wrong", ELSEWHERE)).status_code for _ in range(6)]
    assert wrong == [401] * 5 + [429]


async def test_one_address_waits_behind_itself(site: Any, gate: Callable[[], Gate]) -> None:
    held, client = gate(), patient(site)
    tasks = [
        asyncio.create_task(log_in(client, "nobody@club.example", "running", 100 + n))
        for n in range(held.threads)
    ]
    await held.until(lambda: len(held.order) == held.threads)
    for number in range(4):
        tasks.append(asyncio.create_task(log_in(client, MEMBER, f"flood-{number}", 1)))
        await held.until(lambda number=number: held.waiting(known=False) == number + 1)
    tasks.append(asyncio.create_task(log_in(client, MEMBER, PASSWORD, 2)))
    await held.until(lambda: held.waiting(known=False) == 5)
    held.open()
    assert [answer.status_code for answer in await asyncio.gather(*tasks)][-1] == 200
    assert held.order[held.threads :] == ["flood-0", PASSWORD, "flood-1", "flood-2", "flood-3"]


async def test_somebody_signed_in_does_not_wait_for_strangers(site: Any, gate: Callable[[], Gate]) -> None:
    device = await site.sign_in("member")
    device.http.timeout = httpx.Timeout(120)
    held = gate()
    tasks = await fill(site, held)
    change = {"currentPassword": PASSWORD, "newPassword": "gudang garam di tepi laut"}
    changing = asyncio.create_task(device.http.put("/auth/password", json=change))
    await held.until(lambda: held.waiting(known=True) == 1)
    held.open()
    assert (await changing).status_code == 200
    assert held.order.index(PASSWORD) <= held.threads + 1  # behind those that ran, and one stranger at most
    await asyncio.gather(*tasks)


async def taking(turns: Turns, address: str, served: list[str], *, known: bool = False) -> None:
    await turns.take(address, known=known)
    served.append(address)
    turns.give_back()


async def test_the_two_lines_are_served_alternately() -> None:
    turns, served = Turns(1, 10), []
    await turns.take("first", known=False)
    tasks = [asyncio.create_task(taking(turns, f"stranger-{n}", served)) for n in range(3)]
    tasks += [asyncio.create_task(taking(turns, f"known-{n}", served, known=True)) for n in range(3)]
    await asyncio.sleep(0)
    turns.give_back()
    await asyncio.gather(*tasks)
    assert served == ["known-0", "stranger-0", "known-1", "stranger-1", "known-2", "stranger-2"]


async def test_a_full_line_refuses_whoever_has_most_in_it() -> None:
    turns, served = Turns(1, 4, HashingBusy), []
    await turns.take("first", known=False)
    greedy = [asyncio.create_task(taking(turns, "greedy", served)) for _ in range(5)]
    await asyncio.sleep(0)
    modest = [asyncio.create_task(taking(turns, f"modest-{n}", served)) for n in range(4)]
    await asyncio.sleep(0)
    turns.give_back()
    found = await asyncio.gather(*greedy, *modest, return_exceptions=True)
    assert [isinstance(each, HashingBusy) for each in found[:5]] == [False, True, True, True, True]
    assert [isinstance(each, HashingBusy) for each in found[5:]] == [False, False, False, True]
    assert served == ["greedy", "modest-0", "modest-1", "modest-2"]


async def test_who_leaves_gives_the_place_up() -> None:
    turns, served = Turns(1, 1), []
    await turns.take("first", known=False)
    leaving = asyncio.create_task(turns.take("leaving", known=False))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    staying = asyncio.create_task(taking(turns, "staying", served))
    await asyncio.sleep(0)
    turns.give_back()
    await staying
    # Cancelled at the moment of its turn: the turn is handed on.
    await turns.take("first", known=False)
    leaving = asyncio.create_task(turns.take("leaving", known=False))
    await asyncio.sleep(0)
    turns.give_back()
    leaving.cancel()
    assert isinstance((await asyncio.gather(leaving, return_exceptions=True))[0], asyncio.CancelledError)
    await asyncio.wait_for(taking(turns, "after", served), 1)
    assert served == ["staying", "after"]
