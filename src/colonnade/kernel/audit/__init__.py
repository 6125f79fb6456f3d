"""The audit log: append-only, signed and hash-chained; who did what to what, and when.

>>> await record(tx, action="account.suspended", actor=caller, target=("account", 17),   # doctest: +SKIP
...              before=before, after=after, origin=exchange)
"""

from colonnade.kernel.audit.chain import AuditLinker, ChainBroken, link_entries, link_waiting, reseal
from colonnade.kernel.audit.keys import AuditSigner
from colonnade.kernel.audit.queries import list_entries
from colonnade.kernel.audit.recording import Origin, Recorded, record
from colonnade.kernel.audit.routes import audit_routes, export_lines
from colonnade.kernel.audit.schemas import Actor, AuditEntry, AuditFilters, AuditReport, Finding, Target
from colonnade.kernel.audit.verification import verify_log

__all__ = [
    "Actor",
    "AuditEntry",
    "AuditFilters",
    "AuditLinker",
    "AuditReport",
    "AuditSigner",
    "ChainBroken",
    "Finding",
    "Origin",
    "Recorded",
    "Target",
    "audit_routes",
    "export_lines",
    "link_entries",
    "link_waiting",
    "list_entries",
    "record",
    "reseal",
    "verify_log",
]
