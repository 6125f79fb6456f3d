"""Shapes of the audit log: an entry, the filters of a list, and the findings of a verification."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

__all__ = ["Actor", "AuditEntry", "AuditFilters", "AuditReport", "Finding", "Target"]


class Actor(msgspec.Struct, frozen=True, rename="camel"):
    """Who acted: an account (id, role and session as of that moment), a part of the system, or somebody unknown."""

    kind: Literal["account", "system", "anonymous"]
    id: str | None
    role: str | None
    session_id: UUID | None


class Target(msgspec.Struct, frozen=True):
    """What was acted on, such as `account` `17`."""

    kind: str
    id: str


class AuditEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One entry; `position` counts from 1 without gaps. `before` and `after` hold what changed, without secrets."""

    position: int
    id: UUID
    created_at: datetime
    action: str
    actor: Actor
    target: Target | None
    before: Any
    after: Any
    address: str | None
    request_id: str | None


class AuditFilters(msgspec.Struct, frozen=True):
    """The conditions of a list; None leaves one out. `since` is inclusive, `until` is exclusive."""

    action: str | None = None
    actor_id: str | None = None
    target_kind: str | None = None
    target_id: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Finding(msgspec.Struct, frozen=True):
    """A deviation from the log as it was written.

    `changed`: an entry's content; `removed`: entries that are gone; `inserted`: an entry that Colonnade did not
    write; `broken`: the chain or its end was rebuilt; `key`: a key that is needed is missing.
    """

    kind: Literal["changed", "removed", "inserted", "broken", "key"]
    position: int | None
    text: str


class AuditReport(msgspec.Struct, frozen=True):
    """The result of a verification: `entries` were read up to `position`; `waiting` are not in the chain yet."""

    entries: int
    waiting: int
    position: int
    hash: str
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
