"""Reads the parts that items have in common: ids, people, times, names and texts. What cannot be one is None."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from colonnade.kernel.core import clean_line, clean_words
from colonnade.products.dealroom.contacts.schemas import Person
from colonnade.products.dealroom.shared.rules.storing import storable, storable_text
from colonnade.products.dealroom.webhooks.rules.contents import text_of
from colonnade.products.dealroom.webhooks.rules.payloads import People, Writer

__all__ = [
    "KIND",
    "MAX_DATA_BYTES",
    "MAX_TEXT_CHARACTERS",
    "decoded",
    "id_of",
    "moment_of",
    "name_of",
    "named_in",
    "person_of",
    "small",
    "user_id_of",
    "wa_id_of",
    "words_of",
]

KIND = re.compile(r"[a-z][a-z_]{0,39}\Z")
MAX_TEXT_CHARACTERS = 4096
MAX_DATA_BYTES = 32 * 1024
MAX_SEARCHED_BYTES = 2**20

_WA_ID = re.compile(r"[1-9][0-9]{5,14}\Z")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,140}\Z")
_NAMED = re.compile(rb'"\+?([1-9][0-9]{5,14}|[A-Z]{2}\.[A-Za-z0-9.]{1,140})"')
_UNNAMED = Writer()


def small(value: Any) -> Any:
    """Return an object or list as it is stored; None if there is none, or it is too large for what it should be."""
    if not isinstance(value, dict | list):
        return None
    try:
        return storable(value) if len(msgspec.json.encode(value)) <= MAX_DATA_BYTES else None
    except RecursionError:
        return None


def person_of(found: Mapping[str, Any], people: People, *, to: bool) -> Person | None:
    """Return who wrote a message (or, with `to`, to whom it was written); None if nobody is named."""
    given = found.get("to" if to else "from")
    user_id = user_id_of(found.get("to_user_id" if to else "from_user_id")) or user_id_of(given)
    known = people.known.get(text_of(given)) or people.known.get(user_id or "")
    if known is None and not text_of(given) and user_id is None:
        known = people.only
    known = known or _UNNAMED
    wa_id = wa_id_of(given) or (wa_id_of(known.wa_id) if not text_of(given) else None)
    user_id = user_id or user_id_of(known.user_id)
    if wa_id is None and user_id is None:
        return None
    profile = known.profile
    username = name_of(profile.get("username"))
    return Person(wa_id, user_id, name_of(profile.get("name")), username)


def named_in(raw: bytes) -> list[str] | None:
    """Return the numbers (as digits) and ids that stand in an item anywhere; None for one that is too long to look."""
    if len(raw) > MAX_SEARCHED_BYTES:
        return None
    return list(dict.fromkeys(found.decode() for found in _NAMED.findall(raw)))


def decoded(raw: bytes) -> Any:
    """Return the value of a JSON text, also with numbers that are none (NaN); None if it is no JSON or too deep."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    except RecursionError:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def moment_of(value: Any) -> datetime | None:
    """Return the provider's time (seconds since 1970, as text or number); None if it cannot be one."""
    text = str(value) if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdigit() and 9 <= len(text) <= 13):
        return None
    seconds = int(text) / (1000 if len(text) > 11 else 1)
    return datetime.fromtimestamp(seconds, UTC) if seconds < 4_102_444_800 else None  # 2100


def id_of(value: Any) -> str | None:
    """Return an id of the provider's as it came; None if it cannot be one."""
    return value if isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable() else None


def wa_id_of(value: Any) -> str | None:
    """Return the digits of somebody's number; None if it is none."""
    digits = value.removeprefix("+") if isinstance(value, str) else ""
    return digits if _WA_ID.match(digits) else None


def user_id_of(value: Any) -> str | None:
    """Return the provider's id of somebody who hides their number; None if it is none."""
    return value if isinstance(value, str) and _USER_ID.match(value) else None


def name_of(value: Any) -> str | None:
    """Return a profile's name on one line, without characters that cannot be shown."""
    return clean_line(value[:1_000])[:100].rstrip() or None if isinstance(value, str) else None


def words_of(value: Any) -> str | None:
    """Return a text that can be stored; one that is too long is cut and marked as such."""
    if not isinstance(value, str) or not value.strip():
        return None
    plain = clean_words(storable_text(value[: 4 * MAX_TEXT_CHARACTERS]))
    return plain if len(plain) <= MAX_TEXT_CHARACTERS else plain[: MAX_TEXT_CHARACTERS - 1] + "…"
