"""What sending enqueues, and what it says about messages that were not sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.kernel.core import Conflict, Invalid, Locale, NotFound, Token, Unavailable, Words
from colonnade.kernel.jobs import JobName, Priority
from colonnade.products.dealroom.channels.schemas import PauseKind
from colonnade.products.dealroom.messages.schemas import MEDIA_LANE, SENDING_LANE, ClientId, MessageError

__all__ = [
    "DRAIN_PRIORITY",
    "DRAIN_QUEUE",
    "UPLOAD_FILE",
    "WINDOW_CLOSED",
    "DrainQueue",
    "MarketingStopped",
    "NoBusinessAccount",
    "NoContact",
    "NotResendable",
    "ProviderUnavailable",
    "StoredTemplate",
    "Template",
    "TemplateFilled",
    "TemplateInvalid",
    "TemplateNotApproved",
    "TemplateNotFound",
    "TemplatePreview",
    "TemplateSend",
    "TemplateUnsent",
    "UploadFile",
]

WINDOW_CLOSED = MessageError(
    "WINDOW_CLOSED",
    "The customer wrote more than 24 hours before: a template message reaches them, anything else does not",
)


class DrainQueue(Struct, frozen=True):
    """Start the runs of a channel's contacts, from its first pending message after `after_id`."""

    channel_id: int
    after_id: int = 0


DRAIN_QUEUE = JobName("channels.drain", DrainQueue, lane=SENDING_LANE)
"""Enqueued when a pause has ended."""

# Behind what people write meanwhile.
DRAIN_PRIORITY = Priority.LOW


class UploadFile(Struct, frozen=True):
    """Upload the file of a contact's next message, in the name of the `run` that has the contact's claim.

    `probing`: the channel is paused for this reason, and what becomes of the message tells whether it works again.
    """

    contact_id: int
    run: UUID
    probing: PauseKind | None = None
    account_id: int | None = None


UPLOAD_FILE = JobName("channels.upload", UploadFile, lane=MEDIA_LANE)
"""Enqueued by a run that meets a file which the provider does not have."""


class TemplateName(
    Token,
    pattern=r"[a-z0-9_]+",
    rule="must consist of small letters, digits and underscores",
    max_length=512,
    examples=["order_update"],
):
    """The name that a template has at the provider."""


class TemplateLanguage(
    Token,
    pattern=r"[A-Za-z]{2,3}(_[A-Za-z]{2,4})?",
    rule="must be a language as the provider writes it, such as id or pt_BR",
    max_length=20,
    examples=["id"],
):
    """The language of a template."""


class VariableName(
    Token,
    pattern=r"[A-Za-z0-9_.]+",
    rule="must consist of letters, digits, underscores and dots",
    max_length=70,
    examples=["1"],
):
    """What a variable of a template is called."""


class VariableValue(Words, max_length=2_000, examples=["Ibu Sari"]):
    """What a variable is filled with; a number is taken as it is written."""

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the text of a value; that of a number, too."""
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return super().read(str(value) if numeric else value, locale)


Variables = Annotated[dict[VariableName, VariableValue], Meta(max_length=60)]


class Template(Struct, frozen=True, rename="camel"):
    """A copy of one of the provider's message templates; `state` is the provider's: only `APPROVED` can be sent.

    `variables` are to be filled: those of the body by their names or numbers, `header.…`, `header.link` for a header's
    file and `button.0` for what ends a button's address, or a coupon's code. `preview` is the text with its variables
    unfilled. `problem` says why it cannot be sent from here, because a part needs more than texts (a carousel, a form),
    or why it is not here as it is at the provider; one that is too large to be kept is `UNREADABLE`.
    """

    name: str
    language: str
    category: str | None
    state: str
    variables: list[str]
    preview: str
    synced_at: datetime | None
    problem: str | None = None


class StoredTemplate(Struct, frozen=True):
    """A template as the provider describes it; `synced_at` is None before it is stored."""

    name: str
    language: str
    category: str | None
    state: str
    components: list[dict[str, Any]]
    synced_at: datetime | None = None
    problem: str | None = None


class TemplateFilled(Struct, frozen=True, forbid_unknown_fields=True):
    """A template of a channel with its variables."""

    name: TemplateName
    language: TemplateLanguage
    variables: Variables = {}


class TemplatePreview(Struct, frozen=True):
    """What the customer would see."""

    content: str


class TemplateSend(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A message by template; `clientMessageId` makes it idempotent, as with other messages."""

    session_id: UUID
    name: TemplateName
    language: TemplateLanguage
    variables: Variables = {}
    client_message_id: ClientId | None = None


class TemplateNotFound(NotFound):
    """The channel has no such template, as far as it was fetched from the provider."""

    code = "TEMPLATE_NOT_FOUND"
    message = "Template not found"


class TemplateNotApproved(Conflict):
    """The provider does not send this template: it is not approved (any more)."""

    code = "TEMPLATE_NOT_APPROVED"
    message = "The provider has not approved this template"


class TemplateUnsent(Conflict):
    """The template has parts that need more than texts, which are not sent from here; `problem` says which."""

    code = "TEMPLATE_UNSENT"
    message = "This template cannot be sent from here"


class MarketingStopped(Conflict):
    """The customer has told the provider that they want no marketing from this business."""

    code = "MARKETING_STOPPED"
    message = "This customer has stopped marketing messages: templates of the category MARKETING are not sent to them"


class TemplateInvalid(Invalid):
    """The values do not fit the template's variables."""

    code = "VALIDATION_ERROR"


class NoContact(Conflict):
    """The session belongs to no channel's contact."""

    code = "NO_CONTACT"
    message = "This session belongs to no contact of a channel"


class NoBusinessAccount(Conflict):
    """The channel does not know its business account, which has the templates."""

    code = "NO_BUSINESS_ACCOUNT"
    message = "The channel needs a businessAccountId to have templates"


class ProviderUnavailable(Unavailable):
    """The provider does not answer, or refuses."""

    code = "PROVIDER_UNAVAILABLE"


class NotResendable(Conflict):
    """The message was sent, or there is nobody to send it to."""

    code = "NOT_RESENDABLE"
    message = "Only a message that failed, or whose outcome is unknown, can be sent again"
