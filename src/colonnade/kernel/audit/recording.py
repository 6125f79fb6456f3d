"""Writing to the audit log: one insert inside the caller's transaction.

`record` takes no lock and waits for nobody. The entry becomes part of the chain a moment after the commit
(see `chain`); it is signed here, so that from its first moment on a change of it, and an entry that somebody
else wrote, can be told.
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

LONGEST_CHANGE_BYTES = 16_384
HIDDEN = "[hidden]"

_encoder = msgspec.json.Encoder(order="deterministic", enc_hook=str)


class Origin(Protocol):
    """Where a request came from; an Exchange is one."""

    address: str
    request_id: str


class Recorded(Event, frozen=True):
    """Entries wait for their place in the chain."""


async def record(
    tx: Transaction,
    *,
    action: str,
    actor: Principal | str | Literal["caller"] | None = "caller",
    target: tuple[str, object] | None = None,
    before: Mapping[str, Any] | msgspec.Struct | None = None,
    after: Mapping[str, Any] | msgspec.Struct | None = None,
    exchange: Origin | None = None,
    hide: Collection[str] = (),
) -> None:
    """Note in the audit log that `actor` did `action` to `target`; it is there when `tx` commits, or not at all.

    `action` is `thing.happened` (`session.revoked`). `actor` is an account, the name of a part of the system
    (`cli`, `job:storage.sweep`) or None for somebody who is not signed in; left out, it is the caller that the
    transaction was opened for. `target` is kind and id (`("account", 17)`). Of `before` and `after` only what
    differs is kept, values with secret-sounding names, e-mail addresses, tokens and the fields named in `hide`
    never; more than 16 KiB becomes a note of the size.
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
        _address(exchange.address) if exchange else None,
        exchange.request_id if exchange else current_request(),
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
    """`before` and `after` as JSON text for the log: what differs, without secrets."""
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
    hidden = {name: HIDDEN if name in hide else inner for name, inner in value.items()}
    # One level down, where a value with a secret name is hidden whatever its type.
    text = _encoder.encode(redact(None, "", {"change": hidden})["change"])
    if len(text) > LONGEST_CHANGE_BYTES:
        return _encoder.encode({"omitted_bytes": len(text)}).decode()
    # PostgreSQL's text and json cannot hold NUL.
    return text.decode().replace("\\u0000", "\\ufffd")


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
