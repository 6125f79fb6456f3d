"""Receives a body that was kept: what one person said in few transactions, person after person, in turns.

A person's items are in their order, each once, as in `actions.deliveries`; where one of a transaction fails, it and
those behind it are received one by one. Whoever has nothing more in the body leaves its line: what they write next
waits no longer, nor does the assistant wait for more of theirs.

Out of scope: which body is next (`queries.deliveries`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from colonnade.kernel.core import FieldCipher, paced
from colonnade.kernel.db import Database
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.webhooks.actions.deliveries import (
    BodyGone,
    Outcome,
    find_room,
    in_turn,
    is_forgotten,
    people_of,
    read_of,
    receive_items,
    split,
)
from colonnade.products.dealroom.webhooks.actions.inbox import ACTOR, receive_item
from colonnade.products.dealroom.webhooks.actions.sealing import seal
from colonnade.products.dealroom.webhooks.queries import deliveries
from colonnade.products.dealroom.webhooks.queries.items import find_known
from colonnade.products.dealroom.webhooks.rules.lines import Line, form_lines
from colonnade.products.dealroom.webhooks.rules.payloads import Item
from colonnade.products.dealroom.webhooks.rules.reading import Read

__all__ = ["KeptBody", "receive_kept"]

log = structlog.get_logger(__name__)

ASKED_AT_ONCE = 1_000
AT_ONCE = 25
"""Items of a person in one transaction: a quarter of a second, in which nobody else writes into their session."""
LINES_AT_ONCE = 3
"""Each waits for the database most of the time."""
SHARE_SECONDS = 10.0
"""For which a body is received before others have their turn: with thousands of items it takes minutes."""
LEAVE_SECONDS = 0.5
"""Between two notes of those who have nothing more in a body."""


class KeptBody(NamedTuple):
    """A body that waits, as it came."""

    id: UUID
    raw: bytes


async def receive_kept(
    db: Database,
    cipher: FieldCipher,
    settings: AssistantSettings,
    channel: Sealed,
    body: KeptBody,
    *,
    silence: timedelta,
    kept_bytes: int,
) -> Outcome:
    """Receive a body that was kept, but for what an earlier attempt has received and contacts deleted since.

    It ends early if the channel is deleted, and the body with it; and after SHARE_SECONDS, with people `left`.
    """
    items = await split(body.raw, channel.phone_number_id)
    known: set[bytes] = set()
    for start in range(0, len(items), ASKED_AT_ONCE):
        digests = [item.digest for item in items[start : start + ASKED_AT_ONCE]]
        known |= await find_known(db, channel.id, digests)
    reads = [(item, read_of(item)) async for item in paced(items) if item.digest not in known]
    room = await find_room(db, channel, kept_bytes, [item for item, _ in reads])
    lines, others = form_lines(reads, people_of)
    arriving = _Arriving(db, cipher, settings, channel, body.id, silence=silence, with_text=room)
    left = False
    with suppress(BodyGone):
        left = await arriving.receive_lines(lines)
        if not left:
            await arriving.receive_singly(others)
    return Outcome(arriving.failure, arriving.held, left=left)


class _Arriving:
    """The body while it is received; `held` are the people whose later items wait for `failure` to pass."""

    def __init__(
        self,
        db: Database,
        cipher: FieldCipher,
        settings: AssistantSettings,
        channel: Sealed,
        body_id: UUID,
        *,
        silence: timedelta,
        with_text: bool,
    ) -> None:
        self.failure: Exception | None = None
        self.held: set[str] = set()
        self._db = db
        self._cipher = cipher
        self._settings = settings
        self._channel = channel
        self._body_id = body_id
        self._silence = silence
        self._with_text = with_text
        self._done: set[str] = set()
        self._left_at = time.monotonic()

    async def receive_lines(self, lines: Iterable[Line]) -> bool:
        """Receive some of each line at a time, of several lines at once, until all are received or held.

        Return whether some are left, because the turn is over.
        """
        waiting = deque(lines)
        until = time.monotonic() + SHARE_SECONDS
        async with asyncio.TaskGroup() as group:
            for _ in range(LINES_AT_ONCE):
                group.create_task(self._receive_next(waiting, until))
        await self._leave()
        if self.failure is not None:  # those who are left wait with those who are held
            self.held.update(*(line.people for line in waiting))
        return bool(waiting)

    async def _receive_next(self, waiting: deque[Line], until: float) -> None:
        is_first = True
        while waiting and (is_first or time.monotonic() < until):
            is_first = False
            line = waiting.popleft()
            some, rest = line.items[:AT_ONCE], line.items[AT_ONCE:]
            try:
                together = await self._receive_together(some)
                failed = set() if together else await self.receive_singly(some)
            except BodyGone:
                waiting.clear()
                return
            if failed:  # who is named together is one person: what comes behind waits as well
                self.held |= line.people
            elif rest:
                waiting.append(Line(rest, line.people))
            else:
                self._done |= line.people
            if time.monotonic() - self._left_at >= LEAVE_SECONDS:
                await self._leave()

    async def _leave(self) -> None:
        """Take the body out of the lines of those of whom it has nothing more."""
        done, self._done, self._left_at = self._done, set(), time.monotonic()
        if done:
            await deliveries.leave_lines(self._db, self._channel.id, self._body_id, done)

    async def _receive_together(self, items: list[tuple[Item, Read]]) -> bool:
        """Receive a person's items in one transaction; return False, and change nothing, if that cannot be done."""
        sealed = [
            (seal(self._cipher, self._channel.id, item, read, with_text=self._with_text), read)
            async for item, read in paced(items)
        ]
        arrived = False
        try:
            async with in_turn(self._db, self._channel) as tx:
                for item, read in sealed:
                    if await is_forgotten(tx, self._channel.owner_id, self._body_id, item, read):
                        continue
                    arrived |= await receive_item(tx, self._settings, self._channel, item, read)
                if arrived:
                    changed = await channels.mark_success(tx, self._channel.id, self._silence, inbound=True)
                    await note_change(tx, self._channel.id, changed, actor=ACTOR)
        except BodyGone:
            raise
        except Exception as error:
            log.info("items received one by one", channel=self._channel.id, error=type(error).__name__)
            return False
        return True

    async def receive_singly(self, items: list[tuple[Item, Read]]) -> set[str]:
        """Receive items each in its own transaction; return the people whose later ones wait."""
        received = await receive_items(
            self._db,
            self._cipher,
            self._settings,
            self._channel,
            items,
            silence=self._silence,
            with_text=self._with_text,
            body_id=self._body_id,
        )
        self.failure = self.failure or received.failure
        self.held |= received.held
        return received.held
