"""What a worker has in hand: the jobs it runs, those whose end is not written down yet, and the lanes' free slots."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import Lane
from colonnade.kernel.jobs.queries import Settled, Taken

__all__ = ["Ending", "Hand", "Held"]

Ending = Literal["released", "cancelled", "lost"]
"""Why a handler is stopped: its worker ends, somebody cancelled the job, or another worker has the job."""


@dataclasses.dataclass
class Held:
    """A job in hand. `ending` is set when its task has been cancelled from here."""

    row: Taken
    run: JobRun
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None

    def stop(self, ending: Ending) -> None:
        """Cancel the handler, once."""
        if self.task is not None and self.ending is None and not self.task.done():
            self.ending = ending
            self.task.cancel()


class Hand:
    """The jobs of one worker by id. `empty` is set while there are none."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = {lane.name: lane.concurrency for lane in lanes}
        self._used: Counter[str] = Counter()
        self._crowded: set[str] = set(self._lanes)
        self.jobs: dict[int, Held] = {}
        self.settled: list[Settled] = []
        self.empty = asyncio.Event()
        self.empty.set()

    @property
    def running(self) -> int:
        """How many handlers are running."""
        return self._used.total()

    def free(self) -> dict[str, int]:
        """Return the free slots of the lanes that have any."""
        free = {name: slots - self._used[name] for name, slots in self._lanes.items()}
        return {name: slots for name, slots in free.items() if slots > 0}

    def progress(self) -> dict[int, tuple[float | None, str | None]]:
        """Return how far each job has come."""
        return {id_: (held.run.fraction, held.run.note) for id_, held in self.jobs.items()}

    def add(self, held: Held) -> None:
        """Take a job into the hand and a slot of its lane."""
        self.jobs[held.row.id] = held
        self._used[held.row.lane] += 1
        self.empty.clear()

    def note_look(self, free: Mapping[str, int], taken: Sequence[Taken]) -> None:
        """Remember which lanes gave as many jobs as they had `free` slots: more may wait there."""
        given = Counter(row.lane for row in taken)
        for lane, slots in free.items():
            if given[lane] < slots:
                self._crowded.discard(lane)
            else:
                self._crowded.add(lane)

    def end(self, held: Held, settled: Settled | None) -> bool:
        """Free the slot of a job whose handler has ended; the job stays in the hand until `settled` is written down.

        Returns whether jobs may be waiting for the slot.
        """
        lane = held.row.lane
        self._used[lane] -= 1
        if settled is None:
            self.drop([held.row.id])
        else:
            self.settled.append(settled)
        return lane in self._crowded

    def take_settled(self) -> list[Settled]:
        """Return what is to be written down, and forget it."""
        settled, self.settled = self.settled, []
        return settled

    def drop(self, ids: Sequence[int]) -> None:
        """Forget jobs that are written down."""
        for id_ in ids:
            self.jobs.pop(id_, None)
        if not self.jobs:
            self.empty.set()

    def stop_all(self) -> None:
        """Stop every handler; the jobs go back into the queue."""
        for held in list(self.jobs.values()):
            held.stop("released")
