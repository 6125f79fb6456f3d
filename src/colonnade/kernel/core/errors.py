"""Errors that clients are told about: a Problem is an HTTP status, a stable code and a sentence for people.

Actions and queries raise Problems; the entry (HTTP, socket, job) turns them into the product's error shape.
A Problem carries no stack, no SQL and no secret: its texts are sent to clients unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "BadGateway",
    "BadRequest",
    "Conflict",
    "Forbidden",
    "Invalid",
    "MethodNotAllowed",
    "NotFound",
    "PayloadTooLarge",
    "PreconditionFailed",
    "Problem",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMediaType",
]


class Problem(Exception):
    """Base of all errors that clients are told about.

    Subclasses set `status` (HTTP status), `code` (stable, UPPER_SNAKE, part of the API) and `message` (a
    default sentence). `field` names the one input at fault; `details` is JSON-able and sent unchanged.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    message: str = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if message is not None:
            self.message = message
        self.field = field
        self.details = details
        self.headers: Mapping[str, str] = headers or {}
        super().__init__(self.message)


class BadRequest(Problem):
    """The request cannot be understood (RFC 9110, 400)."""

    status = 400
    code = "BAD_REQUEST"
    message = "The request could not be understood."


class Unauthorized(Problem):
    """Nobody is signed in, or the token is not (or no longer) valid."""

    status = 401
    code = "UNAUTHORIZED"
    message = "Authentication is required."

    def __init__(self, message: str | None = None, **more: Any) -> None:
        more.setdefault("headers", {"WWW-Authenticate": "Bearer"})
        super().__init__(message, **more)


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    code = "FORBIDDEN"
    message = "You do not have permission to do this."


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    code = "NOT_FOUND"
    message = "The requested resource was not found."


class MethodNotAllowed(Problem):
    """The path exists, this method does not."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This method is not allowed here."


class Conflict(Problem):
    """The request contradicts the present state."""

    status = 409
    code = "CONFLICT"
    message = "The request conflicts with the current state."


class PreconditionFailed(Problem):
    """`If-Match` names a version that is no longer the current one (RFC 9110, 13.1.1)."""

    status = 412
    code = "PRECONDITION_FAILED"
    message = "This was changed by someone else in the meantime. Load it again and repeat your edit."


class PayloadTooLarge(Problem):
    """The body is larger than this route accepts."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The request body is too large."


class UnsupportedMediaType(Problem):
    """The body's type is not one that this route accepts."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "This content type is not supported here."


class Invalid(Problem):
    """The input was understood and breaks a rule; `fields` maps each input at fault to a sentence."""

    status = 422
    code = "VALIDATION_ERROR"
    message = "Some of the input is not valid."

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if fields:
            field = field or next(iter(fields))
            details = fields if details is None else details
        elif field is not None and details is None:
            details = {field: message or self.message}
        super().__init__(message, field=field, details=details, headers=headers)


class TooManyRequests(Problem):
    """A budget is spent; `retry_after_seconds` is the time until it allows another request."""

    status = 429
    code = "RATE_LIMIT_EXCEEDED"
    message = "Too many requests. Please try again later."

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 1, **more: Any) -> None:
        self.retry_after_seconds = max(1, retry_after_seconds)
        more["headers"] = {"Retry-After": str(self.retry_after_seconds), **(more.get("headers") or {})}
        super().__init__(message, **more)


class BadGateway(Problem):
    """An upstream service does not answer, or its answer is unusable."""

    status = 502
    code = "BAD_GATEWAY"
    message = "Another service does not answer. Please try again in a moment."


class Unavailable(Problem):
    """A service of our own (database, store) does not answer; the same request may succeed in a moment."""

    status = 503
    code = "SERVICE_UNAVAILABLE"
    message = "The service is temporarily unavailable. Please try again in a moment."

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 2, **more: Any) -> None:
        more["headers"] = {"Retry-After": str(max(1, retry_after_seconds)), **(more.get("headers") or {})}
        super().__init__(message, **more)
