"""Shapes of channels, and the errors about them. Secrets are accepted and never returned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from pydantic import AfterValidator, Field

from colonnade.kernel.core import (
    Conflict,
    EncryptedColumn,
    NotFound,
    Phone,
    SliceSettings,
    Token,
    WebAddress,
)
from colonnade.products.dealroom.shared.schemas.fields import Id, Name

__all__ = [
    "ACCESS_TOKEN",
    "APP_SECRET",
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
]

ACCESS_TOKEN = EncryptedColumn("channels", "access_token")
APP_SECRET = EncryptedColumn("channels", "app_secret")

ChannelState = Literal["connected", "degraded", "disconnected", "disabled"]

_VISIBLE = r"[\x21-\x7e]+"
_VISIBLE_RULE = "must consist of letters, digits and punctuation of ASCII, without spaces"


class PhoneNumberId(
    Token, pattern=r"[0-9]+", rule="must consist of digits", max_length=32, examples=["106540352242922"]
):
    """The provider's id of the number."""


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
    """A number of the WhatsApp Cloud API; token, secret and verify token are stored and never shown."""

    name: Name
    phone_number_id: PhoneNumberId
    phone_number: Phone
    access_token: AccessToken
    app_secret: AppSecret
    verify_token: VerifyToken


class ChannelUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a channel; absent fields stay. `enabled: false` stops the channel in both directions."""

    name: Name | UnsetType = UNSET
    phone_number: Phone | UnsetType = UNSET
    access_token: AccessToken | UnsetType = UNSET
    app_secret: AppSecret | UnsetType = UNSET
    verify_token: VerifyToken | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class ChannelHealth(Struct, frozen=True, rename="camel"):
    """The health of a channel. `pending` and `failed` count its messages in these states."""

    state: ChannelState
    last_inbound_at: datetime | None
    seconds_since_inbound: int | None
    last_outbound_at: datetime | None
    pending: int
    failed: int
    last_error: str | None


class ContactBind(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The channel and the contact that a session is bound to."""

    channel_id: Id
    phone_number: Phone


class Contact(Struct, frozen=True, rename="camel"):
    """A customer on a channel and the session that their messages go to."""

    id: int
    channel_id: int
    session_id: UUID
    phone_number: str
    profile_name: str | None
    created_at: datetime


class ChannelNotFound(NotFound):
    """There is no such channel, or it is somebody else's."""

    code = "CHANNEL_NOT_FOUND"
    message = "Channel not found"


class ChannelExists(Conflict):
    """The number belongs to another channel."""

    code = "CHANNEL_EXISTS"
    message = "There is a channel for this phone number id already"


class ContactTaken(Conflict):
    """The contact is bound to another session, or the session to another contact."""

    code = "CONTACT_TAKEN"
    message = "This contact or this session is bound already"
