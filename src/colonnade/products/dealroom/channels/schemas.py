"""Shapes of channels, and the errors about them. Secrets are accepted and never returned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from pydantic import AfterValidator, Field

from colonnade.kernel.core import (
    Conflict,
    CountryCode,
    CurrencyCode,
    EncryptedColumn,
    Invalid,
    LanguageTag,
    Line,
    NotFound,
    SliceSettings,
    Token,
    WebAddress,
    Words,
    ZoneName,
)
from colonnade.kernel.jobs import JobName, Priority
from colonnade.products.dealroom.messages.schemas import SENDING_LANE
from colonnade.products.dealroom.shared.schemas.fields import Name

__all__ = [
    "ACCESS_TOKEN",
    "APP_SECRET",
    "HOURS_CHANGED",
    "NOT_AUDITED",
    "RESUME_SENDING",
    "AccessToken",
    "AppSecret",
    "Channel",
    "ChannelCreate",
    "ChannelExists",
    "ChannelHealth",
    "ChannelNotFound",
    "ChannelReleased",
    "ChannelRules",
    "ChannelRulesUpdate",
    "ChannelSettings",
    "ChannelState",
    "ChannelUpdate",
    "HandoverWord",
    "HoursChanged",
    "NumberUnproven",
    "OpenPeriod",
    "OwnNumber",
    "PauseKind",
    "PhoneNumberId",
    "ResumeSending",
    "ShortText",
    "Time",
    "VerifyToken",
    "WeekDay",
]

ACCESS_TOKEN = EncryptedColumn("channels", "access_token")
APP_SECRET = EncryptedColumn("channels", "app_secret")

ChannelState = Literal["connected", "degraded", "disconnected", "disabled", "released"]
PauseKind = Literal["token", "blocked", "throttled", "unreachable"]

_VISIBLE = r"[\x21-\x7e]+"
_VISIBLE_RULE = "must consist of letters, digits and punctuation of ASCII, without spaces"


class PhoneNumberId(
    Token, pattern=r"[0-9]+", rule="must consist of digits", max_length=32, examples=["106540352242922"]
):
    """The provider's id of the number."""


class BusinessAccountId(
    Token, pattern=r"[0-9]+", rule="must consist of digits", max_length=32, examples=["102290129340398"]
):
    """The provider's id of the business account (WABA) that owns the number and its templates."""


class OwnNumber(Line, max_length=60, examples=["+62 811 6000 123"]):
    """A channel's telephone number, written in any usual way with its country code: the one that the provider shows."""


class AccessToken(
    Token, pattern=_VISIBLE, rule=_VISIBLE_RULE, min_length=10, max_length=1000, examples=["EAAJB-token"]
):
    """The access token for calls of the provider."""


class AppSecret(
    Token,
    pattern=_VISIBLE,
    rule=_VISIBLE_RULE,
    min_length=16,
    max_length=200,
    examples=["0123456789abcdef0123456789abcdef"],
):
    """The secret with which the provider signs its deliveries."""


class VerifyToken(
    Token, pattern=_VISIBLE, rule=_VISIBLE_RULE, min_length=8, max_length=200, examples=["kata-sandi-webhook"]
):
    """The token that the provider sends to verify the webhook."""


def _check_end(value: str) -> str:
    """Return an address without a slash at its end, to which paths are added. Raise ValueError."""
    if value.endswith("/"):
        raise ValueError("must end without a slash")
    return value


class ChannelSettings(SliceSettings):
    """The provider's address, and the silence after which a channel is degraded."""

    title = "Channels"

    whatsapp_base_url: Annotated[WebAddress, AfterValidator(_check_end)] = Field(
        "https://graph.facebook.com/v25.0",
        description=(
            "Address of the WhatsApp Cloud API, with its version and without a slash at the end. This machine "
            "(http://localhost:…) is called in tests and development only."
        ),
    )
    channel_silence_minutes: int = Field(
        1440,
        ge=1,
        le=525_600,
        description="Minutes without a message from any customer after which a channel counts as degraded.",
    )

    @property
    def silence(self) -> timedelta:
        """CHANNEL_SILENCE_MINUTES."""
        return timedelta(minutes=self.channel_silence_minutes)


class Channel(Struct, frozen=True, rename="camel"):
    """A telephone number at a messaging provider, which has to call `webhook_path`.

    `disconnected`: the provider refuses the token, or nothing has worked since the channel was switched on again.
    `degraded`: the last sending failed, or no customer has written for a long time. `disabled`: its owner has switched
    it off. `released`: somebody else has proven to manage the number; connecting it again brings it back to this
    channel.

    While `paused_until` is set, messages wait, because the provider takes none from this channel: its token is
    refused (`token`), it or its account is restricted (`blocked`), it sent too much (`throttled`), or the provider does
    not answer (`unreachable`). One message is tried at that time, and at once when a new token is saved or a probe
    succeeds.

    `quality`, `messaging_limit` (of people who may be written to in a day) and `restriction` are the provider's last
    words of the number and its account, null if it has said nothing. `webhook_items_cut_at`: when items of the webhook
    were last dropped before their time, or kept without their text, because there were too many.
    """

    id: int
    provider: Literal["whatsapp"]
    name: str
    phone_number_id: str
    phone_number: str
    webhook_path: str
    state: ChannelState
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    last_error: str | None
    paused_until: datetime | None
    pause_kind: PauseKind | None
    business_account_id: str | None
    read_receipts: bool
    typing_indicator: bool
    version: int
    created_at: datetime
    updated_at: datetime
    quality: Literal["good", "flagged"] | None = None
    messaging_limit: str | None = None
    restriction: str | None = None
    webhook_items_cut_at: datetime | None = None


class ChannelCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A number of the WhatsApp Cloud API; token, secret and verify token are stored and never shown.

    `read_receipts`: customers see when their messages are read. `typing_indicator`: they see that an answer is written,
    which marks their messages as read as well. `business_account_id` is needed for templates. `phone_number` is the one
    that the provider shows for `phone_number_id`; one that is given is compared with it.
    """

    name: Name
    phone_number_id: PhoneNumberId
    access_token: AccessToken
    app_secret: AppSecret
    verify_token: VerifyToken
    phone_number: OwnNumber | None = None
    business_account_id: BusinessAccountId | None = None
    read_receipts: bool = True
    typing_indicator: bool = True


class ChannelUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a channel; absent fields stay. `enabled: false` stops the channel in both directions."""

    name: Name | UnsetType = UNSET
    phone_number: OwnNumber | UnsetType = UNSET
    access_token: AccessToken | UnsetType = UNSET
    app_secret: AppSecret | UnsetType = UNSET
    verify_token: VerifyToken | UnsetType = UNSET
    business_account_id: BusinessAccountId | UnsetType | None = UNSET
    read_receipts: bool | UnsetType = UNSET
    typing_indicator: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Time(
    Token,
    pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00",
    rule="must be a time of day such as 08:30, and 24:00 at the latest",
    max_length=5,
    examples=["08:30"],
):
    """A time of day, in the channel's zone."""


class ShortText(Words, max_length=1000):
    """A text that is sent to customers."""


class HandoverWord(Line, max_length=60, examples=["operator"]):
    """A word, or some words, by which a customer asks for a person."""


WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WhileClosed = Literal["answer", "wait"]
FilesAlone = Literal["human", "answer"]
OpeningHours = Annotated[list["OpenPeriod"], Meta(max_length=42)]
HandoverWords = Annotated[list[HandoverWord], Meta(max_length=50)]
HumanMinutes = Annotated[int, Meta(ge=1, le=10_080)]


class OpenPeriod(Struct, frozen=True, forbid_unknown_fields=True):
    """A period in which a channel is open, each week; one that closes before it opens ends on the next day."""

    day: WeekDay
    opens: Time
    closes: Time


class ChannelRules(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How a channel speaks, when it is open, and when it hands over to people.

    `language`, unless the vendor has one; `currency` of prices that are given without one; `region` of telephone
    numbers that are written without a country. `opening_hours`, in `time_zone`: null means always. Outside of them
    `closed_message` is sent once, and the assistant answers all the same or waits until it is open (`while_closed`).
    `human_minutes` is how long the assistant pauses after a human has written or taken over (null:
    HUMAN_LEASE_MINUTES). A customer who writes one of `handover_words` is handed over to people, and gets
    `handover_message`. Recordings, pictures and other files without a word are left to people, or answered by the
    assistant, which does not know what is in them (`files_alone`).
    """

    language: LanguageTag | None = None
    currency: CurrencyCode | None = None
    region: CountryCode | None = None
    time_zone: ZoneName | None = None
    opening_hours: OpeningHours | None = None
    while_closed: WhileClosed = "answer"
    closed_message: ShortText | None = None
    human_minutes: HumanMinutes | None = None
    handover_words: HandoverWords = []
    handover_message: ShortText | None = None
    files_alone: FilesAlone = "human"


class ChannelRulesUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a channel's rules; absent fields stay, `null` clears a field that may be empty."""

    language: LanguageTag | UnsetType | None = UNSET
    currency: CurrencyCode | UnsetType | None = UNSET
    region: CountryCode | UnsetType | None = UNSET
    time_zone: ZoneName | UnsetType | None = UNSET
    opening_hours: OpeningHours | UnsetType | None = UNSET
    while_closed: WhileClosed | UnsetType = UNSET
    closed_message: ShortText | UnsetType | None = UNSET
    human_minutes: HumanMinutes | UnsetType | None = UNSET
    handover_words: HandoverWords | UnsetType = UNSET
    handover_message: ShortText | UnsetType | None = UNSET
    files_alone: FilesAlone | UnsetType = UNSET


class ChannelHealth(Struct, frozen=True, rename="camel"):
    """The health of a channel. `pending`, `failed` and `unknown` count its messages in these states.

    `set_aside` counts bodies of its webhook that were taken and could not be read, because they could not be decrypted.
    """

    state: ChannelState
    last_inbound_at: datetime | None
    seconds_since_inbound: int | None
    last_outbound_at: datetime | None
    pending: int
    failed: int
    unknown: int
    set_aside: int
    last_error: str | None
    paused_until: datetime | None
    pause_kind: PauseKind | None


NOT_AUDITED = (
    "name",
    "phone_number",
    "last_error",
    "closed_message",
    "handover_message",
    "handover_words",
)
"""Words and numbers of a channel and its rules, of which the audit log says that they changed: it forgets nothing."""


class ResumeSending(Struct, frozen=True):
    """Probe a paused channel; `pause` is the number of the pause that this is planned for, None for any."""

    channel_id: int
    pause: int | None = None


RESUME_SENDING = JobName("channels.resume", ResumeSending, lane=SENDING_LANE, priority=Priority.HIGH)
"""Enqueued when a pause begins or may have ended; the slice sending probes."""


class HoursChanged(Struct, frozen=True):
    """A channel is open now, or opens earlier, by its new rules.

    Those who wait are answered page by page: `after` is the place of the last one of the page before.
    """

    channel_id: int
    after: tuple[datetime, UUID] | None = None


HOURS_CHANGED = JobName("channels.hours", HoursChanged)
"""Enqueued when the hours were changed so; the slice conversation answers who waited for the opening."""


class ChannelNotFound(NotFound):
    """There is no such channel, or it is somebody else's."""

    code = "CHANNEL_NOT_FOUND"
    message = "Channel not found"


class ChannelExists(Conflict):
    """The caller has a channel for this number."""

    code = "CHANNEL_EXISTS"
    message = "There is a channel for this phone number id already"


class ChannelReleased(Conflict):
    """The channel has lost its number to another account."""

    code = "CHANNEL_RELEASED"
    message = "This number has moved to another account. Connect it again (POST /channels) to get it back."


class NumberUnproven(Invalid):
    """The provider does not confirm that the caller manages the number."""

    code = "NUMBER_UNPROVEN"
    message = "The provider does not confirm that this number is yours."
