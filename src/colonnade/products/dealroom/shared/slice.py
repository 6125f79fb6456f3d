"""The parts that several slices share: field types, the shape of answers, paths, and the limit on uploads."""

from __future__ import annotations

from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Slice

__all__ = ["SLICE"]

SLICE = Slice(
    name="shared",
    budgets=[Budget("uploads", "60/hour")],
)
