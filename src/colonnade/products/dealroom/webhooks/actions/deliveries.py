"""Receives the deliveries of the provider's webhook: each item once, in order per contact, in its contact's session.

Each item is a transaction of its own under its contact's lock: this action opens them. If one fails for a reason that
passes, later ones of that person in the same body are not processed, those of others are; the failure is told at the
end, and the whole body comes again. One that cannot be stored as it is is kept as `refused`, with a placeholder in the
record.

The provider gives up after some 20 seconds: a body of more than MAX_AT_ONCE items that do something is kept whole and
received by a job (`jobs.deliveries`), as is what comes meanwhile about the same people.

Customers write at once: transactions wait for their turn, the channels' one after the other, instead of being refused
where the database's connections are in use.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from msgspec import structs

from colonnade.kernel.core import FieldCipher, Problem, Unavailable, own_turn, paced
from colonnade.kernel.db import Database, IntegrityConstraintViolationError, Transaction, as_problem
from colonnade.kernel.identity import hold_account
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.contacts.actions.resolving import lock_person
from colonnade.products.dealroom.contacts.schemas import Person
from colonnade.products.dealroom.webhooks.actions.inbox import ACTOR, receive_item
from colonnade.products.dealroom.webhooks.actions.room import make_room
from colonnade.products.dealroom.webhooks.actions.sealing import seal
from colonnade.products.dealroom.webhooks.queries import deliveries
from colonnade.products.dealroom.webhooks.queries.deliveries import SealedDelivery
from colonnade.products.dealroom.webhooks.queries.items import SealedItem, insert_items
from colonnade.products.dealroom.webhooks.rules.accounts import AccountChange, TemplateChange
from colonnade.products.dealroom.webhooks.rules.kinds import UNREADABLE
from colonnade.products.dealroom.webhooks.rules.payloads import MAX_ITEMS, Item, acts, split_body
from colonnade.products.dealroom.webhooks.rules.reading import (
    Change,
    ChangedIdentity,
    Kept,
    Preference,
    Read,
    Said,
    StatusChange,
    read_item,
)
from colonnade.products.dealroom.webhooks.schemas import DELIVERY, RECEIVE_DELIVERY, ReceiveDelivery

__all__ = [
    "BodyGone",
    "Outcome",
    "find_room",
    "in_turn",
    "is_forgotten",
    "people_of",
    "read_of",
    "receive_items",
    "split",
    "take_delivery",
]

log = structlog.get_logger(__name__)

UNSTORABLE = "[unreadable]"
KEPT_AT_ONCE = 200
MAX_AT_ONCE = 100
"""Items that do something, each some 10 ms: the provider waits for its answer meanwhile."""
MAX_WAITING_BYTES = 64 * 2**20
"""In the bodies of an owner's channels that wait; the provider sends others again, later."""
FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
TURN_SECONDS = 10.0
"""The longest wait of an item for its turn; then the provider sends it again."""
_OUR_MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""Raised again at every repetition: to ask for one would hold up what comes behind it."""


async def take_delivery(
    db: Database,
    cipher: FieldCipher,
    settings: AssistantSettings,
    channel: Sealed,
    raw: bytes,
    *,
    silence: timedelta,
    kept_bytes: int,
) -> None:
    """Receive a body whose signature was checked; keep one with much in it, which a job receives then.

    A body with somebody of whom another one waits goes behind it. `silence` is how long customers may be silent before
    the channel counts as degraded, `kept_bytes` what the items of its owner may have. Raise the first failure that a
    retry may resolve, BodyGone if the channel is deleted meanwhile.
    """
    items = await split(raw, channel.phone_number_id)
    if sum(acts(item) for item in items) <= MAX_AT_ONCE:
        reads = [(item, read_of(item)) async for item in paced(items)]
        people = {one for _, read in reads for one in people_of(read)}
        if not people or not await deliveries.is_behind(db, channel.id, people):
            room = await find_room(db, channel, kept_bytes, items)
            outcome = await receive_items(
                db, cipher, settings, channel, reads, silence=silence, with_text=room
            )
            if outcome.failure is not None:
                raise outcome.failure
            return
    else:
        people = {one async for item in paced(items) for one in people_of(read_of(item))}
    await _keep(db, cipher, channel, raw, people)


async def _keep(
    db: Database, cipher: FieldCipher, channel: Sealed, raw: bytes, people: Collection[str]
) -> None:
    if await deliveries.count_waiting_bytes(db, channel.owner_id) + len(raw) > MAX_WAITING_BYTES:
        raise Unavailable("Too much waits to be received.")
    id_ = uuid4()
    await own_turn()
    # The bytes as characters: what is no UTF-8 comes back as it was.
    sealed = cipher.encrypt(raw.decode("latin-1"), place=DELIVERY.place(id_))
    delivery = SealedDelivery(id_, channel.id, hashlib.sha256(raw).digest(), sorted(people), sealed, len(raw))
    async with in_turn(db, channel) as tx:
        await deliveries.insert_delivery(tx, delivery)
        await tx.enqueue(RECEIVE_DELIVERY, ReceiveDelivery(channel.id, channel.owner_id))


class BodyGone(Exception):
    """The channel is deleted, and the body that waited with it."""


class Outcome(NamedTuple):
    """The first failure that a retry may resolve, and the people whose later items wait for it.

    `left`: there is more in the body, which is received when others have had their turn.
    """

    failure: Exception | None
    held: set[str]
    left: bool = False


async def find_room(db: Database, channel: Sealed, kept_bytes: int, items: Sequence[Item]) -> bool:
    """Return whether items may be kept as they came; encrypted, they are a third longer."""
    size = sum(len(item.raw) for item in items) * 4 // 3
    return await make_room(db, channel.owner_id, kept_bytes, size_bytes=size, count=len(items))


async def receive_items(
    db: Database,
    cipher: FieldCipher,
    settings: AssistantSettings,
    channel: Sealed,
    reads: Iterable[tuple[Item, Read]],
    *,
    silence: timedelta,
    with_text: bool,
    body_id: UUID | None = None,
) -> Outcome:
    """Process items in their order, and keep them, `with_text` as they came.

    `silence` is how long customers may be silent before the channel counts as degraded; `body_id` is the body that has
    waited with them. Raise BodyGone if it waits no more.
    """
    arrived = False
    held: set[str] = set()
    failures: list[Exception] = []
    only_kept: list[SealedItem] = []
    async for item, read in paced(reads):
        sealed = seal(cipher, channel.id, item, read, with_text=with_text)
        people = people_of(read)
        if read[1] is None:
            only_kept.append(sealed)
        elif held.isdisjoint(people):
            try:
                arrived |= await _receive(db, settings, channel, sealed, read, body_id)
            except BodyGone:
                raise
            except Exception as error:
                held.update(people)
                failures.append(error)
    for start in range(0, len(only_kept), KEPT_AT_ONCE):
        async with in_turn(db, channel) as tx:
            some = only_kept[start : start + KEPT_AT_ONCE]
            if body_id is not None:
                gone = await deliveries.find_forgotten(tx, body_id, [one.about for one in some], locks=True)
                if gone is None:
                    raise BodyGone
                some = [one for one, is_gone in zip(some, gone, strict=True) if not is_gone]
            await insert_items(tx, some)
    if arrived:
        async with in_turn(db, channel) as tx:
            changed = await queries.mark_success(tx, channel.id, silence, inbound=True)
            await note_change(tx, channel.id, changed, actor=ACTOR)
    if failures:
        log.warning("webhook items failed for now", channel=channel.id, failures=len(failures))
    return Outcome(failures[0] if failures else None, held)


@asynccontextmanager
async def in_turn(db: Database, channel: Sealed) -> AsyncIterator[Transaction]:
    """Open a transaction when it is the channel's turn, behind its owner's deletion.

    Raise Unavailable after TURN_SECONDS, BodyGone once the channel is deleted.
    """
    try:
        async with db.in_turn(f"channel:{channel.id}", wait_seconds=TURN_SECONDS), db.transaction() as tx:
            await hold_account(tx, channel.owner_id)
            yield tx
    except IntegrityConstraintViolationError as error:
        if error.sqlstate == FOREIGN_KEY_VIOLATION and await queries.find_webhook(db, channel.id) is None:
            raise BodyGone from error
        raise


async def split(raw: bytes, phone_number_id: str) -> list[Item]:
    """Return a body's items; of more than anybody sends, the body as one."""
    items: list[Item] = []
    async for item in paced(split_body(raw, phone_number_id)):
        if item is not None:
            items.append(item)
        if len(items) > MAX_ITEMS:
            return [Item("", "", raw)]
    return items


def read_of(item: Item) -> Read:
    """Return an item's content; of one that we fail to read, only that it came."""
    try:
        return read_item(item)
    except _OUR_MISTAKES as error:
        log.error("webhook item not read", kind=f"{item.field}.{item.part}", error=type(error).__name__)
        return Kept(UNREADABLE, f"{item.field}.{item.part}"[:100]), None


def people_of(read: Read) -> set[str]:
    """Return whose order is kept: that of everybody whom an item is about, but for statuses, which stand alone."""
    return {one for person in _persons(read) for one in (person.wa_id, person.user_id) if one is not None}


def _persons(read: Read) -> list[Person]:
    said = read[1]
    if said is None or isinstance(said, StatusChange | AccountChange | TemplateChange):
        return []
    persons = [said.person] if isinstance(said, Said | Preference) else [said.said.person]
    if isinstance(said, ChangedIdentity):
        persons.append(said.after)
    return persons


async def is_forgotten(tx: Transaction, owner_id: int, body_id: UUID, item: SealedItem, read: Read) -> bool:
    """Return whether a contact of the item was deleted since its body waits. Raise BodyGone."""
    await lock_person(tx, owner_id, *_persons(read))
    named = None if item.about is None else " ".join([item.about, *people_of(read)]).strip()
    gone = await deliveries.find_forgotten(tx, body_id, [named])
    if gone is None:
        raise BodyGone
    return gone[0]


async def _receive(
    db: Database,
    settings: AssistantSettings,
    channel: Sealed,
    sealed: SealedItem,
    read: Read,
    body_id: UUID | None,
) -> bool:
    """Take an item in; if it cannot be stored as it is, with a placeholder, else keep it alone."""
    refused = sealed._replace(outcome="refused")
    tries = [(sealed, read), (refused, _plain(read)), (refused, (read[0], None))]
    again = True
    while tries:
        item, each = tries[0]
        try:
            async with in_turn(db, channel) as tx:
                if body_id is not None and await is_forgotten(tx, channel.owner_id, body_id, sealed, read):
                    return False
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
