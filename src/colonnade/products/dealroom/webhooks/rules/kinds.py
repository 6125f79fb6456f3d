"""The table of kinds: what the provider sends, by field and type, and what becomes of it.

A `turn` is a message that somebody waits for an answer to: it is in the record, and wakes the assistant. An `event` is
in the record or changes it, and wakes nobody. What is `ignored` is kept as it came, and shown with the kept items only.
A kind that is not in the table is UNKNOWN: kept, noted in the record if it is somebody's message, and answered by
nobody.

Source of the names: the provider's reference of webhooks, in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["KINDS", "UNKNOWN", "UNREADABLE", "Outcome", "outcome_of"]

Outcome = Literal["turn", "event", "ignored"]

UNKNOWN: Final = "unknown"
UNREADABLE: Final = "unreadable"

_FROM_CUSTOMERS: dict[str, Outcome] = {
    "text": "turn",
    "image": "turn",
    "video": "turn",
    "audio": "turn",
    "document": "turn",
    "sticker": "turn",
    "location": "turn",
    "contacts": "turn",
    "order": "turn",
    "button": "turn",  # a quick reply of a template
    "interactive.button_reply": "turn",
    "interactive.list_reply": "turn",
    "interactive.nfm_reply": "turn",  # a form (Flow, address, …) that was filled in
    "interactive.product": "turn",
    "interactive.call_permission_reply": "event",
    "request_welcome": "event",  # opened the chat, and has written nothing yet
    "reaction": "event",
    "edit": "event",
    "revoke": "event",
    "system.user_changed_number": "event",
    "system.user_changed_user_id": "event",
    "system.customer_changed_number": "event",
    "system.customer_identity_changed": "event",
    "unsupported": "event",  # a poll, say: neither assistant nor person can read it here
    "group": "ignored",  # any message with a group_id: a session has one contact
}

_FROM_THE_PHONE: dict[str, Outcome] = dict.fromkeys(
    (
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "order",
        "interactive.button",
        "interactive.list",
        "interactive.product",
        "interactive.product_list",
        "interactive.cta_url",
        "interactive.flow",
        "template",
        "reaction",
        "edit",
        "revoke",
        "unsupported",
    ),
    "event",
)

_STATUSES: dict[str, Outcome] = {
    "sent": "event",
    "delivered": "event",
    "read": "event",
    "played": "event",  # a voice message
    "failed": "event",
    "deleted": "event",
    "warning": "event",
    "payment": "ignored",
    "group": "ignored",
    "call": "ignored",
}

_ACCOUNT_EVENTS: tuple[str, ...] = (  # where they say what is used; else they are only kept
    "account_update",
    "message_template_status_update",
    "phone_number_quality_update",
    "template_category_update",
    "user_preferences",
)

_ABOUT_THE_ACCOUNT: tuple[str, ...] = (
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_updates",
    "business_username_update",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_settings",
    "security",
    "smb_app_state_sync",
    "standby",
    "template_correct_category_detection",
    "tracking_events",
    "user_id_update",
)

KINDS: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        **{f"messages.{name}": outcome for name, outcome in _FROM_CUSTOMERS.items()},
        **{f"smb_message_echoes.{name}": outcome for name, outcome in _FROM_THE_PHONE.items()},
        **{f"message_echoes.{name}": outcome for name, outcome in _FROM_THE_PHONE.items()},
        **{f"statuses.{name}": outcome for name, outcome in _STATUSES.items()},
        "messages.errors": "ignored",
        "calls.connect": "ignored",
        "calls.terminate": "event",
        "calls.status": "ignored",
        **dict.fromkeys(_ABOUT_THE_ACCOUNT, "ignored"),
        **dict.fromkeys(_ACCOUNT_EVENTS, "event"),
        UNREADABLE: "ignored",  # no JSON, or none of the provider's shape
    }
)


def outcome_of(kind: str) -> Outcome:
    """Return what becomes of an item of this kind; of an UNKNOWN one an event, as it may be somebody's message."""
    return KINDS.get(kind, "event")
