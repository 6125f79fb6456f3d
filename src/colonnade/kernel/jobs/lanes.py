"""Lanes and priorities: which jobs wait for each other, and which of those that do goes first.

A lane is declared where its jobs are, as a constant that they share. What is slow for reasons of its own (a mail
server, a model, pictures) gets a lane of its own: however long its jobs take and however many of them wait, they
keep each other waiting and nobody else.
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
    """Jobs that share `concurrency` slots in each worker. Raises ValueError for a name or number of no use."""

    name: str
    concurrency: int

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot name a lane: one word in lower case")
        if self.concurrency < 1:
            raise ValueError(f"lane {self.name}: concurrency must be at least 1")


DEFAULT_LANE = Lane("default", 10)
"""For jobs that work with the database alone. Whoever calls other servers declares a lane."""
