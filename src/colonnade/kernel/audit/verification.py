"""Verifies the whole chain, to find entries that were changed, removed or inserted without the application.

Each entry's signature proves that a Colonnade process wrote it; each hash covers the one before; the seal proves
where the chain ends. An attacker who can write to the database but has no key can change none of it undetected, with
one exception: restoring an older copy of the whole log. Against that, keep position and hash of a verification
elsewhere and pass them to the next one (`expected`).
"""

from __future__ import annotations

from colonnade.kernel.audit import queries
from colonnade.kernel.audit.chain import values_of
from colonnade.kernel.audit.schemas import AuditReport, Finding
from colonnade.kernel.audit.seal import GENESIS, canonical, head_bytes, link_hash
from colonnade.kernel.core import counted
from colonnade.kernel.db import Database, Record

__all__ = ["verify_log"]

BATCH = 1_000
MAX_FINDINGS = 100


async def verify_log(db: Database, *, expected: tuple[int, str] | None = None) -> AuditReport:
    """Verify everything up to the present end of the chain, and what waits to be linked.

    `expected` is position and hash (hex) of an earlier verification. At most 100 findings are kept.
    """
    check = _Verification(db)
    head = await queries.fetch_head(db)
    await check.read_chain(head["position"], expected)
    check.check_end(head)
    await check.check_behind()
    waiting = await check.read_inbox()
    return AuditReport(
        entries=check.entries,
        waiting=waiting,
        position=head["position"],
        hash=head["hash"].hex(),
        findings=tuple(check.findings),
    )


class _Verification:
    def __init__(self, db: Database) -> None:
        self._db = db
        self.findings: list[Finding] = []
        self.entries = 0
        self._position = 0
        self._hash = GENESIS

    def _find(self, finding: Finding) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)

    async def read_chain(self, until: int, expected: tuple[int, str] | None) -> None:
        if expected is not None and expected[0] > until:
            text = f"the log ends at {until} and once had {counted(expected[0], 'entry', 'entries')}"
            self._find(Finding("removed", until + 1, text))
        while rows := await queries.list_links(self._db, after=self._position, until=until, limit=BATCH):
            for row in rows:
                self._check(row)
                if expected is not None and row["position"] == expected[0]:
                    self._check_expected(row, expected[1])

    def _check(self, row: Record) -> None:
        position = row["position"]
        if position != self._position + 1:
            self._find(_removed(self._position + 1, position - 1))
        entry = canonical(values_of(row))
        signed = self._db.signer.check(entry, row["signature"])
        follows = link_hash(self._hash, entry, row["signature"]) == row["hash"]
        if not follows and signed is not True:
            self._find(Finding("changed", position, f"entry {position} is not as it was written"))
        elif not follows and position == self._position + 1:
            self._find(Finding("broken", position, f"entry {position} does not follow the one before it"))
        elif follows and signed is False:
            self._find(Finding("inserted", position, f"entry {position} was not written by Colonnade"))
        self.entries += 1
        self._position = position
        # The stored hash, not the computed one: a changed entry is one finding, not one for each after it.
        self._hash = row["hash"]

    def _check_expected(self, row: Record, digest: str) -> None:
        if row["hash"].hex() != digest.lower():
            position = row["position"]
            self._find(Finding("broken", position, f"entry {position} had another hash: the log was rebuilt"))

    def check_end(self, head: Record) -> None:
        position, digest = head["position"], head["hash"]
        if self._position < position:
            self._find(_removed(self._position + 1, position))
        elif self._hash != digest:
            self._find(Finding("broken", position, "the last entry is not the one that was last linked"))
        if not position:
            return
        genuine = self._db.signer.check(head_bytes(position, digest), head["seal"])
        if genuine is None:
            key = head["seal"].rpartition(".")[0]
            self._find(Finding("key", position, f"the key {key!r} of the log's seal is not in FIELD_KEYS"))
        elif not genuine:
            self._find(Finding("broken", position, "the seal of the log's end is not genuine"))

    async def check_behind(self) -> None:
        row = await queries.count_outside(self._db)
        if row["behind"]:
            end = row["position"]
            behind = counted(row["behind"], "entry", "entries")
            text = f"{behind} after {end}, the end of the chain: not written by Colonnade"
            self._find(Finding("inserted", end + 1, text))

    async def read_inbox(self) -> int:
        waiting = after = 0
        while rows := await queries.list_waiting(self._db, after=after, limit=BATCH):
            for row in rows:
                waiting += 1
                signed = self._db.signer.check(canonical(values_of(row)), row["signature"])
                if row["known"] or signed is False:
                    text = f"entry {row['id']} waits to be linked and was not written by Colonnade"
                    self._find(Finding("inserted", None, text))
                elif signed is None:
                    key = row["signature"].rpartition(".")[0]
                    self._find(
                        Finding("key", None, f"entry {row['id']} is signed with an unknown key {key!r}")
                    )
            after = rows[-1]["arrival"]
        return waiting


def _removed(first: int, last: int) -> Finding:
    text = f"entry {first} is gone" if first == last else f"entries {first} to {last} are gone"
    return Finding("removed", first, text)
