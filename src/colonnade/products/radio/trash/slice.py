"""What staff have deleted and can restore. Out of scope: which things those are, which their slices say (`trash=`)."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.kernel.trash import TRASH_OF, trash_routes

__all__ = ["SLICE"]

SLICE = Slice(
    name="trash",
    routes=[trash_routes("/trash", permission="trash:restore")],
    personal_data=[PersonalData("deleted", rows_of(TRASH_OF))],
)
