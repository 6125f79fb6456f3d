"""Reads one item of a webhook body: its kind, and what is used of it. Malformed parts are left out, never refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.contacts.schemas import Person
from colonnade.products.dealroom.messages.schemas import MessageType
from colonnade.products.dealroom.shared.rules.storing import storable
from colonnade.products.dealroom.webhooks.rules.accounts import AccountChange, TemplateChange, read_account
from colonnade.products.dealroom.webhooks.rules.contents import (
    WRITERS,
    Written,
    inner,
    line_of,
    objects,
    text_of,
)
from colonnade.products.dealroom.webhooks.rules.kinds import KINDS, UNKNOWN, UNREADABLE
from colonnade.products.dealroom.webhooks.rules.parts import (
    KIND,
    MAX_DATA_BYTES,
    decoded,
    id_of,
    moment_of,
    person_of,
    small,
    user_id_of,
    wa_id_of,
    words_of,
)
from colonnade.products.dealroom.webhooks.rules.payloads import Item, People

__all__ = [
    "Change",
    "ChangedIdentity",
    "FileAt",
    "Kept",
    "Preference",
    "Read",
    "Said",
    "StatusChange",
    "read_item",
]

MAX_ITEM_BYTES = 128 * 1024
"""Longer ones are kept, unread: a message of 4,096 characters has a fifth of it. The costliest one is read in 25 ms."""

_MEDIA: Mapping[str, MessageType] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "document": "document",
    "sticker": "image",
}
_ECHOES = ("smb_message_echoes", "message_echoes")


class FileAt(Struct, frozen=True):
    """A file at the provider, which keeps it for some days; `kind` is the type of its message."""

    media_id: str
    kind: str
    mimetype: str | None
    name: str | None


class Kept(Struct, frozen=True):
    """What is kept of every item: its kind (one of KINDS, or UNKNOWN), what it is called, its id and its time."""

    kind: str
    called: str
    provider_id: str | None = None
    at: datetime | None = None


class Said(Struct, frozen=True):
    """A message for the record. `ours`: the owner has sent it from a phone, to `person`."""

    person: Person
    provider_message_id: str
    shown_kind: str | None
    type: MessageType
    content: str
    data: dict[str, Any] | None
    file: FileAt | None = None
    reply_to: str | None = None
    ours: bool = False
    by_system: bool = False


class Change(Struct, frozen=True):
    """An edit or a revocation of an earlier message; `said` notes it if that message is not known."""

    original_id: str
    verb: Literal["edit", "revoke"]
    content: str | None
    said: Said


class ChangedIdentity(Struct, frozen=True):
    """A person who has another number or id now; `said` notes it in their session."""

    before: Person
    after: Person
    said: Said


class StatusChange(Struct, frozen=True):
    """A delivery status of a message of ours, with what the provider says about it."""

    provider_message_id: str
    status: str
    person: Person
    callback_data: str | None
    error_code: int | None
    error: str | None
    pricing: dict[str, Any] | None
    conversation: dict[str, Any] | None
    errors: list[Any] | None


class Preference(Struct, frozen=True):
    """Whether a person wants marketing from the owner."""

    person: Person
    stopped: bool


Told = Said | Change | ChangedIdentity | StatusChange | Preference | TemplateChange | AccountChange
Read = tuple[Kept, Told | None]


def read_item(item: Item) -> Read:
    """Return what is kept of an item, and what is used of it; None if it is only kept."""
    if not item.part:
        called = item.field if KIND.match(item.field) else UNREADABLE
        if called in KINDS:
            return Kept(called, called, at=moment_of(item.moment)), read_account(called, item.raw)
        strange = called != UNREADABLE and not called.endswith(_LISTS)
        return Kept(UNKNOWN if strange else UNREADABLE, called, at=moment_of(item.moment)), None
    found = decoded(item.raw) if len(item.raw) <= MAX_ITEM_BYTES else None
    if not isinstance(found, dict):
        return Kept(UNREADABLE, f"{item.field}.{item.part}"), None
    at = moment_of(found.get("timestamp"))
    if item.part == "statuses":
        return _status(item, found, at)
    if item.part == "errors":
        return Kept("messages.errors", f"{item.field}.errors", at=at), None
    if item.part == "user_preferences":
        return _preference(item, found, at)
    if item.part == "calls":
        return _call(found, item.people, at)
    return _message(item, found, at)


_LISTS = ("messages", "message_echoes", "calls", "user_preferences")


def _message(item: Item, found: Mapping[str, Any], at: datetime | None) -> Read:
    ours = item.field in _ECHOES
    name, about, called = _named(found)
    if "group_id" in found:
        called = "group"
    kind = f"{item.field}.{called}"
    provider_id = id_of(found.get("id"))
    kept = Kept(kind if kind in KINDS else UNKNOWN, kind, provider_id, at)
    person = person_of(found, item.people, to=ours)
    if name == "system":
        person = _before(found, person)
    if provider_id is None or person is None or KINDS.get(kind) == "ignored":
        return kept, None
    said = _said(kept, found, person, name, about, ours=ours)
    if called in ("edit", "revoke"):
        original = id_of(inner(found, called).get("original_message_id"))
        if original is not None:
            changed = _edited(found) if called == "edit" else None
            kept = Kept(kept.kind, kept.called, original, at)
            return kept, Change(original, "edit" if called == "edit" else "revoke", changed, said)
    if name == "system":
        return kept, ChangedIdentity(person, _after(person, inner(found, "system")), said)
    return kept, said


def _named(found: Mapping[str, Any]) -> tuple[str, Any, str]:
    """Return a message's type, the object of that name, and what it is called in the table of kinds."""
    name = text_of(found.get("type"))
    name = name if KIND.match(name) else UNKNOWN
    about = found.get(name)
    if name not in ("interactive", "system"):
        return name, about, name
    detail = text_of(inner(found, name).get("type"))
    if not KIND.match(detail):
        return name, about, name
    chosen = inner(inner(found, name), detail) if name == "interactive" else about
    return name, chosen or about, f"{name}.{detail}"


def _said(kept: Kept, found: Mapping[str, Any], person: Person, name: str, about: Any, *, ours: bool) -> Said:
    called = kept.called.partition(".")[2]
    written = _written(name, called, about, ours=ours)
    if name == "edit":
        written = Written(_edited(found) or "", {})
    file = _file(name, about)
    type_: MessageType = "text"
    if file is not None:
        type_ = _MEDIA.get(name) or _type_of(file.mimetype)
    context = inner(found, "context")
    replied = inner(found, "reaction").get("message_id") if name == "reaction" else context.get("id")
    return Said(
        person=person,
        provider_message_id=kept.provider_id or "",
        shown_kind=_shown(name, called, about, known=kept.kind != UNKNOWN),
        type=type_,
        content=words_of(written.content) or f"[{name}]",
        data=_data(written.data, found, about, file, ours=ours),
        file=file,
        reply_to=id_of(replied),
        ours=ours,
        by_system=name == "system",
    )


def _written(name: str, called: str, about: Any, *, ours: bool) -> Written:
    if ours and name == "interactive":
        called = "interactive.sent"
    writer = WRITERS.get(called) or WRITERS.get(name)
    if writer is not None and isinstance(about, list if name == "contacts" else dict):
        return writer(about)
    return Written(text_of(about.get("caption")) if isinstance(about, dict) else "", {})


def _shown(name: str, called: str, about: Any, *, known: bool) -> str | None:
    """Return what kind of message clients are told that it is; None for those that the contract's types say."""
    if not known:
        return UNKNOWN
    if name == "audio" and isinstance(about, dict) and about.get("voice") is True:
        return "voice"
    if name in ("text", "image", "video", "audio", "document"):
        return None
    return "system" if name == "system" else called.rpartition(".")[2]


def _data(
    written: dict[str, Any], found: Mapping[str, Any], about: Any, file: FileAt | None, *, ours: bool
) -> dict[str, Any] | None:
    context, ad = inner(found, "context"), inner(found, "referral")
    named = (
        {"id": file.media_id, "kind": file.kind, "mimeType": file.mimetype, "name": file.name} if file else {}
    )
    more = {
        "media": {name: value for name, value in named.items() if value},
        "referral": {name: line for name in ad if KIND.match(name) and (line := line_of(ad[name]))},
        "referredProduct": {
            name: line
            for name in ("catalog_id", "product_retailer_id")
            if (line := line_of(inner(context, "referred_product").get(name)))
        },
        "forwarded": context.get("forwarded") is True or context.get("frequently_forwarded") is True,
        "animated": isinstance(about, dict) and about.get("animated") is True,
        "errors": [_reason(each) for each in objects(found.get("errors"))][:5],
        "originalMessageId": id_of(inner(found, text_of(found.get("type"))).get("original_message_id")),
        "from": "phone" if ours else None,
    }
    data = {**written, **{name: value for name, value in more.items() if value}}
    data = storable(data)
    fits = len(msgspec.json.encode(data)) <= MAX_DATA_BYTES
    return data if data and fits else {"cut": True} if data else None


def _file(name: str, about: Any) -> FileAt | None:
    """Return the file that a message of any kind names: even an unknown one's is kept."""
    if not isinstance(about, dict):
        return None
    media_id = id_of(about.get("id"))
    mimetype = text_of(about.get("mime_type"))[:100] or None
    named = "mime_type" in about and "sha256" in about
    if media_id is None or not (named or name in _MEDIA):
        return None
    return FileAt(media_id, name, mimetype, text_of(about.get("filename"))[:500] or None)


def _type_of(mimetype: str | None) -> MessageType:
    first = (mimetype or "").partition("/")[0]
    return (
        "image"
        if first == "image"
        else "video"
        if first == "video"
        else "audio"
        if first == "audio"
        else "document"
    )


def _edited(found: Mapping[str, Any]) -> str | None:
    message = inner(inner(found, "edit"), "message")
    about = inner(message, text_of(message.get("type")))
    return words_of(about.get("body") or about.get("caption"))


def _before(found: Mapping[str, Any], person: Person | None) -> Person | None:
    """Return who somebody was: by the number from which the notice comes, and the id of before."""
    former = user_id_of(inner(found, "system").get("previous_user_id"))
    if former is None:
        return person
    return Person(person.wa_id if person else None, former, person.name if person else None)


def _after(before: Person, system: Mapping[str, Any]) -> Person:
    wa_id = wa_id_of(system.get("wa_id") or system.get("new_wa_id"))
    return Person(wa_id, user_id_of(system.get("user_id")), before.name, before.username)


def _call(found: Mapping[str, Any], people: People, at: datetime | None) -> Read:
    event = text_of(found.get("event"))
    kind = f"calls.{event}" if KIND.match(event) else UNKNOWN
    provider_id = id_of(found.get("id"))
    kept = Kept(kind if kind in KINDS else UNKNOWN, kind, provider_id, at)
    theirs = found.get("direction") != "BUSINESS_INITIATED"
    person = person_of(found, people, to=not theirs)
    if kind != "calls.terminate" or provider_id is None or person is None:
        return kept, None
    seconds = found.get("duration")
    lasted = f", {seconds} s" if isinstance(seconds, int) and 0 < seconds < 10**6 else ""
    status = line_of(found.get("status"))[:40].lower()
    content = f"📞 {'Call' if theirs else 'Call to the customer'}: {status or 'ended'}{lasted}"
    data = {
        name: line
        for name in ("direction", "status", "duration", "start_time", "end_time")
        if (line := line_of(found.get(name)))
    }
    return kept, Said(
        person, provider_id, "call", "text", content, storable(data) or None, by_system=not theirs
    )


def _preference(item: Item, found: Mapping[str, Any], at: datetime | None) -> Read:
    kept = Kept("user_preferences", "user_preferences", at=at)
    named = {"from": found.get("wa_id"), "from_user_id": found.get("user_id")}
    person = person_of(named, item.people, to=False)
    value = text_of(found.get("value"))
    about_marketing = text_of(found.get("category")) == "marketing_messages"
    if person is None or not about_marketing or value not in ("stop", "resume"):
        return kept, None
    return kept, Preference(person, value == "stop")


def _status(item: Item, found: Mapping[str, Any], at: datetime | None) -> Read:
    status = text_of(found.get("status"))
    name = status if KIND.match(status) else UNKNOWN
    if item.field == "calls":
        name = "call"
    elif text_of(found.get("type")) == "payment":
        name = "payment"
    elif found.get("recipient_type") == "group":
        name = "group"
    kind = f"statuses.{name}"
    provider_id = id_of(found.get("id"))
    kept = Kept(kind if kind in KINDS else UNKNOWN, kind, provider_id, at)
    if provider_id is None or KINDS.get(kind) != "event":
        return kept, None
    errors = list(objects(found.get("errors")))
    return kept, StatusChange(
        provider_id,
        status,
        Person(wa_id_of(found.get("recipient_id")), user_id_of(found.get("recipient_user_id"))),
        text_of(found.get("biz_opaque_callback_data")),
        _code(errors[0]) if errors else None,
        _reason(errors[0] if errors else {}) if status == "failed" else None,
        small(found.get("pricing")),
        small(found.get("conversation")),
        small(errors) if errors else None,
    )


def _code(error: Mapping[str, Any]) -> int | None:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _reason(error: Mapping[str, Any]) -> str:
    title = (
        text_of(error.get("title")) or text_of(error.get("message")) or "The provider could not deliver it"
    )
    code = error.get("code")
    return clean_reason(f"{code}: {title}" if isinstance(code, int) else title)
