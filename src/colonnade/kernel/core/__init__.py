"""The foundations of every other package: errors, events, time, the bus and the settings."""

from colonnade.kernel.core.clock import now
from colonnade.kernel.core.edits import changed_fields, check_version, given_fields
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
from colonnade.kernel.core.pseudonyms import pseudonym
from colonnade.kernel.core.sent_events import LoggedEvent, SentEvent, UnloggedEvent
from colonnade.kernel.core.settings import Settings, SliceSettings
from colonnade.kernel.core.settings.types import LOOPBACK, LowerCase, TimeZone, WebAddress
from colonnade.kernel.core.texts import (
    UNSEEN,
    Email,
    FileName,
    GivenPassword,
    Line,
    Moment,
    PersonName,
    Phone,
    Token,
    Words,
    base64url,
    clean_line,
    clean_words,
    is_blank,
)

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
    "FileName",
    "Forbidden",
    "GivenPassword",
    "Invalid",
    "Invalidate",
    "Line",
    "LoggedEvent",
    "LowerCase",
    "MethodNotAllowed",
    "Moment",
    "NotFound",
    "PayloadTooLarge",
    "PersonName",
    "Phone",
    "PreconditionFailed",
    "Problem",
    "SentEvent",
    "Settings",
    "SliceSettings",
    "TimeZone",
    "Token",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "Undecryptable",
    "UnloggedEvent",
    "UnsupportedMediaType",
    "WebAddress",
    "Words",
    "base64url",
    "changed_fields",
    "check_version",
    "clean_line",
    "clean_words",
    "counted",
    "given_fields",
    "is_blank",
    "now",
    "provided",
    "pseudonym",
]
