"""The foundations of every other package: errors, events, time, the bus and the settings."""

from colonnade.kernel.core.clock import now
from colonnade.kernel.core.edits import check_version, given_fields
from colonnade.kernel.core.errors import (
    BadGateway,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    Problem,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from colonnade.kernel.core.events import Dispatcher, Event, Invalidate
from colonnade.kernel.core.fields import EncryptedColumn, FieldCipher, Undecryptable
from colonnade.kernel.core.plurals import counted
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.sent_events import LoggedEvent, SentEvent, UnloggedEvent
from colonnade.kernel.core.settings import Settings, SliceSettings
from colonnade.kernel.core.settings.types import LOOPBACK, LowerCase, TimeZone, WebAddress
from colonnade.kernel.core.texts import UNSEEN, Email, GivenPassword, base64url

__all__ = [
    "LOOPBACK",
    "UNSEEN",
    "BadGateway",
    "BadRequest",
    "Conflict",
    "Dispatcher",
    "Email",
    "EncryptedColumn",
    "Event",
    "FieldCipher",
    "Forbidden",
    "GivenPassword",
    "Invalid",
    "Invalidate",
    "LoggedEvent",
    "LowerCase",
    "MethodNotAllowed",
    "NotFound",
    "PayloadTooLarge",
    "PreconditionFailed",
    "Problem",
    "SentEvent",
    "Settings",
    "SliceSettings",
    "TimeZone",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "Undecryptable",
    "UnloggedEvent",
    "UnsupportedMediaType",
    "WebAddress",
    "base64url",
    "check_version",
    "counted",
    "given_fields",
    "now",
    "provided",
]
