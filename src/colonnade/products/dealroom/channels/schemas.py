"""Shapes of channels, and the errors about them. Secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from pydantic import Field

from colonnade.kernel.core import Conflict, EncryptedColumn, Forbidden, NotFound, SliceSettings
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.shared.schemas.fields import Id, Name, PhoneText

__all__ = [
    "ACCESS_TOKEN",
    "APP_SECRET",
    "FETCH_MEDIA",
    "Channel",
    "ChannelCreate",
    "ChannelExists",
    "ChannelHealth",
    "ChannelNotFound",
    "ChannelSettings",
    "ChannelState",
    "ChannelUpdate",
    "Contact",
    "ContactBind",
    "ContactTaken",
    "FetchMedia",
    "WebhookRefused",
]

ACCESS_TOKEN = EncryptedColumn("channels", "access_token")
APP_SECRET = EncryptedColumn("channels", "app_secret")

ChannelState = Literal["connected", "degraded", "disconnected", "disabled"]
PhoneNumberId = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,32}$(?!\n)",
        description="The provider's id of the number.",
        examples=["106540352242922"],
    ),
]
AccessToken = Annotated[
    str,
    Meta(
        pattern=r"^[\x21-\x7e]{10,1000}$(?!\n)",
        description="Lets us call the provider.",
        examples=["EAAJB-token"],
    ),
]
AppSecret = Annotated[
    str,
    Meta(
        pattern=r"^[\x21-\x7e]{16,200}$(?!\n)",
        description="With it the provider signs what it sends.",
        examples=["0123456789abcdef0123456789abcdef"],
    ),
]
VerifyToken = Annotated[
    str,
    Meta(
        pattern=r"^[\x21-\x7e]{8,200}$(?!\n)",
        description="What the provider shows when the webhook is set up.",
        examples=["kata-sandi-webhook"],
    ),
]


class ChannelSettings(SliceSettings):
    """Where the provider is called, and when a channel is too quiet."""

    title = "Channels"

    whatsapp_base_url: str = Field(
        "https://graph.facebook.com/v25.0",
        pattern=r"^https?://[^\s?#]+[^\s?#/]$",
        description=(
            "Where the WhatsApp Cloud API is called, with its version and without a slash at the end. This machine "
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
    """A telephone number at a messaging provider. `webhook_path` is what the provider is to call.

    `disconnected`: nothing has worked yet, or the provider refuses the token. `degraded`: the last sending failed,
    or no customer has written for a long time. `disabled`: its owner has switched it off.
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
    version: int
    created_at: datetime
    updated_at: datetime


class ChannelCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A number of the WhatsApp Cloud API; token, secret and verify token are kept and never shown."""

    name: Name
    phone_number_id: PhoneNumberId
    phone_number: PhoneText
    access_token: AccessToken
    app_secret: AppSecret
    verify_token: VerifyToken


class ChannelUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What to change; fields that are absent stay. `enabled: false` stops the channel in both directions."""

    name: Name | UnsetType = UNSET
    phone_number: PhoneText | UnsetType = UNSET
    access_token: AccessToken | UnsetType = UNSET
    app_secret: AppSecret | UnsetType = UNSET
    verify_token: VerifyToken | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class ChannelHealth(Struct, frozen=True, rename="camel"):
    """How a channel does. `pending` and `failed` count its messages that wait and that were given up."""

    state: ChannelState
    last_inbound_at: datetime | None
    seconds_since_inbound: int | None
    last_outbound_at: datetime | None
    pending: int
    failed: int
    last_error: str | None


class ContactBind(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which contact of which channel a session is held with."""

    channel_id: Id
    phone_number: PhoneText


class Contact(Struct, frozen=True, rename="camel"):
    """A customer on a channel and the session that their messages go to."""

    id: int
    channel_id: int
    session_id: UUID
    phone_number: str
    profile_name: str | None
    created_at: datetime


class FetchMedia(Struct, frozen=True):
    """Give a message its file: `media_id` is the provider's, `file_name` the customer's."""

    message_id: int
    channel_id: int
    media_id: str
    file_name: str | None


MEDIA_LANE = Lane("media", 4)
"""For jobs that fetch files from the provider and look into them."""

FETCH_MEDIA = JobName("channels.media", FetchMedia, lane=MEDIA_LANE)


class ChannelNotFound(NotFound):
    """There is no such channel, or it is somebody else's."""

    code = "CHANNEL_NOT_FOUND"
    message = "Channel not found"


class ChannelExists(Conflict):
    """A number belongs to one channel."""

    code = "CHANNEL_EXISTS"
    message = "There is a channel for this phone number id already"


class ContactTaken(Conflict):
    """A contact writes into one session, and a session is held with one contact."""

    code = "CONTACT_TAKEN"
    message = "This contact or this session is bound already"


class WebhookRefused(Forbidden):
    """The caller does not prove to be the channel's provider; whether there is such a channel is not told."""

    code = "WEBHOOK_REFUSED"
    message = "This request is not signed for this channel"
