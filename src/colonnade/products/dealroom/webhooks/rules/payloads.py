"""Reads the provider's webhook bodies: strictly the parts that are used, and nothing else.

A body may contain several messages and statuses, also of other numbers of the same app. Malformed items are left out;
an unknown kind of message becomes a text such as `[sticker]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from msgspec import Struct

from colonnade.kernel.core import clean_line, clean_words
from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.messages.schemas import MessageStatus, MessageType

__all__ = ["Delivery", "InboundMessage", "StatusChange", "read_delivery"]

MAX_TEXT_CHARACTERS = 4096
_WA_ID = re.compile(r"[1-9][0-9]{5,14}\Z")
_KIND = re.compile(r"[a-z][a-z_]{0,39}\Z")
_MEDIA = ("image", "video", "audio", "document")
_KNOWN_STATUSES = ("sent", "delivered", "read", "failed")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class InboundMessage(Struct, frozen=True):
    """A customer's message. The file of one with `media_id` is at the provider, for some days."""

    wa_id: str
    profile_name: str | None
    provider_message_id: str
    type: MessageType
    content: str
    media_id: str | None = None
    file_name: str | None = None
    reply_to: str | None = None


class StatusChange(Struct, frozen=True):
    """A new delivery status of a message of ours; `error` is the reason of a failure."""

    provider_message_id: str
    status: MessageStatus
    wa_id: str | None
    error: str | None


class Delivery(Struct, frozen=True):
    """The messages and statuses of one webhook body for one number, in order.

    Each is read when it is taken: to clean the texts of a whole megabyte takes so long that others would wait.
    """

    messages: Iterator[InboundMessage]
    statuses: Iterator[StatusChange]


def read_delivery(raw: bytes, phone_number_id: str) -> Delivery:
    """Read the messages and statuses in `raw` that belong to this number; none from a malformed body."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    ours = [
        value
        for value in _values(body)
        if _text(_inner(value, "metadata").get("phone_number_id")) == phone_number_id
    ]
    return Delivery(_messages(ours), _statuses(ours))


def _messages(values: Iterable[Mapping[str, Any]]) -> Iterator[InboundMessage]:
    for value in values:
        names = {
            _text(contact.get("wa_id")): _inner(contact, "profile").get("name")
            for contact in _objects(value.get("contacts"))
        }
        for item in _objects(value.get("messages")):
            message = _message(item, names)
            if message is not None:
                yield message


def _statuses(values: Iterable[Mapping[str, Any]]) -> Iterator[StatusChange]:
    for value in values:
        for item in _objects(value.get("statuses")):
            status = _status(item)
            if status is not None:
                yield status


def _values(body: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(body, dict) or body.get("object") != "whatsapp_business_account":
        return
    for entry in _objects(body.get("entry")):
        for change in _objects(entry.get("changes")):
            if change.get("field") == "messages":
                yield _inner(change, "value")


def _message(item: Mapping[str, Any], names: Mapping[str | None, Any]) -> InboundMessage | None:
    wa_id, given_id = _wa_id(item.get("from")), _id(item.get("id"))
    if wa_id is None or given_id is None or "group_id" in item:
        return None
    kind = _text(item.get("type")) or ""
    kind = kind if _KIND.match(kind) else "unknown"
    about = _inner(item, kind)
    media_id = _id(about.get("id")) if kind in _MEDIA else None
    written = _content(_written(kind, about))
    return InboundMessage(
        wa_id=wa_id,
        profile_name=_name(names.get(_text(item.get("from")))),
        provider_message_id=given_id,
        type=cast(MessageType, kind) if media_id is not None else "text",
        content=written or f"[{kind}]",
        media_id=media_id,
        file_name=_text(about.get("filename")) if media_id is not None else None,
        reply_to=_id(_inner(item, "context").get("id")),
    )


def _written(kind: str, about: Mapping[str, Any]) -> Any:
    """Return the text of a message of this kind: its text, its caption, or the label of its button."""
    if kind == "text":
        return about.get("body")
    if kind in _MEDIA:
        return about.get("caption")
    if kind == "button":
        return about.get("text")
    if kind == "interactive":
        return _inner(about, _text(about.get("type")) or "").get("title")
    return None


def _status(item: Mapping[str, Any]) -> StatusChange | None:
    given_id, status = _id(item.get("id")), item.get("status")
    if given_id is None or status not in _KNOWN_STATUSES:
        return None
    error = next(_objects(item.get("errors")), {})
    title = _text(error.get("title")) or _text(error.get("message")) or "The provider could not deliver it"
    code = error.get("code")
    reason = clean_reason(f"{code}: {title}" if isinstance(code, int) else title)
    return StatusChange(
        given_id, status, _wa_id(item.get("recipient_id")), reason if status == "failed" else None
    )


def _inner(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = item.get(name)
    return found if isinstance(found, dict) else {}


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable() else None


def _wa_id(value: Any) -> str | None:
    digits = value.removeprefix("+") if isinstance(value, str) else ""
    return digits if _WA_ID.match(digits) else None


def _name(value: Any) -> str | None:
    """Return a profile's name on one line, without characters that cannot be shown."""
    return clean_line(value[:1_000])[:100].rstrip() or None if isinstance(value, str) else None


def _content(value: Any) -> str | None:
    """Return a text that can be stored; one that is too long is cut and marked as such."""
    if not isinstance(value, str) or not value.strip():
        return None
    plain = clean_words(_UNSTORABLE.sub("\ufffd", value[: 4 * MAX_TEXT_CHARACTERS]))
    return plain if len(plain) <= MAX_TEXT_CHARACTERS else plain[: MAX_TEXT_CHARACTERS - 1] + "…"
