"""Takes the provider's webhook bodies apart into items, each as the bytes in which it came.

A body may contain many items, also of other numbers of the same app. Only the frame is decoded here, and by which ids
the provider knows those who wrote; the rest is skipped over. An item is read when it is taken (`reading`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from colonnade.products.dealroom.webhooks.rules.kinds import KINDS

__all__ = ["MAX_ITEMS", "Item", "People", "Writer", "acts", "split_body"]

T = TypeVar("T")

MAX_ITEMS = 5_000
"""The provider puts at most 1,000 into a body; a body, list or value with more is kept as one, unread."""

MAX_PROFILE_BYTES = 16 * 1024
"""A longer profile is no name."""

MAX_COMMAS = 250_000
"""Between the parts of a body: three megabytes of the smallest real items have not half as many."""

STEP_MATCHES = 5_000
STEP_CONTACTS = 50

_NULL = Raw(b"null")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Writer(Struct, frozen=True):
    """What the provider says about somebody who wrote, unjudged; the profile as it came, decoded by who needs it."""

    wa_id: str | None = None
    user_id: str | None = None
    raw_profile: bytes = b""

    @property
    def profile(self) -> Mapping[str, Any]:
        """The profile's object; an empty one if it is none."""
        return _decode(self.raw_profile, dict[str, Any]) or {}


class People(Struct, frozen=True):
    """Those who wrote, by each of their ids; `only` if there is one alone."""

    known: Mapping[str, Writer] = {}
    only: Writer | None = None


NOBODY = People()


class Item(Struct, frozen=True):
    """One thing that the provider tells: `part` is the list that it stood in, empty for a whole field's value.

    `people` are those who wrote the items of its value. `moment` is the time of the entry, for fields whose values have
    none.
    """

    field: str
    part: str
    raw: bytes
    people: People = NOBODY
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


class _Contact(Struct):
    wa_id: Raw = _NULL
    user_id: Raw = _NULL
    profile: Raw = _NULL


class _Value(Struct):
    metadata: Raw = _NULL
    contacts: Raw = _NULL
    messages: Raw = _NULL
    statuses: Raw = _NULL
    message_echoes: Raw = _NULL
    calls: Raw = _NULL
    user_preferences: Raw = _NULL
    errors: Raw = _NULL


_PARTS: dict[str, tuple[str, ...]] = {
    "messages": ("messages", "statuses", "errors"),
    "smb_message_echoes": ("message_echoes",),
    "message_echoes": ("message_echoes",),
    "calls": ("calls", "statuses", "errors"),
    "user_preferences": ("user_preferences",),
}
"""The fields whose values are lists of items. Every other value is an item itself."""


def acts(item: Item) -> bool:
    """Return whether more may be to do for an item than to keep it."""
    return bool(item.part) or KINDS.get(item.field) == "event"


def split_body(raw: bytes, phone_number_id: str) -> Generator[Item | None]:
    """Yield the items of a body that are about this number, or about no number, in order; None after each long step.

    What has not the provider's shape, or is made of nothing but small parts, is yielded as one item without a field.
    """
    if not raw.strip():
        return
    body = _decode(raw, _Body)
    if body is None:
        yield None
        raw = yield from _without_lone_surrogates(raw)
        body = _decode(raw, _Body)
    yield None
    dense = body is not None and _is_dense(raw)
    yield None
    entries = None if body is None or dense else _decode(body.entry, list[Raw])
    known = body is not None and _text(body.object) == "whatsapp_business_account"
    if not known or entries is None or len(entries) > MAX_ITEMS:
        yield Item("", "", raw)
        return
    for entry_raw in entries:
        yield None
        entry = _decode(entry_raw, _Entry)
        yield None
        changes = None if entry is None else _decode(entry.changes, list[Raw])
        if entry is None or changes is None or len(changes) > MAX_ITEMS:
            yield Item("", "", bytes(entry_raw))
            continue
        for change_raw in changes:
            yield None
            change = _decode(change_raw, _Change)
            field = None if change is None else _text(change.field)
            if change is None or field is None:
                yield Item("", "", bytes(change_raw))
            else:
                moment = bytes(entry.time)[:40].decode(errors="replace")
                yield None
                yield from _items(field[:60], change.value, phone_number_id, moment)


def _is_dense(raw: bytes) -> bool:
    """Return whether a body has more parts than anybody sends: lists of them would be long work in one step."""
    if raw.count(b",") <= MAX_COMMAS:
        return False
    # The commas may be what people have written.
    return raw.count(b'"') > MAX_COMMAS or _STRING.sub(b"", raw).count(b",") > MAX_COMMAS


def _without_lone_surrogates(raw: bytes) -> Generator[None, None, bytes]:
    if b"\\ud" not in raw and b"\\uD" not in raw:
        return raw
    mended = bytearray()
    end = 0
    for number, found in enumerate(_LONE_SURROGATE.finditer(raw)):
        mended += raw[end : found.start()]
        mended += rb"\ufffd"
        end = found.end()
        if number % STEP_MATCHES == 0:
            yield
    mended += raw[end:]
    return bytes(mended)


def _items(field: str, raw: Raw, phone_number_id: str, moment: str) -> Generator[Item | None]:
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
    people = (yield from _people(value.contacts)) if parts else NOBODY
    for part in parts:
        yield None
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


def _people(raw: Raw) -> Generator[None, None, People]:
    """Return those who are named; nothing but their ids is decoded, however much is said about each."""
    yield
    known: dict[str, Writer] = {}
    for number, each in enumerate((_decode(raw, list[Raw]) or [])[:MAX_ITEMS]):
        if number % STEP_CONTACTS == 0:
            yield
        contact = _decode(each, _Contact)
        if contact is None:
            continue
        profile = bytes(contact.profile)
        writer = Writer(
            _text(contact.wa_id),
            _text(contact.user_id),
            profile if len(profile) <= MAX_PROFILE_BYTES else b"",
        )
        known |= {one: writer for one in (writer.wa_id, writer.user_id) if one is not None}
    first = next(iter(known.values()), None)
    return People(known, first if all(one is first for one in known.values()) else None)


def _decode(raw: Raw | bytes, type_: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _text(raw: Raw) -> str | None:
    found: Any = _decode(raw, str)
    return found or None
