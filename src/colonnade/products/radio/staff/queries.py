"""SQL of staff administration that the kernel's identity does not have."""

from __future__ import annotations

from colonnade.kernel.db import Transaction

__all__ = ["lock_admins"]


async def lock_admins(tx: Transaction) -> set[int]:
    """Ids of the active administrators, locked in id order so that two demotions cannot pass each other."""
    rows = await tx.fetch("SELECT id FROM accounts WHERE role = 'admin' AND is_active ORDER BY id FOR UPDATE")
    return {row["id"] for row in rows}
