"""Receives the deliveries of the provider's webhook: each item once, in order per contact, in its contact's session.

Each item is a transaction of its own under its contact's lock. If one fails for a reason that passes, later ones of
that person in the same body are not processed, those of others are; the failure is raised at the end, and the provider
sends the whole body again. One that cannot be stored as it is is kept as `refused`, with a placeholder in the record.

Customers write at once: transactions wait for their turn, the channels' one after the other, instead of being refused
where the database's connections are in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import islice

import structlog
from msgspec import structs

from colonnade.kernel.core import FieldCipher, Problem, paced
from colonnade.kernel.db import Database, IntegrityConstraintViolationError, Transaction, as_problem
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.webhooks.actions.inbox import ACTOR, receive_item
from colonnade.products.dealroom.webhooks.actions.sealing import seal
from colonnade.products.dealroom.webhooks.queries.items import SealedItem, insert_items
from colonnade.products.dealroom.webhooks.rules.accounts import AccountChange, TemplateChange
from colonnade.products.dealroom.webhooks.rules.kinds import UNREADABLE
from colonnade.products.dealroom.webhooks.rules.payloads import MAX_ITEMS, Item, split_body
from colonnade.products.dealroom.webhooks.rules.reading import (
    Change,
    ChangedIdentity,
    Kept,
    Read,
    Said,
    StatusChange,
    read_item,
)

__all__ = ["receive_delivery"]

log = structlog.get_logger(__name__)

UNSTORABLE = "[unreadable]"
KEPT_AT_ONCE = 200
UNIQUE_VIOLATION = "23505"
TURN_SECONDS = 10.0
"""The longest wait of an item for its turn; then the provider sends it again."""
_OUR_MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Raised again at every repetition: to ask for one would hold up what comes behind it."""


async def receive_delivery(
    db: Database,
    cipher: FieldCipher,
    settings: AssistantSettings,
    channel: Sealed,
    raw: bytes,
    *,
    silence: timedelta,
) -> None:
    """Process a body whose signature was checked. Raise the first failure that a retry may resolve.

    `silence` is how long customers may be silent before the channel counts as degraded.
    """
    arrived = False
    held: set[str] = set()
    failures: list[Exception] = []
    only_kept: list[SealedItem] = []
    async for item in paced(await _split(raw, channel.phone_number_id)):
        read = _read(item)
        sealed = seal(cipher, channel.id, item, read)
        people = _people(read)
        if read[1] is None:
            only_kept.append(sealed)
        elif held.isdisjoint(people):
            try:
                arrived |= await _receive(db, settings, channel, sealed, read)
            except Exception as error:
                held.update(people)
                failures.append(error)
    for start in range(0, len(only_kept), KEPT_AT_ONCE):
        async with _turn(db, channel) as tx:
            await insert_items(tx, only_kept[start : start + KEPT_AT_ONCE])
    if arrived:
        async with _turn(db, channel) as tx:
            changed = await queries.mark_success(tx, channel.id, silence, inbound=True)
            await note_change(tx, channel.id, changed, actor=ACTOR)
    if failures:
        log.warning("webhook body refused for a retry", channel=channel.id, failures=len(failures))
        raise failures[0]


@asynccontextmanager
async def _turn(db: Database, channel: Sealed) -> AsyncIterator[Transaction]:
    async with db.in_turn(f"channel:{channel.id}", wait_seconds=TURN_SECONDS), db.transaction() as tx:
        yield tx


async def _split(raw: bytes, phone_number_id: str) -> list[Item]:
    """Return a body's items; of more than anybody sends, the body as one."""
    found: Iterator[Item] = split_body(raw, phone_number_id)
    items = [item async for item in paced(islice(found, MAX_ITEMS + 1))]
    return items if len(items) <= MAX_ITEMS else [Item("", "", raw)]


def _read(item: Item) -> Read:
    try:
        return read_item(item)
    except _OUR_MISTAKES as error:
        log.error("webhook item not read", kind=f"{item.field}.{item.part}", error=type(error).__name__)
        return Kept(UNREADABLE, f"{item.field}.{item.part}"[:100]), None


def _people(read: Read) -> set[str]:
    """Return whose order is kept: that of everybody whom an item is about, but for statuses, which stand alone."""
    said = read[1]
    if said is None or isinstance(said, StatusChange | AccountChange | TemplateChange):
        return set()
    persons = [said.person] if isinstance(said, Said) else [said.said.person]
    if isinstance(said, ChangedIdentity):
        persons.append(said.after)
    return {one for person in persons for one in (person.wa_id, person.user_id) if one is not None}


async def _receive(
    db: Database, settings: AssistantSettings, channel: Sealed, sealed: SealedItem, read: Read
) -> bool:
    """Take an item in; if it cannot be stored as it is, with a placeholder, else keep it alone."""
    refused = sealed._replace(outcome="refused")
    tries = [(sealed, read), (refused, _plain(read)), (refused, (read[0], None))]
    again = True
    while tries:
        item, each = tries[0]
        try:
            async with _turn(db, channel) as tx:
                return await receive_item(tx, settings, channel, item, each)
        except Exception as error:
            if not _is_poison(error):
                raise
            if again and _was_first(error):
                again = False
                continue
            del tries[0]
            log.error("inbound item not stored", channel=channel.id, error=type(error).__name__)
        await asyncio.sleep(0)
    raise RuntimeError("a webhook item could not even be kept")


def _plain(read: Read) -> Read:
    kept, said = read
    if isinstance(said, Change):
        return kept, None
    if isinstance(said, Said):
        plain = structs.replace(
            said, type="text", content=UNSTORABLE, shown_kind=None, data=None, file=None, reply_to=None
        )
        return kept, plain
    return kept, None


def _is_poison(error: Exception) -> bool:
    """Return whether the item itself causes the error, so that a retry would fail as well."""
    problem = error if isinstance(error, Problem) else as_problem(error)
    if problem is not None:
        return problem.status < 500
    return isinstance(error, (IntegrityConstraintViolationError, *_OUR_MISTAKES))


def _was_first(error: Exception) -> bool:
    """Return whether somebody else may have written the same a moment earlier: the second time it is found."""
    return isinstance(error, IntegrityConstraintViolationError) and error.sqlstate == UNIQUE_VIOLATION
