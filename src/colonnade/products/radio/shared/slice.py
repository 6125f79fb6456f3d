"""The parts that several slices share: field types, the station's local time, texts and their wording."""

from __future__ import annotations

from colonnade.kernel.product import Slice
from colonnade.products.radio.shared.schemas import QUEUE_CHANGED, StationSettings

__all__ = ["SLICE"]

SLICE = Slice(
    name="shared",
    settings=StationSettings,
    sends=[QUEUE_CHANGED],
)
