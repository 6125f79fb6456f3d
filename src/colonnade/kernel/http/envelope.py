"""The shape of a product's answers: how data, lists and errors are wrapped before they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from colonnade.kernel.core import Problem, now
from colonnade.kernel.http.answers import Ok, Page, Pagination

__all__ = ["Envelope", "Failure", "SuccessEnvelope", "Warnings"]

T = TypeVar("T")

Warnings = Annotated[
    Sequence[str], Meta(description="What was not taken as it was sent, such as removed HTML.")
]
"""The warnings of a successful answer, in any envelope."""


class Envelope(Protocol):
    """Wraps the answers of one product, and names their types for the API description."""

    def success(self, answer: Ok[Any] | Page[Any]) -> bytes:
        """Return the JSON text of a successful answer."""

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """Return the JSON text of an error."""

    def success_type(self, kind: type, item: Any) -> Any:
        """Return the Struct that `success` writes for `Ok[item]` or `Page[item]`."""

    def failure_type(self) -> Any:
        """Return the Struct that `failure` writes."""


class Failure(msgspec.Struct, frozen=True, rename="camel"):
    """What went wrong: `code` is stable, `message` is for people, `details` maps fields to sentences."""

    code: str
    message: str
    timestamp: datetime
    request_id: str
    details: dict[str, Any] | UnsetType = UNSET
    field: str | UnsetType = UNSET


class Success(msgspec.Struct, Generic[T], frozen=True):
    """A successful answer."""

    success: Literal[True]
    data: T
    message: str | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class SuccessPage(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """A successful answer with one page of a list."""

    success: Literal[True]
    data: list[T]
    pagination: Pagination | UnsetType = UNSET
    next_cursor: str | UnsetType | None = UNSET
    is_similar: Literal[True] | UnsetType = UNSET


class ErrorAnswer(msgspec.Struct, frozen=True):
    """An error."""

    success: Literal[False]
    error: Failure


_encoder = msgspec.json.Encoder()


class SuccessEnvelope:
    """`{success, data, message?, warnings?, pagination?}` and `{success: false, error: {code, message, …}}`."""

    def success(self, answer: Ok[Any] | Page[Any]) -> bytes:
        """Return the JSON text of a successful answer."""
        if isinstance(answer, Page):
            return _encoder.encode(
                SuccessPage(
                    success=True,
                    data=answer.data,
                    pagination=answer.pagination or UNSET,
                    next_cursor=UNSET if answer.pagination else answer.next_cursor,
                    is_similar=True if answer.is_similar else UNSET,
                )
            )
        return _encoder.encode(
            Success(
                success=True,
                data=answer.data,
                message=answer.message or UNSET,
                warnings=answer.warnings or UNSET,
            )
        )

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """Return the JSON text of an error."""
        return _encoder.encode(
            ErrorAnswer(
                success=False,
                error=Failure(
                    code=problem.code,
                    message=problem.message,
                    timestamp=now(),
                    request_id=request_id,
                    details=dict(problem.details) if problem.details else UNSET,
                    field=problem.field or UNSET,
                ),
            )
        )

    def success_type(self, kind: type, item: Any) -> Any:
        """Return the Struct written for `kind[item]`."""
        return SuccessPage[item] if issubclass(kind, Page) else Success[item]

    def failure_type(self) -> Any:
        """Return the Struct written for an error."""
        return ErrorAnswer
