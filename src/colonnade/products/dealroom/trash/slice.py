"""What users have deleted and can restore. Out of scope: which things those are, which their slices say (`trash=`)."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData, rows_of
from colonnade.kernel.product import Slice
from colonnade.kernel.trash import TRASH_OF, trash_routes
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["SLICE"]

SLICE = Slice(
    name="trash",
    routes=[trash_routes(f"{PREFIX}/trash", permission="trash:restore", own=True)],
    personal_data=[PersonalData("deleted", rows_of(TRASH_OF))],
)
