"""Bodies that wait stand in a line for each of their people, however many wait and however many people are in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.products.dealroom.conftest import API
from tests.products.dealroom.filling import Explaining, rows_read
from tests.products.dealroom.whatsapp import wire, wire_server

from colonnade.kernel.testing import own_seconds
from colonnade.products.dealroom.webhooks.queries import deliveries
from colonnade.products.dealroom.webhooks.queries.deliveries import SealedDelivery
from colonnade.products.dealroom.webhooks.rules.lines import form_lines

__all__ = ["wire", "wire_server"]

BODIES = 90
PEOPLE = 4_900
CLAIM = timedelta(minutes=15)


class Explained(Explaining):
    """Runs a statement of one row or value under EXPLAIN ANALYZE, and returns none."""

    async def fetch_row(self, sql: str, *args: Any) -> None:
        """Return no row."""
        await self.fetch(sql, *args)

    async def fetch_value(self, sql: str, *args: Any) -> bool:
        """Return no value."""
        await self.fetch(sql, *args)
        return False


async def keep(wire: Any, *people: str) -> UUID:
    id_ = uuid4()
    async with wire.services.db.transaction() as tx:
        delivery = SealedDelivery(id_, wire.channel, id_.bytes * 2, list(people), "x", 1)
        await deliveries.insert_delivery(tx, delivery)
    return id_


async def claim(wire: Any, job: int) -> UUID | None:
    found = await deliveries.claim_delivery(wire.services.db, wire.channel, job, CLAIM)
    return found[0] if found else None


async def finish(wire: Any, id_: UUID) -> bool:
    async with wire.services.db.transaction() as tx:
        return await deliveries.finish_delivery(tx, wire.channel, id_)


async def test_a_body_waits_for_those_before_it_that_share_somebody(wire: Any) -> None:
    first, second, third, apart = [
        await keep(wire, *people) for people in (("a", "b"), ("b", "c"), ("c", "a"), ("d",))
    ]
    assert [await claim(wire, job) for job in (1, 2, 3)] == [first, apart, None]
    assert await claim(wire, 1) == first, "the job that has it finds it again"
    assert await finish(wire, apart)
    # Only b has failed: the second waits for it still, and the third for the second.
    await deliveries.leave_delivery(wire.services.db, first, ["b"], timedelta(0))
    assert not await deliveries.is_behind(wire.services.db, wire.channel, ["d", "e"])
    for one in "abc":
        assert await deliveries.is_behind(wire.services.db, wire.channel, [one]), one
    assert [await claim(wire, job) for job in (1, 2)] == [first, None]
    assert await finish(wire, first)
    assert [await claim(wire, job) for job in (4, 5)] == [second, None]
    assert await finish(wire, second)
    assert await claim(wire, 6) == third
    assert not await finish(wire, third)
    assert await wire.services.db.fetch_value("SELECT count(*) FROM webhook_delivery_people") == 0


async def test_what_goes_from_the_middle_of_a_line_frees_nobody_too_early(wire: Any) -> None:
    first, second, third = [await keep(wire, "a", "b", "b") for _ in range(3)]
    await finish(wire, second)
    assert [await claim(wire, job) for job in (1, 2)] == [first, None]
    await finish(wire, first)
    assert await claim(wire, 3) == third


async def test_ninety_bodies_of_thousands_are_kept_claimed_and_forgotten_in_no_time(wire: Any) -> None:
    """Each shares one person with the others: all but the first wait."""
    db = wire.services.db
    longest, kept = 0.0, []
    for number in range(BODIES):
        began = own_seconds()
        kept.append(await keep(wire, "a", *(f"{number}-{n}" for n in range(PEOPLE - 1))))
        longest = max(longest, own_seconds() - began)
    assert longest < 1.5
    began = own_seconds()
    assert not await deliveries.is_behind(db, wire.channel, [f"x{n}" for n in range(PEOPLE)])
    assert await deliveries.is_behind(db, wire.channel, ["89-4000"])
    assert [await claim(wire, job) for job in (1, 2)] == [kept[0], None]
    assert await finish(wire, kept[0])
    assert await claim(wire, 3) == kept[1]
    assert own_seconds() - began < 1.5
    explained: Any = Explained(db)
    assert await deliveries.claim_delivery(explained, wire.channel, 4, CLAIM) is None
    assert rows_read(explained.plan) <= 10
    await deliveries.is_behind(explained, wire.channel, [f"x{n}" for n in range(PEOPLE)])
    assert explained.buffers < 30_000
    began = own_seconds()
    assert (await wire.melati.delete(f"{API}/channels/{wire.channel}")).status_code == 204
    assert own_seconds() - began < 4
    assert await db.fetch_value("SELECT count(*) FROM webhook_delivery_people") == 0


def test_who_is_named_together_in_an_item_is_one_person() -> None:
    """Their items keep their order in one line, wherever the item is that says so; what is of nobody stands apart."""
    named = [{"a"}, {"b"}, {"c"}, set(), {"c", "a"}, {"b"}, {"a"}]
    reads: Any = [(number, (None, people)) for number, people in enumerate(named)]
    lines, others = form_lines(reads, lambda read: read[1])  # type: ignore[arg-type, return-value]
    found = [([number for number, _ in line.items], line.people) for line in lines]
    assert found == [([0, 2, 4, 6], {"a", "c"}), ([1, 5], {"b"})]
    assert [number for number, _ in others] == [3]
