"""The jobs that a worker has leased, until their outcome is stored, and the free slots of its lanes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import Lane
from colonnade.kernel.jobs.queries import Settled, Taken

__all__ = ["Ending", "LeasedJob", "LeasedJobs"]

Ending = Literal["released", "cancelled", "lost"]
"""The reason for stopping a handler: its worker shuts down, the job was cancelled, or its lease was lost."""


@dataclasses.dataclass
class LeasedJob:
    """A job of this worker. `ending` is set once the worker has cancelled its task."""

    row: Taken
    run: JobRun
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None

    def stop(self, ending: Ending) -> None:
        """Cancel the handler; a second call does nothing."""
        if self.task is not None and self.ending is None and not self.task.done():
            self.ending = ending
            self.task.cancel()


class LeasedJobs:
    """The leased jobs of one worker by id. `empty` is set while there are none."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = {lane.name: lane.concurrency for lane in lanes}
        self._used: Counter[str] = Counter()
        self._crowded: set[str] = set(self._lanes)
        self.jobs: dict[int, LeasedJob] = {}
        self.settled: list[Settled] = []
        self.empty = asyncio.Event()
        self.empty.set()

    @property
    def running(self) -> int:
        """The number of handlers that run."""
        return self._used.total()

    def free(self) -> dict[str, int]:
        """Return the free slots of the lanes that have any."""
        free = {name: slots - self._used[name] for name, slots in self._lanes.items()}
        return {name: slots for name, slots in free.items() if slots > 0}

    def progress(self) -> dict[int, tuple[float | None, str | None]]:
        """Return the fraction and note that each job has reported last."""
        return {id_: (leased.run.fraction, leased.run.note) for id_, leased in self.jobs.items()}

    def add(self, leased: LeasedJob) -> None:
        """Add a job, which takes a slot of its lane."""
        self.jobs[leased.row.id] = leased
        self._used[leased.row.lane] += 1
        self.empty.clear()

    def note_taken(self, free: Mapping[str, int], taken: Sequence[Taken]) -> None:
        """Note which lanes filled all their `free` slots: more of their jobs may wait."""
        given = Counter(row.lane for row in taken)
        for lane, slots in free.items():
            if given[lane] < slots:
                self._crowded.discard(lane)
            else:
                self._crowded.add(lane)

    def end(self, leased: LeasedJob, settled: Settled | None) -> bool:
        """Free the slot of a job whose handler has ended; the job stays leased until `settled` is stored.

        Return whether jobs may be waiting for the slot.
        """
        lane = leased.row.lane
        self._used[lane] -= 1
        if settled is None:
            self.drop([leased.row.id])
        else:
            self.settled.append(settled)
        return lane in self._crowded

    def take_settled(self) -> list[Settled]:
        """Return and clear the outcomes that are not stored yet."""
        settled, self.settled = self.settled, []
        return settled

    def drop(self, ids: Sequence[int]) -> None:
        """Remove jobs whose outcome is stored."""
        for id_ in ids:
            self.jobs.pop(id_, None)
        if not self.jobs:
            self.empty.set()

    def stop_all(self) -> None:
        """Stop every handler and release the jobs to the queue."""
        for leased in list(self.jobs.values()):
            leased.stop("released")
