"""Takes the provider's webhook bodies apart into items, each as the bytes in which it came.

A body may contain many items, also of other numbers of the same app. Only the frame is decoded here, and what the
provider says about people; the rest is skipped over. An item is read when it is taken (`reading`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

__all__ = ["MAX_ITEMS", "Item", "split_body"]

T = TypeVar("T")

MAX_ITEMS = 5_000
"""A megabyte of real items is not half as many; a body, list or value with more is kept as one, unread."""

_NULL = Raw(b"null")
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Item(Struct, frozen=True):
    """One thing that the provider tells: `part` is the list that it stood in, empty for a whole field's value.

    `people` are what the provider says about those who wrote, by each of their ids, unjudged. `moment` is the time of
    the entry, for fields whose values have none.
    """

    field: str
    part: str
    raw: bytes
    people: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    moment: str = ""

    @property
    def digest(self) -> bytes:
        """What tells this item from others: the same item comes again with the same bytes."""
        return hashlib.sha256(
            b"\0".join((f"{self.field}/{self.part}/{self.moment}".encode(), self.raw))
        ).digest()


class _Body(Struct):
    object: Raw = _NULL
    entry: Raw = _NULL


class _Entry(Struct):
    changes: Raw = _NULL
    time: Raw = _NULL


class _Change(Struct):
    field: Raw = _NULL
    value: Raw = _NULL


class _Metadata(Struct):
    phone_number_id: Raw = _NULL


class _Value(Struct):
    metadata: Raw = _NULL
    contacts: Raw = _NULL
    messages: Raw = _NULL
    statuses: Raw = _NULL
    message_echoes: Raw = _NULL
    calls: Raw = _NULL
    errors: Raw = _NULL


_PARTS: dict[str, tuple[str, ...]] = {
    "messages": ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes",),
    "message_echoes": ("message_echoes",),
    "calls": ("calls", "statuses", "errors"),
}
"""The fields whose values are lists of items. Every other value is an item itself."""


def split_body(raw: bytes, phone_number_id: str) -> Iterator[Item]:
    """Yield the items of a body that are about this number, or about no number, in order.

    What has not the provider's shape is yielded as one item without a field.
    """
    if not raw.strip():
        return
    body = _decode(raw, _Body)
    if body is None:
        raw = _LONE_SURROGATE.sub(rb"\\ufffd", raw)
        body = _decode(raw, _Body)
    entries = None if body is None else _decode(body.entry, list[Raw])
    known = body is not None and _text(body.object) == "whatsapp_business_account"
    if not known or entries is None or len(entries) > MAX_ITEMS:
        yield Item("", "", raw)
        return
    for entry_raw in entries:
        entry = _decode(entry_raw, _Entry)
        changes = None if entry is None else _decode(entry.changes, list[Raw])
        if entry is None or changes is None or len(changes) > MAX_ITEMS:
            yield Item("", "", bytes(entry_raw))
            continue
        for change_raw in changes:
            change = _decode(change_raw, _Change)
            field = None if change is None else _text(change.field)
            if change is None or field is None:
                yield Item("", "", bytes(change_raw))
            else:
                moment = bytes(entry.time)[:40].decode(errors="replace")
                yield from _items(field[:60], change.value, phone_number_id, moment)


def _items(field: str, raw: Raw, phone_number_id: str, moment: str) -> Iterator[Item]:
    value = _decode(raw, _Value)
    if value is None:
        yield Item(field, "", bytes(raw), moment=moment)
        return
    metadata = _decode(value.metadata, _Metadata)
    number = None if metadata is None else _text(metadata.phone_number_id)
    if number is not None and number != phone_number_id:
        return  # another number's
    parts = _PARTS.get(field, ())
    if number is None and parts:
        parts = ()  # whose messages these are is not said
    found = False
    people = _people(value.contacts)
    for part in parts:
        items = _decode(getattr(value, part), list[Raw])
        if items is None:
            continue
        found = True
        if len(items) > MAX_ITEMS:
            yield Item(field, "", bytes(raw), moment=moment)
            return
        for item in items:
            yield Item(field, part, bytes(item), people)
    if not found:
        yield Item(field, "", bytes(raw), moment=moment)


def _people(raw: Raw) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for each in (_decode(raw, list[Raw]) or [])[:MAX_ITEMS]:
        person = _decode(each, dict[str, Any]) or {}
        for name in ("wa_id", "user_id"):
            if isinstance(person.get(name), str):
                found[person[name]] = person
    return found


def _decode(raw: Raw | bytes, type_: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _text(raw: Raw) -> str | None:
    found: Any = _decode(raw, str)
    return found or None
