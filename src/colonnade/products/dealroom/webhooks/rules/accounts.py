"""Reads what the provider says about the account: templates judged anew, numbers and accounts that are restricted.

Source: the provider's reference of the webhooks account_update, phone_number_quality_update,
message_template_status_update and template_category_update.

Out of scope: the quality of a template, which decides nothing until the provider pauses the template and says so.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec import Struct

from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.webhooks.rules.contents import inner, line_of, objects, text_of
from colonnade.products.dealroom.webhooks.rules.parts import decoded, moment_of

__all__ = ["AccountChange", "TemplateChange", "read_account"]

MAX_BYTES = 32 * 1024
_WORD = re.compile(r"[A-Z_]{1,40}\Z")
_LIMIT = re.compile(r"[A-Z0-9_]{1,40}\Z")
_QUALITIES: dict[str, Literal["good", "flagged"]] = {"FLAGGED": "flagged", "UNFLAGGED": "good"}
_STATES = {"REINSTATED": "APPROVED"}
_PASSED_OVER = ("FLAGGED",)
"""A template that is flagged is still sent."""


class TemplateChange(Struct, frozen=True):
    """The provider's new word for a template's approval, or its new category."""

    name: str
    language: str
    state: str | None
    category: str | None


class AccountChange(Struct, frozen=True):
    """What a channel has to know of its account: `blocked` while nothing is sent, `mended` when that has ended.

    `reason` is empty if nothing is wrong. `number` has the digits of the number that it is about, empty for all of the
    account's; `quality` and `limit` are that number's, None if nothing is said of them. `restricted`: it lasts.
    """

    reason: str = ""
    blocked: bool = False
    mended: bool = False
    restricted: bool = False
    number: str = ""
    quality: Literal["good", "flagged"] | None = None
    limit: str | None = None


def read_account(field: str, raw: bytes) -> TemplateChange | AccountChange | None:
    """Return what is used of a field's value; None if it is only kept."""
    found = decoded(raw) if len(raw) <= MAX_BYTES else None
    if not isinstance(found, dict):
        return None
    if field in ("message_template_status_update", "template_category_update"):
        return _template(found)
    event = text_of(found.get("event"))
    if field == "phone_number_quality_update":
        return _number(event, found)
    return _account(event, found) if field == "account_update" else None


def _number(event: str, found: dict[str, Any]) -> AccountChange | None:
    digits = re.sub(r"\D", "", text_of(found.get("display_phone_number"))[:40])
    limit = text_of(found.get("current_limit"))
    known = limit if _LIMIT.match(limit) else None
    quality = _QUALITIES.get(event)
    if not digits or (known is None and quality is None):
        return None
    reason = "The provider has flagged the quality of this number as low" if quality == "flagged" else ""
    return AccountChange(reason, number=digits, quality=quality, limit=known)


def _template(found: dict[str, Any]) -> TemplateChange | None:
    name, language = (
        text_of(found.get("message_template_name")),
        text_of(found.get("message_template_language")),
    )
    state, category = text_of(found.get("event")), text_of(found.get("new_category"))
    known = _STATES.get(state, state) if _WORD.match(state) and state not in _PASSED_OVER else None
    named = category if _WORD.match(category) else None
    if not (name and language and (known or named)):
        return None
    return TemplateChange(name[:512], language[:20], known, named)


def _account(event: str, found: dict[str, Any]) -> AccountChange | None:
    if event == "DISABLED_UPDATE":
        states = inner(found, "ban_info").get("waba_ban_state")
        given = [text_of(one) for one in states[:5]] if isinstance(states, list) else [text_of(states)]
        if "REINSTATE" in given:
            return AccountChange("The provider has reinstated the account", mended=True)
        if "DISABLE" in given:
            return AccountChange("The provider has disabled the account", blocked=True, restricted=True)
        if "SCHEDULE_FOR_DISABLE" in given:
            return AccountChange("The provider is going to disable the account", restricted=True)
        return None
    if event == "ACCOUNT_DELETED":
        return AccountChange("The account was deleted at the provider", blocked=True, restricted=True)
    if event == "ACCOUNT_RESTRICTION":
        told = list(objects(found.get("restriction_info")))
        kinds = [line_of(one.get("restriction_type"))[:60] for one in told]
        ends = [end for one in told if (end := moment_of(one.get("expiration"))) is not None]
        until = f" (until {max(ends):%Y-%m-%d})" if ends else ""
        reason = clean_reason(f"The provider restricts the account: {', '.join(kinds[:5])}{until}")
        blocked = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING" in kinds
        return AccountChange(reason, blocked=blocked, restricted=True)
    if event == "ACCOUNT_VIOLATION":
        kind = line_of(inner(found, "violation_info").get("violation_type"))[:60]
        return AccountChange(clean_reason(f"The provider reports a violation of its policies: {kind}"))
    return None
