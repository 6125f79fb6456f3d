"""Writes to the audit log: one insert inside the caller's transaction.

`record` takes no lock and never waits. The entry becomes part of the chain a moment after the commit (see `chain`);
it is signed here, so that changed and forged entries are detected even before that.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Literal, Protocol

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import queries
from colonnade.kernel.audit.seal import canonical
from colonnade.kernel.core import Event, now
from colonnade.kernel.db import Transaction
from colonnade.kernel.observe import current_request, redact

__all__ = ["Origin", "Recorded", "changes", "record"]

MAX_CHANGE_BYTES = 16_384
HIDDEN = "[hidden]"

_encoder = msgspec.json.Encoder(order="deterministic", enc_hook=str)


class Origin(Protocol):
    """The origin of a request; an Exchange is one."""

    address: str
    request_id: str


class Recorded(Event, frozen=True):
    """Entries were committed and wait to be linked."""


async def record(
    tx: Transaction,
    *,
    action: str,
    actor: Principal | str | Literal["caller"] | None = "caller",
    target: tuple[str, object] | None = None,
    before: Mapping[str, Any] | msgspec.Struct | None = None,
    after: Mapping[str, Any] | msgspec.Struct | None = None,
    origin: Origin | None = None,
    hide: Collection[str] = (),
) -> None:
    """Record in the audit log that `actor` did `action` to `target`; the entry commits with `tx`, or not at all.

    `action` is `thing.happened` (`session.revoked`). `actor` is an account, the name of a part of the system
    (`cli`, `job:storage.sweep`) or None for somebody who is not signed in; by default it is the caller for whom the
    transaction was opened. `target` is kind and id (`("account", 17)`). Of `before` and `after` only differences are
    stored, but never values with secret-sounding names, e-mail addresses, tokens and the fields named in `hide`; more
    than 16 KiB is replaced by its size.
    """
    who = tx.caller if actor == "caller" else actor
    kind, actor_id, role, session_id = _actor(who)
    old, new = changes(before, after, hide=hide)
    values = (
        uuid.uuid4(),
        now(),
        action,
        kind,
        actor_id,
        role,
        session_id,
        target[0] if target else None,
        str(target[1]) if target else None,
        old,
        new,
        _address(origin.address) if origin else None,
        origin.request_id if origin else current_request(),
    )
    await queries.insert_entry(tx, values, tx.signer.sign(canonical(values)))
    if not any(type(event) is Recorded for event in tx.events):
        tx.after_commit(Recorded())


def changes(
    before: Mapping[str, Any] | msgspec.Struct | None,
    after: Mapping[str, Any] | msgspec.Struct | None,
    *,
    hide: Collection[str] = (),
) -> tuple[str | None, str | None]:
    """Return the differences of `before` and `after` as JSON texts for the log, without secrets."""
    old, new = _builtins(before), _builtins(after)
    if old is not None and new is not None:
        same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
        old = {name: value for name, value in old.items() if name not in same}
        new = {name: value for name, value in new.items() if name not in same}
    return _text(old, hide), _text(new, hide)


def _builtins(value: Mapping[str, Any] | msgspec.Struct | None) -> dict[str, Any] | None:
    if value is None:
        return None
    plain = msgspec.to_builtins(value, enc_hook=str)
    return {str(name): inner for name, inner in plain.items()}


def _text(value: dict[str, Any] | None, hide: Collection[str]) -> str | None:
    if value is None:
        return None
    unseen = {_letters(name) for name in hide}
    hidden = {name: HIDDEN if _letters(name) in unseen else inner for name, inner in value.items()}
    # Nested one level deeper, where `redact` hides a value with a secret name whatever its type.
    text = _encoder.encode(redact(None, "", {"change": hidden})["change"])
    if len(text) > MAX_CHANGE_BYTES:
        return _encoder.encode({"omitted_bytes": len(text)}).decode()
    # PostgreSQL's text and json cannot hold NUL.
    return text.decode().replace("\\u0000", "\\ufffd")


def _letters(name: str) -> str:
    """Return a field's name without its case and underscores: a Struct's is `phoneNumber` to clients."""
    return name.replace("_", "").lower()


def _actor(who: Principal | str | None) -> tuple[str, str | None, str | None, uuid.UUID | None]:
    if who is None:
        return "anonymous", None, None, None
    if isinstance(who, str):
        return "system", who, None, None
    return "account", str(who.id), who.role, who.session_id


def _address(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
