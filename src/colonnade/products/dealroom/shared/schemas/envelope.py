"""The shape of this product's answers: `{status, message?, results?, data?, warnings?}`; errors have no data."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from colonnade.kernel.core import Problem
from colonnade.kernel.http import Ok, Page, Pagination, Warnings

__all__ = ["StatusEnvelope"]

T = TypeVar("T")
_encoder = msgspec.json.Encoder()


class Success(msgspec.Struct, Generic[T], frozen=True):
    """A successful answer."""

    status: Literal["success"]
    message: str | UnsetType = UNSET
    data: T | UnsetType = UNSET
    warnings: Warnings | UnsetType = UNSET


class SuccessList(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """A successful answer with a list: `results` is the number of its items.

    `pagination` is present if a `page` was asked for, `next_cursor` if a cursor has more.
    """

    status: Literal["success"]
    results: int
    data: list[T]
    pagination: Pagination | UnsetType = UNSET
    next_cursor: str | UnsetType = UNSET


class Failure(msgspec.Struct, frozen=True, rename="camel"):
    """An error: `message` is for people, `code` is stable, `errors` maps fields to sentences."""

    status: Literal["error"]
    message: str
    code: str
    request_id: str
    errors: dict[str, Any] | UnsetType = UNSET


class StatusEnvelope:
    """Compact JSON whose first key is `status`, and whose second is `message` if there is one."""

    def success(self, answer: Ok[Any] | Page[Any]) -> bytes:
        """Write a successful answer as JSON."""
        if isinstance(answer, Page):
            return _encoder.encode(
                SuccessList(
                    status="success",
                    results=len(answer.data),
                    data=answer.data,
                    pagination=answer.pagination or UNSET,
                    next_cursor=answer.next_cursor or UNSET,
                )
            )
        if isinstance(answer.data, list):
            return _encoder.encode(SuccessList(status="success", results=len(answer.data), data=answer.data))
        return _encoder.encode(
            Success(
                status="success",
                message=answer.message or UNSET,
                data=UNSET if answer.data is None else answer.data,
                warnings=answer.warnings or UNSET,
            )
        )

    def failure(self, problem: Problem, request_id: str) -> bytes:
        """Write an error as JSON."""
        return _encoder.encode(
            Failure(
                status="error",
                message=problem.message,
                code=problem.code,
                request_id=request_id,
                errors=dict(problem.details) if problem.details else UNSET,
            )
        )

    def success_type(self, kind: type, item: Any) -> Any:
        """Return the Struct that is written for `kind[item]`."""
        if issubclass(kind, Page):
            return SuccessList[item]
        if getattr(item, "__origin__", None) is list:
            return SuccessList[item.__args__[0]]
        return Success[item]

    def failure_type(self) -> Any:
        """Return the Struct that is written for an error."""
        return Failure
