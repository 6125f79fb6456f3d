"""Exports of personal data: one JSON file, built by a job from what each slice declares that it holds.

>>> SLICE = Slice(name="orders", …, personal_data=[PersonalData("orders", collect_orders, erase_orders)])
... # doctest: +SKIP
"""

from colonnade.kernel.exports.jobs import MakeExport, make_export
from colonnade.kernel.exports.personal import HeldData, PersonalData, rows_of
from colonnade.kernel.exports.queries import EXPORTS_OF, erase_exports, prune_exports
from colonnade.kernel.exports.routes import ACCOUNT, REQUESTS, export_routes
from colonnade.kernel.exports.schemas import Export, LinkInvalid

__all__ = [
    "ACCOUNT",
    "EXPORTS_OF",
    "REQUESTS",
    "Export",
    "HeldData",
    "LinkInvalid",
    "MakeExport",
    "PersonalData",
    "erase_exports",
    "export_routes",
    "make_export",
    "prune_exports",
    "rows_of",
]
