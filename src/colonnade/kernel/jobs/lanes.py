"""Lanes and priorities: which jobs share slots, and in which order they get them.

A lane is declared beside its jobs, as a constant that they share. Jobs that depend on something slow (a mail
server, a model, images) have a lane of their own: however long they take and however many of them wait, they delay
only each other.
"""

from __future__ import annotations

import dataclasses
import re
from enum import IntEnum

__all__ = ["DEFAULT_LANE", "Lane", "Priority"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Priority(IntEnum):
    """The order of jobs inside a lane: one that is due starts before those of lower priority that are due."""

    HIGH = 1
    NORMAL = 0
    LOW = -1


@dataclasses.dataclass(frozen=True)
class Lane:
    """Jobs that share `concurrency` slots in each worker. Raises ValueError for an invalid name or number.

    Of the jobs that concern one account (`concerns`), `in_front` wait or run with their priority; what is enqueued
    beyond them has the lowest one: however many an account has, others wait for few of them.
    """

    name: str
    concurrency: int
    in_front: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot name a lane: one word in lower case")
        if self.concurrency < 1:
            raise ValueError(f"lane {self.name}: concurrency must be at least 1")
        if self.in_front is not None and self.in_front < 1:
            raise ValueError(f"lane {self.name}: at least one job must be in front")


DEFAULT_LANE = Lane("default", 10)
"""For jobs that use the database only. Jobs that call other servers declare a lane."""
