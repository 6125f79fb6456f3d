"""The chain: writers that do not wait for each other, links without gaps, guards, and findings of a verification."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import asyncpg
import msgspec
import pytest

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import (
    AuditFilters,
    AuditLinker,
    ChainBroken,
    Recorded,
    link_entries,
    list_entries,
    record,
    reseal,
    verify_log,
)
from colonnade.kernel.core import Dispatcher
from colonnade.kernel.db import Database
from colonnade.kernel.testing import count_statements

SESSION = uuid.UUID("00000000-0000-4000-8000-000000000001")
MANAGER = Principal(
    id=7,
    uid=SESSION,
    role="manager",
    name="Rina",
    email="rina@test.id",
    permissions=frozenset(),
    session_id=SESSION,
)


class Request:
    address = "2001:0db8::0001"
    request_id = "req-00000001"


async def write(db: Database, *numbers: int) -> None:
    for number in numbers:
        async with db.transaction(MANAGER) as tx:
            await record(tx, action="thing.made", target=("thing", number), after={"number": number})


async def kinds(db: Database, **options: Any) -> list[tuple[str, int | None]]:
    report = await verify_log(db, **options)
    return [(finding.kind, finding.position) for finding in report.findings]


class Line(msgspec.Struct, rename="camel"):
    phone_number: str
    is_open: bool


async def test_what_is_hidden_is_so_in_a_struct_whose_fields_have_other_names_for_clients(
    audit_log: Any,
) -> None:
    async with audit_log.db.transaction(MANAGER) as tx:
        changed = {"before": Line("+628116000123", True), "after": {"phone_number": "+628116000124"}}
        await record(tx, action="line.changed", target=("line", 1), **changed, hide=("phone_number",))
    await link_entries(audit_log.db)
    (entry,) = await list_entries(audit_log.db, AuditFilters(), limit=1)
    assert entry.before == {"phoneNumber": "[hidden]", "isOpen": True}
    assert entry.after == {"phone_number": "[hidden]"}


async def test_an_entry_says_who_what_on_whom_and_what_changed(audit_log: Any) -> None:
    async with audit_log.db.transaction(MANAGER) as tx:
        await record(
            tx,
            action="account.updated",
            target=("account", 17),
            before={"role": "member", "email": "old@test.id", "name": "Ani", "age": 3, "otp": 123456},
            after={"role": "admin", "email": "new@test.id", "name": "Ani", "age": 4, "otp": 654321},
            hide=("age",),
            origin=Request(),
        )
        await record(tx, action="login.failed", actor=None, after={"note": "from rina@test.id \x00"})
        await record(tx, action="keys.reencrypted", actor="cli", target=("column", "a.b"))
    assert await link_entries(audit_log.db) == 3
    third, second, first = await list_entries(audit_log.db, AuditFilters(), limit=10)
    assert (first.position, second.position, third.position) == (1, 2, 3)
    assert (first.action, first.address, first.request_id) == (
        "account.updated",
        "2001:db8::1",
        "req-00000001",
    )
    assert (first.actor.kind, first.actor.id, first.actor.role, first.actor.session_id) == (
        "account", "7", "manager", SESSION,
    )  # fmt: skip
    assert first.target is not None
    assert (first.target.kind, first.target.id) == ("account", "17")
    hidden = {"email": "[hidden]", "age": "[hidden]", "otp": "[hidden]"}
    assert first.before == {"role": "member", **hidden}
    assert first.after == {"role": "admin", **hidden}
    assert (second.actor.kind, second.actor.id, second.target) == ("anonymous", None, None)
    assert second.after == {"note": "from [email] �"}
    assert (third.actor.kind, third.actor.id) == ("system", "cli")
    assert third.before is None
    assert (await verify_log(audit_log.db)).intact


async def test_an_entry_is_there_when_its_transaction_commits_or_not_at_all(audit_log: Any) -> None:
    async def write_and_fail() -> None:
        async with audit_log.db.transaction() as tx:
            await record(tx, action="thing.made")
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    assert await link_entries(audit_log.db) == 0
    await write(audit_log.db, 1)
    report = await verify_log(audit_log.db)
    assert (report.entries, report.waiting, report.position, report.intact) == (0, 1, 0, True)
    assert await link_entries(audit_log.db) == 1
    report = await verify_log(audit_log.db)
    assert (report.entries, report.waiting, report.position, report.intact) == (1, 0, 1, True)


async def test_a_change_too_large_for_the_log_leaves_its_size(audit_log: Any) -> None:
    async with audit_log.db.transaction() as tx:
        await record(tx, action="page.saved", after={"rows": ["x" * 100] * 200})
    await link_entries(audit_log.db)
    (entry,) = await list_entries(audit_log.db, AuditFilters(), limit=10)
    assert entry.after == {"omitted_bytes": 20_610}


async def test_writers_do_not_wait_for_each_other(audit_log: Any) -> None:
    async with audit_log.db.transaction() as first:
        await record(first, action="thing.made", target=("thing", 1))
        async with asyncio.timeout(1), audit_log.db.transaction() as second:
            await record(second, action="thing.made", target=("thing", 2))
        # The second is committed and linked while the first is still open.
        assert await link_entries(audit_log.db) == 1
    assert await link_entries(audit_log.db) == 1
    entries = await list_entries(audit_log.db, AuditFilters(), limit=10, after=0)
    assert [entry.target.id for entry in entries if entry.target] == ["2", "1"]
    assert (await verify_log(audit_log.db)).intact


async def test_parallel_writers_and_linkers_make_one_chain(audit_log: Any) -> None:
    other = audit_log.open({"k1": bytes(range(32))})

    async def writer(db: Database, start: int) -> None:
        for number in range(start, start + 10):
            await write(db, number)
            await link_entries(db)

    await asyncio.gather(*(writer((audit_log.db, other)[n % 2], n * 10) for n in range(10)))
    await other.close()
    report = await verify_log(audit_log.db)
    assert (report.entries, report.waiting, report.position) == (100, 0, 100)
    assert report.findings == ()
    entries = await list_entries(audit_log.db, AuditFilters(), limit=200, after=0)
    assert [entry.position for entry in entries] == list(range(1, 101))
    assert sorted(int(entry.target.id) for entry in entries if entry.target) == list(range(100))


async def test_a_commit_leads_to_linking_by_itself(audit_log: Any) -> None:
    dispatcher = Dispatcher()
    db = Database(audit_log.dsn, signer=audit_log.db.signer, dispatch=dispatcher.dispatch)
    linker = AuditLinker(db)
    dispatcher.on(Recorded, linker.handle)
    await write(db, 1, 2, 3)
    assert len(linker._tasks) == 1
    with count_statements(db) as statements:
        await asyncio.gather(*linker._tasks)
    assert statements.count == 0  # of no request, and of no test that counts those of one
    assert (await verify_log(db)).entries == 3
    for number in (4, 5):
        await write(db, number)
        async with asyncio.timeout(5):
            await linker.settle()
        report = await verify_log(db)
        assert (report.entries, report.waiting) == (number, 0)
    await db.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.entries SET action = 'x'",
        "DELETE FROM audit.entries",
        "TRUNCATE audit.entries",
        "UPDATE audit.inbox SET action = 'x'",
        "DELETE FROM audit.inbox",
        "TRUNCATE audit.inbox",
        "DELETE FROM audit.head",
        "TRUNCATE audit.head",
        "INSERT INTO audit.head (only_row, position, hash, seal) VALUES (false, 0, '', '')",
        "UPDATE audit.head SET position = 0",
        "UPDATE audit.head SET hash = '\\x00'",
    ],
)
@pytest.mark.parametrize("guard", ["privileges", "triggers"])
async def test_the_application_cannot_change_what_was_written(
    audit_log: Any, statement: str, guard: str
) -> None:
    await write(audit_log.db, 1)
    await link_entries(audit_log.db)
    await write(audit_log.db, 2)
    before = await verify_log(audit_log.db)
    if guard == "triggers":
        for table in ("entries", "inbox", "head"):
            await audit_log.db.execute(f"GRANT ALL ON audit.{table} TO CURRENT_USER")
    expected: tuple[type[Exception], ...] = (asyncpg.InsufficientPrivilegeError,)
    if guard == "triggers" and statement.startswith("INSERT"):
        expected = (asyncpg.CheckViolationError,)
    with pytest.raises(expected):
        await audit_log.db.execute(statement)
    assert await verify_log(audit_log.db) == before
    assert (before.entries, before.waiting, before.intact) == (1, 1, True)


COPY = """INSERT INTO audit.entries SELECT {position}, gen_random_uuid(), created_at, action, actor_kind, actor_id,
    actor_role, session_id, target_kind, target_id, before, after, address, request_id, signature, hash
    FROM audit.entries WHERE position = 2"""

MOVED_UP = "UPDATE audit.entries SET position = position - 1 WHERE position > 2"
REBUILT = """
DO $$ DECLARE
    row record; previous bytea := decode(repeat('00', 32), 'hex');
BEGIN
    FOR row IN SELECT * FROM audit.entries ORDER BY position LOOP previous := row.hash; END LOOP;
    UPDATE audit.head SET position = (SELECT max(position) FROM audit.entries), hash = previous;
END $$"""


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (["UPDATE audit.entries SET actor_id = '8' WHERE position = 2"], [("changed", 2)]),
        (["UPDATE audit.entries SET after = '{\"number\":9}' WHERE position = 3"], [("changed", 3)]),
        (["UPDATE audit.entries SET after = '{\"number\": 3}' WHERE position = 3"], [("changed", 3)]),
        (["UPDATE audit.entries SET address = NULL WHERE position = 1"], []),  # it had none: not a change
        (["UPDATE audit.entries SET created_at = created_at - interval '1 us'"], [("changed", n) for n in range(1, 6)]),
        (["UPDATE audit.entries SET signature = 'k1.AAAA' WHERE position = 5"], [("changed", 5)]),
        (["DELETE FROM audit.entries WHERE position = 1"], [("removed", 1)]),
        (["DELETE FROM audit.entries WHERE position IN (2, 3)"], [("removed", 2)]),
        (["DELETE FROM audit.entries WHERE position = 5"], [("removed", 5)]),
        (["DELETE FROM audit.entries"], [("removed", 1)]),
        ([COPY.format(position=6)], [("inserted", 6)]),
        (
            ["UPDATE audit.entries SET position = -position WHERE position > 4", COPY.format(position=5)],
            None,
        ),
        (
            ["DELETE FROM audit.entries WHERE position = 5", "UPDATE audit.head SET position = 4"],
            [("broken", 4), ("broken", 4)],
        ),
        (["DELETE FROM audit.entries WHERE position = 5", REBUILT], [("broken", 4)]),
        (
            ["DELETE FROM audit.entries WHERE position = 2", MOVED_UP, REBUILT],
            [("broken", 2), ("broken", 4)],
        ),
        (["UPDATE audit.head SET seal = ''"], [("key", 5)]),
        (["UPDATE audit.head SET seal = 'k1.' || repeat('A', 43)"], [("broken", 5)]),
    ],
)  # fmt: skip
async def test_verification_finds_what_was_done_behind_our_back(
    audit_log: Any, attack: list[str], found: list[tuple[str, int]] | None
) -> None:
    await write(audit_log.db, 1, 2, 3, 4, 5)
    await link_entries(audit_log.db)
    assert await kinds(audit_log.db) == []
    if found is None:
        with pytest.raises(asyncpg.CheckViolationError):
            await audit_log.attack(*attack)
        return
    await audit_log.attack(*attack)
    assert await kinds(audit_log.db) == found


async def test_a_row_put_into_the_inbox_is_not_linked_and_is_found(audit_log: Any) -> None:
    await write(audit_log.db, 1, 2)
    await link_entries(audit_log.db)
    columns = (
        "id, created_at, action, actor_kind, actor_id, actor_role, session_id, target_kind, target_id, before, "
        "after, address, request_id, signature"
    )
    replay = f"INSERT INTO audit.inbox ({columns}) SELECT {columns} FROM audit.entries WHERE position = 1"
    forged = replay.replace("SELECT id", "SELECT gen_random_uuid()").replace("WHERE position = 1", "")
    await audit_log.db.execute(replay)
    await audit_log.db.execute(forged)
    await write(audit_log.db, 3)
    assert await link_entries(audit_log.db) == 1
    report = await verify_log(audit_log.db)
    assert (report.entries, report.waiting) == (3, 3)
    assert [(finding.kind, finding.position) for finding in report.findings] == [("inserted", None)] * 3


async def test_an_entry_changed_before_it_was_linked_is_found(audit_log: Any) -> None:
    await write(audit_log.db, 1)
    await audit_log.attack("UPDATE audit.inbox SET action = 'thing.seen'")
    assert await link_entries(audit_log.db) == 0
    assert await kinds(audit_log.db) == [("inserted", None)]


async def test_nothing_is_linked_to_a_chain_that_was_cut_off(audit_log: Any) -> None:
    await write(audit_log.db, 1, 2, 3)
    await link_entries(audit_log.db)
    await audit_log.attack("DELETE FROM audit.entries WHERE position = 3")
    await write(audit_log.db, 4)
    with pytest.raises(ChainBroken):
        await link_entries(audit_log.db)
    report = await verify_log(audit_log.db)
    assert (report.entries, report.waiting) == (2, 1)
    assert [(finding.kind, finding.position) for finding in report.findings] == [("removed", 3)]


async def test_an_older_copy_of_the_whole_log_is_found_with_an_earlier_result(audit_log: Any) -> None:
    await write(audit_log.db, 1, 2)
    await link_entries(audit_log.db)
    old = await audit_log.db.fetch_row("SELECT hash, seal FROM audit.head")
    await write(audit_log.db, 3)
    await link_entries(audit_log.db)
    then = await verify_log(audit_log.db)
    await audit_log.attack(
        "DELETE FROM audit.entries WHERE position = 3",
        f"UPDATE audit.head SET position = 2, hash = '\\x{old['hash'].hex()}', seal = '{old['seal']}'",
    )
    assert await kinds(audit_log.db) == []
    assert await kinds(audit_log.db, expected=(then.position, then.hash)) == [("removed", 3)]
    await write(audit_log.db, 4)
    await link_entries(audit_log.db)
    assert await kinds(audit_log.db, expected=(then.position, then.hash)) == [("broken", 3)]


async def test_keys_can_be_changed_and_old_ones_taken_away(audit_log: Any) -> None:
    await write(audit_log.db, 1, 2)
    await link_entries(audit_log.db)
    both = audit_log.open({"k2": bytes(32), "k1": bytes(range(32))})
    new = audit_log.open({"k2": bytes(32)})
    assert await kinds(new) == [("key", 2)]
    with pytest.raises(ChainBroken):
        await reseal(new)
    await reseal(both)
    assert await kinds(new) == []
    await write(new, 3)
    await link_entries(new)
    assert await kinds(new) == []
    # Entries under the key that is gone are still held by the chain.
    await audit_log.attack("UPDATE audit.entries SET actor_id = '8' WHERE position = 1")
    assert await kinds(new) == [("changed", 1)]
    await both.close()
    await new.close()


async def test_entries_of_another_product_are_not_ours(audit_log: Any) -> None:
    other = audit_log.open({"k1": bytes(range(32))}, product="shop")
    await write(other, 1)
    await other.close()
    assert await link_entries(audit_log.db) == 0
    assert await kinds(audit_log.db) == [("inserted", None)]


async def test_lists_are_pages_by_position_with_every_filter(audit_log: Any) -> None:
    await write(audit_log.db, 1, 2, 3, 4, 5)
    async with audit_log.db.transaction() as tx:
        await record(tx, action="login.failed", actor=None, origin=Request())
    await link_entries(audit_log.db)

    async def positions(before: int | None = None, limit: int = 10, **filters: Any) -> list[int]:
        found = await list_entries(audit_log.db, AuditFilters(**filters), limit=limit, before=before)
        return [entry.position for entry in found]

    assert await positions(limit=2) == [6, 5]
    assert await positions(limit=2, before=5) == [4, 3]
    assert await positions(limit=3, before=3) == [2, 1]
    assert await positions(action="login.failed") == [6]
    assert await positions(actor_id="7", limit=2) == [5, 4]
    assert await positions(target_kind="thing", target_id="3") == [3]
    assert await positions(request_id="req-00000001") == [6]
    moment = (await list_entries(audit_log.db, AuditFilters(), limit=1, before=4))[0].created_at
    assert await positions(since=moment, action="thing.made") == [5, 4, 3]
    assert await positions(until=moment) == [2, 1]
